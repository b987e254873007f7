import type { Json, JsonObject } from "../domain/json.js";
import type { AttributeNames } from "../domain/snapshot.js";
import { foldName, type NameCensus, resolveNames } from "./attribute-names.js";
import { isJsonArray, isJsonObject, objectOf } from "./json-value.js";

/** What a server's own description says about the list of errors; null where it does not say. */
export type OpenapiFindings = {
  openapiVersion: string | null;
  apiVersion: string | null;
  names: AttributeNames | null;
};

const ERRORS_PATH = /\/integrations\/errors\/?$/;
const DEPTH_MAX = 12;
const SCHEMAS_MAX = 100;

/** Reads an OpenAPI document; null when it is none. */
export function readOpenapi(document: Json): OpenapiFindings | null {
  if (!isJsonObject(document)) return null;
  const openapiVersion = textOf(document.openapi) ?? textOf(document.swagger);
  if (openapiVersion === null) return null;
  const attributes = errorAttributes(document);
  return {
    openapiVersion,
    apiVersion: textOf(objectOf(document.info).version),
    names: attributes === null ? null : resolveNames(censusOf(attributes, document), {}, null),
  };
}

/** The declared attributes of an error, by following the errors path to the schema of its answer. */
function errorAttributes(document: JsonObject): JsonObject | null {
  const paths = objectOf(document.paths);
  const path = Object.keys(paths).find((name) => ERRORS_PATH.test(name));
  if (path === undefined) return null;
  const operation = objectOf(resolved(objectOf(paths[path]).get, document));
  const responses = objectOf(operation.responses);
  const answer = objectOf(resolved(responses["200"] ?? responses.default, document));
  const content = Object.values(objectOf(answer.content)).map((media) => objectOf(media).schema);
  for (const schema of [...content, answer.schema]) {
    const data = propertiesOf(schema, document).data;
    const items = objectOf(resolved(data, document)).items ?? data;
    const attributes = propertiesOf(propertiesOf(items, document).attributes, document);
    if (Object.keys(attributes).length > 0) return attributes;
  }
  return null;
}

/** The properties of a schema and of all that it is composed of; `left` bounds what a description can make us look at. */
function propertiesOf(schema: Json | undefined, document: JsonObject, left = { schemas: SCHEMAS_MAX }): JsonObject {
  if (left.schemas <= 0) return {};
  left.schemas -= 1;
  const object = objectOf(resolved(schema, document));
  const found: Record<string, Json> = {};
  for (const composition of [object.allOf, object.oneOf, object.anyOf]) {
    if (composition === undefined || !isJsonArray(composition)) continue;
    for (const part of composition.slice(0, SCHEMAS_MAX)) Object.assign(found, propertiesOf(part, document, left));
  }
  return Object.assign(found, objectOf(object.properties));
}

/** What a local `$ref` points to, and what that points to. */
function resolved(value: Json | undefined, document: JsonObject): Json | undefined {
  let current = value;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const reference = textOf(objectOf(current).$ref);
    if (reference === null) return current;
    if (!reference.startsWith("#/")) return undefined;
    current = reference
      .slice(2)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<Json | undefined>(
        (at, part) => (Object.hasOwn(objectOf(at), part) ? objectOf(at)[part] : undefined),
        document,
      );
  }
  return undefined;
}

function censusOf(attributes: JsonObject, document: JsonObject): NameCensus {
  const census = Object.entries(attributes).map(([spelling, schema]) => {
    const declared = objectOf(resolved(schema, document)).type;
    const types = (declared !== undefined && isJsonArray(declared) ? declared : [declared]).filter(
      (type) => type !== "null",
    );
    const count = (...wanted: string[]) =>
      types.some((type) => typeof type === "string" && wanted.includes(type)) ? 1 : 0;
    const valued = types.some((type) => typeof type === "string") ? 1 : 0;
    const counts = { text: count("string"), object: count("object"), number: count("number", "integer"), valued };
    return [foldName(spelling), { spelling, ...counts }] as const;
  });
  return new Map(census);
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
