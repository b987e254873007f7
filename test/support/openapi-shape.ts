import * as z from "zod";

/** The parts of OpenAPI 3.1 that the contract uses, each strictly as the specification has it. */
const schema = z.record(z.string(), z.unknown());
const reference = z.strictObject({ $ref: z.string().regex(/^#\/components\/responses\/[A-Za-z]+$/) });
const content = z.record(
  z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/),
  z.strictObject({ schema, examples: z.record(z.string(), z.strictObject({ value: z.unknown() })).optional() }),
);
const headers = z.record(
  z.string(),
  z.strictObject({ description: z.string().optional(), required: z.boolean().optional(), schema }),
);
const response = z.strictObject({
  description: z.string().min(1),
  headers: headers.optional(),
  content: content.optional(),
});
const parameter = z
  .strictObject({
    name: z.string().min(1),
    in: z.enum(["path", "query"]),
    required: z.boolean(),
    description: z.string().optional(),
    schema,
    explode: z.boolean().optional(),
    example: z.unknown().optional(),
  })
  .refine((one) => one.in !== "path" || one.required, "What stands in a path is always required");
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  summary: z.string().min(1),
  parameters: z.array(parameter),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.union([reference, response])),
});
const named = <Value extends z.ZodType>(value: Value) => z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), value);

export const openApi = z.strictObject({
  openapi: z.literal("3.1.1"),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith("/"),
    z.strictObject({ get: operation, post: operation, delete: operation }).partial(),
  ),
  components: z.strictObject({
    schemas: named(schema),
    responses: named(response),
    securitySchemes: named(
      z.strictObject({ type: z.literal("http"), scheme: z.literal("bearer"), description: z.string() }),
    ),
  }),
});
export type OpenApi = z.infer<typeof openApi>;
