import * as z from "zod";
import { JSON_API } from "../document.js";
import type { Endpoint, Example, WritingEndpoint } from "../resources/endpoint.js";
import { ROW_FORMS } from "../rows.js";
import { rowFieldsOf } from "./document-schemas.js";
import { FAILURES, failuresOf, problemsSchema } from "./problem-schemas.js";

type Json = Record<string, unknown>;
type Operation = ({ method: "GET" } & Endpoint) | WritingEndpoint;

const DESCRIPTION =
  "Reads what polarwatch knows, and changes silences and acknowledgements. Parameters that are not named here are refused.";

/** The OpenAPI document of these addresses, made from the schemas that read their requests and describe their answers. */
export function openApiOf(reading: readonly Endpoint[], writing: readonly WritingEndpoint[], version: string): Json {
  const operations: readonly Operation[] = [
    ...reading.map((endpoint) => ({ method: "GET" as const, ...endpoint })),
    ...writing,
  ];
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(operation) };
  }
  return {
    openapi: "3.1.1",
    info: { title: "polarwatch", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    security: [{ token: [] }, {}],
    paths,
    components: {
      schemas: {
        ...schemasOf({ Problems: problemsSchema, ...answersOf(operations) }, "output"),
        ...schemasOf(bodiesOf(operations), "input"),
      },
      responses: Object.fromEntries(Object.values(FAILURES).map(({ name, ...failure }) => [name, failureOf(failure)])),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "`API_TOKEN`, where one is set; else none is needed." },
      },
    },
  };
}

function answersOf(operations: readonly Operation[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    operations.flatMap((one) => (one.document === null ? [] : [[nameOf(one, "Answer"), one.document]])),
  );
}

function bodiesOf(operations: readonly Operation[]): Record<string, z.ZodType> {
  return Object.fromEntries(operations.flatMap((one) => ("body" in one ? [[nameOf(one, "Body"), one.body]] : [])));
}

function nameOf({ operationId }: Operation, part: "Answer" | "Body"): string {
  return `${operationId.slice(0, 1).toUpperCase()}${operationId.slice(1)}${part}`;
}

const shared = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const jsonSchema = z.record(z.string(), z.unknown()).transform(({ id: _, ...schema }): Json => schema);
const jsonSchemas = z.record(z.string(), jsonSchema);

/** The JSON Schemas of these, and of those to which they refer by a name. */
function schemasOf(schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output"): Record<string, Json> {
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.strictObject(schemas), {
    io,
    unrepresentable: ({ zodSchema }) =>
      zodSchema instanceof z.ZodDate ? { type: "string", format: "date-time" } : "throw",
    override: ({ jsonSchema: made }) => {
      // What every whole number in JSON has to keep to says nothing about this one.
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
    },
  });
  const { Problems: _, ...own } = properties;
  const text = JSON.stringify({ ...$defs, ...own });
  return jsonSchemas.parse(
    JSON.parse(text, (key, value) => (key === "$ref" ? shared(String(value).replace("#/$defs/", "")).$ref : value)),
  );
}

function operationOf(operation: Operation): Json {
  const { operationId, summary, problems = [], examples } = operation;
  const hasBody = "body" in operation;
  const body = { schema: shared(nameOf(operation, "Body")), examples: bodyExamplesOf(examples) };
  return {
    operationId,
    summary,
    parameters: [...pathParametersOf(operation), ...queryParametersOf(operation)],
    ...(hasBody && { requestBody: { required: true, content: { [JSON_API]: body } } }),
    responses: {
      ...successOf(operation),
      ...Object.fromEntries(
        failuresOf(problems, { hasBody }).map((status) => [
          status,
          { $ref: `#/components/responses/${FAILURES[status].name}` },
        ]),
      ),
    },
  };
}

const ETAG = { ETag: { description: "Changes with the answer; rows have none", schema: { type: "string" } } };
const ROWS = Object.fromEntries(ROW_FORMS.map((form) => [form, { schema: { type: "string" } }]));
const LOCATION = { Location: { description: "Where it can be read", schema: { type: "string" } } };

function successOf(operation: Operation): Json {
  const { method, document } = operation;
  if (document === null) return { 204: { description: "Done" } };
  const answer = { schema: shared(nameOf(operation, "Answer")) };
  const content = { [JSON_API]: answer, "application/json": answer };
  if (method !== "GET") return { 201: { description: "Added", headers: LOCATION, content } };
  const unchanged = { description: "Nothing has changed since the answer that `If-None-Match` names", headers: ETAG };
  const forms = rowFieldsOf(document) === null ? content : { ...content, ...ROWS };
  return { 200: { description: "What was asked for", headers: ETAG, content: forms }, 304: unchanged };
}

function failureOf({ description }: { description: string }): Json {
  return { description, content: { [JSON_API]: { schema: shared("Problems") } } };
}

function pathParametersOf({ path, examples }: Operation): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...exampleOf(examples.map(({ params }) => params?.[name])),
  }));
}

function queryParametersOf({ query, examples }: Operation): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { asParameter, ...plain } = jsonSchema.parse(property);
    const { description, ...schema } = jsonSchema.parse(asParameter ?? plain);
    return {
      name,
      in: "query",
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema,
      ...(schema.type === "array" && { explode: false }),
      ...exampleOf(examples.map((one) => one.query?.[name]).map((text) => exampleFrom(schema, text))),
    };
  });
}

/** As the schema has it what an address has as a text. */
function exampleFrom({ type }: Json, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (type === "array") return text.split(",");
  return type === "integer" || type === "number" || type === "boolean" ? JSON.parse(text) : text;
}

function exampleOf(values: readonly unknown[]): Json {
  const example = values.find((value) => value !== undefined);
  return example === undefined ? {} : { example };
}

function bodyExamplesOf(examples: readonly Example[]): Json {
  return Object.fromEntries(examples.map(({ body }, index) => [`example-${index + 1}`, { value: body }]));
}
