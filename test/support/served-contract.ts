import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import * as z from "zod";
import type { HttpServer } from "../../src/http/server.js";
import { type Answer, ask } from "./http-server.js";
import { type OpenApi, openApi } from "./openapi-shape.js";

/** The contract as a server gives it, to hold its answers against. */
export type ServedContract = {
  document: OpenApi;
  /** Throws unless the contract says that this operation, or any when null, may answer so. */
  check(operation: { path: string; method: string } | null, answer: Answer): void;
  /** What keeps a value from having the form at this place of the contract; null when nothing does. */
  problemAt(place: readonly string[], value: unknown): string | null;
};

/** Which of the shared answers stands for what an address does not do: no operation has it. */
const UNOWNED = "#/components/responses/WrongMethod";

export async function readContract(server: HttpServer): Promise<ServedContract> {
  const document = openApi.parse(JSON.parse((await ask(server, "/openapi.json")).text));
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  formats.default(ajv);
  ajv.addVocabulary(Object.keys(document)); // at the top of what is no schema itself
  ajv.addSchema(document, "contract");
  const validate = (pointer: string, value: unknown) => {
    const check = ajv.getSchema(`contract#${pointer}`);
    if (check === undefined) throw new Error(`The contract has no schema at ${pointer}`);
    return check(value) === true ? null : ajv.errorsText(check.errors ?? []);
  };
  return {
    document,
    problemAt: (place, value) => validate(`/${place.map(escaped).join("/")}`, value),
    check(operation, { httpStatus, headers, text }) {
      const place = operation === null ? UNOWNED : placeOf(operation, httpStatus);
      const [pointer, response] = resolved(document, place);
      const where = `${operation?.method} ${operation?.path}: ${httpStatus}`;
      if (response.content === undefined) {
        if (text !== "") throw new Error(`${where} has a body`);
        return;
      }
      const [type = ""] = String(headers["content-type"]).split(";");
      if (response.content[type] === undefined) throw new Error(`${where} is ${type}`);
      const problem = validate(
        `${pointer}/content/${escaped(type)}/schema`,
        /[/+]json$/.test(type) ? JSON.parse(text) : text,
      );
      if (problem !== null) throw new Error(`${where}: ${problem}\n${text}`);
    },
  };
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));

function placeOf({ path, method }: { path: string; method: string }, httpStatus: number): string {
  return `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${httpStatus}`;
}

/** A response of the document with its pointer, behind the reference where it is one. */
function resolved(document: OpenApi, reference: string): [string, { content?: Record<string, unknown> | undefined }] {
  let value: unknown = document;
  for (const part of reference.slice(2).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    value = z.record(z.string(), z.unknown()).parse(value)[name];
    if (value === undefined) throw new Error(`The contract does not have ${reference}`);
  }
  const { $ref, content } = z
    .object({ $ref: z.string().optional(), content: z.record(z.string(), z.unknown()).optional() })
    .parse(value);
  return $ref === undefined ? [reference.slice(1), { content }] : resolved(document, $ref);
}
