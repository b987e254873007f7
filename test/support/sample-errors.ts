import { readFile } from "node:fs/promises";
import * as z from "zod";
import { CAUSES } from "../../src/domain/cause.js";
import type { JsonObject } from "../../src/domain/json.js";
import type { ErrorText } from "../../src/domain/snapshot.js";

const text = z.nullable(z.string());
const samples = z.array(
  z.object({
    integration: z.object({ id: z.string(), name: z.string(), acronym: z.string() }),
    title: text,
    detail: z.unknown(),
    description: text,
    httpStatus: z.unknown(),
    cause: z.enum(CAUSES),
    meta: z.custom<JsonObject>((value) => typeof value === "object" && value !== null),
  }),
);

/** One invented error in the form in which the domain sees it, with the cause that a reader should come to. */
export type SampleError = {
  /** What tells it from the others for a reader of a failed test. */
  name: string;
  integrationId: string;
  integration: { name: string; acronym: string };
  cause: (typeof CAUSES)[number];
  error: ErrorText;
};

/** The simulator's samples; a detail that is an object became compact JSON, and only digits are a status. */
export async function loadSampleErrors(): Promise<readonly SampleError[]> {
  const file = await readFile(new URL("../../src/simulator/integration-errors.json", import.meta.url), "utf8");
  return samples.parse(JSON.parse(file)).map((sample) => {
    const { title, detail, description, meta, cause, integration } = sample;
    const shortText = detail === null || typeof detail === "string" ? detail : JSON.stringify(detail);
    const digits = /^\d+$/.exec(String(sample.httpStatus));
    const httpStatus = digits === null ? null : Number(digits[0]);
    const error = { title, shortText, longText: description, httpStatus, meta, rest: {} };
    return { name: shortText ?? title ?? "", integrationId: integration.id, integration, cause, error };
  });
}

/** An error with nothing in it but what the test is about. */
export function anErrorText(given: Partial<ErrorText>): ErrorText {
  return { title: null, shortText: null, longText: null, httpStatus: null, meta: {}, rest: {}, ...given };
}
