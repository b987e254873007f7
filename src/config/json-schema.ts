import * as z from "zod";
import { DESTINATION_KIND_NAMES, DESTINATION_KINDS, keyOf, secretKeysOf } from "./destination-kinds.js";
import { fileSchema, receiverSchema, SERVER_FILE_KEYS, serverSchema } from "./file-schema.js";

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
      DESTINATION_KIND_NAMES.map((kind) => {
        const { schema, meaning } = DESTINATION_KINDS[kind];
        const entry = withFileKeys(schema, secretKeysOf(kind));
        return [keyOf(kind), z.array(entry).min(1).optional().describe(meaning)];
      }),
    ),
  );
  const written = fileSchema.extend({
    servers: z.array(server).min(1).optional().describe("The Polarity servers to watch."),
    receivers: z.array(receiver).min(1).optional().describe("Named sets of destinations."),
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
  const extended = z.strictObject({ ...schema.shape, ...forms });
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
