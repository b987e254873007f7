import { readFile } from "node:fs/promises";
import * as z from "zod";
import { parseExact } from "./exact-json.js";
// A type alone: it makes the compiler put the file into dist, and leaves no import attribute for Node 20 to warn about.
import type {} from "./integration-errors.json";
import { GROWTHS } from "./scenario.js";

/** What an integration says about an error. The values are whatever JSON can carry; one that is undefined is not sent. */
export type ErrorTexts = {
  title: unknown;
  /** The short text. */
  detail: unknown;
  /** The long text. */
  description: unknown;
  httpStatus: unknown;
  meta: unknown;
};

const schema = z.array(
  z.object({
    integration: z.object({ id: z.string().min(1), name: z.string(), acronym: z.string() }),
    title: z.unknown(),
    detail: z.unknown(),
    description: z.unknown(),
    httpStatus: z.unknown(),
    meta: z.unknown(),
    /** The class that a reader should come to. Never sent. */
    cause: z.string(),
    /** How it counts. Never sent. */
    growth: z.enum(GROWTHS),
  }),
);

/** One invented error of an invented integration. */
export type Sample = z.infer<typeof schema>[number];

/** All samples, as they stand in the file. */
export async function loadSamples(): Promise<readonly Sample[]> {
  const text = await readFile(new URL("./integration-errors.json", import.meta.url), "utf8");
  return schema.parse(parseExact(text));
}

/** What of a sample is sent. */
export function textsOf({ title, detail, description, httpStatus, meta }: ErrorTexts): ErrorTexts {
  return { title, detail, description, httpStatus, meta };
}
