import * as z from "zod";
import {
  DESTINATION_KINDS,
  fileSchema,
  receiverSchema,
  routeSchema,
  SERVER_FILE_KEYS,
  serverSchema,
} from "./file-schema.js";

/** Where a value can come from the environment, editors must accept the variable in place of what is expected. */
const VARIABLE = { type: "string", pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}` };

/** The JSON Schema of polarwatch.yaml as people write it, for editors: with `*_file` keys, anchors and `${VARIABLES}`. */
export function fileJsonSchema(): Record<string, unknown> {
  const server = withFileKeys(serverSchema, SERVER_FILE_KEYS).meta({
    oneOf: [
      { required: ["api_key"] },
      { required: ["api_key_file"] },
      { required: ["username", "password"] },
      { required: ["username", "password_file"] },
    ],
  });
  const receiver = receiverSchema.extend(
    Object.fromEntries(
      Object.values(DESTINATION_KINDS).map(({ key, schema, secretKeys }) => [
        key,
        z.array(withFileKeys(schema, secretKeys)).min(1).optional(),
      ]),
    ),
  );
  const written = fileSchema.extend({
    servers: z.array(server).min(1).optional().describe("The Polarity servers to watch."),
    receivers: z.array(receiver).min(1).optional().describe("Named sets of destinations."),
    route: routeSchema.optional().describe("Who is told, and how messages are grouped."),
  });
  const schema: Record<string, unknown> = z.toJSONSchema(written, {
    target: "draft-07",
    io: "input",
    override: ({ jsonSchema }) => acceptVariable(jsonSchema),
  });
  return { ...schema, title: "polarwatch.yaml", patternProperties: { "^x-": {} } };
}

/** The same object with `<key>_file` beside each of the keys, where exactly one of the two must be there if it was required. */
function withFileKeys(schema: z.ZodObject, keys: readonly string[]): z.ZodObject {
  const forms: Record<string, z.ZodType> = {};
  const required: { oneOf: { required: string[] }[] }[] = [];
  for (const key of keys) {
    const value = schema.shape[key];
    if (!(value instanceof z.ZodType)) throw new Error(`No such key: ${key}`);
    if (!value.isOptional()) required.push({ oneOf: [{ required: [key] }, { required: [`${key}_file`] }] });
    forms[key] = value.optional();
    forms[`${key}_file`] = z.string().min(1).optional().describe(`Path of a file that holds the ${key}.`);
  }
  const extended = schema.extend(forms);
  return required.length === 0 ? extended : extended.meta({ allOf: required });
}

/** Rewrites a text with a form of its own, in place, as a choice between that form and a variable. */
function acceptVariable(jsonSchema: Record<string, unknown>): void {
  const { type, format, pattern, minLength, maxLength } = jsonSchema;
  if (type !== "string" || (format === undefined && pattern === undefined)) return;
  const form = Object.entries({ type, format, pattern, minLength, maxLength }).filter(([, part]) => part !== undefined);
  for (const [key] of form) delete jsonSchema[key];
  jsonSchema.anyOf = [Object.fromEntries(form), VARIABLE];
}
