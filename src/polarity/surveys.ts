import type { AttributeNames, FailedRead } from "../domain/snapshot.js";
import type { Comparison, Survey } from "../domain/survey.js";
import type { SurveyThread } from "./survey-thread.js";
import { type Material, Surveyor } from "./surveyor.js";

/** The part of a survey that the errors decide. */
export type ErrorsSurvey = Pick<
  Survey,
  "names" | "integrationsUnchanged" | "errors" | "comparison" | "differing" | "countUnlisted" | "wordings" | "release"
> & { kind: "surveyed"; names: AttributeNames };

/** The bodies come back where they are still needed. */
export type Surveying = ErrorsSurvey | { kind: "paged" | "odd"; bodies: readonly Buffer[] } | FailedRead;

/** Decodes lists of errors: small ones here and now, large ones on a thread of their own. */
export interface Surveys {
  /** Takes the bodies: they must not be used afterwards. Throws the reason of an abort. */
  survey(material: Material, signal: AbortSignal): Promise<Surveying>;
}

/** A hop to a thread and back costs about as much as to decode this many bytes. */
const INLINE_BYTES_MAX = 1024 * 1024;
/** So many rows at once neither thread notices. */
const ROWS_AT_ONCE = 4000;

export function createSurveys(thread: SurveyThread, inlineBytesMax = INLINE_BYTES_MAX): Surveys {
  const here = new Surveyor();
  let last = 0;
  return {
    async survey(material, signal) {
      signal.throwIfAborted();
      last += 1;
      const id = last;
      const bytes = material.bodies.reduce((sum, body) => sum + body.byteLength, 0);
      if (bytes <= inlineBytesMax) {
        const bodies = material.bodies.map(bufferOf);
        const result = here.survey(id, material);
        if (result.kind === "paged" || result.kind === "odd") return { ...result, bodies };
        if (result.kind === "failed") return result;
        return {
          ...surveyed(result),
          differing: async () => here.differing(id, 0, result.errors),
          countUnlisted: async (polarityIds) => here.countUnlisted(id, polarityIds),
          wordings: async (at) => here.wordings(id, at),
          release: (ending) => here.release(id, ending),
        };
      }
      const { result, bodies } = await thread.survey(id, material, signal);
      if (result.kind !== "surveyed") thread.release(id, { kind: "dropped" });
      if (result.kind === "paged" || result.kind === "odd") return { ...result, bodies: bodies.map(bufferOf) };
      if (result.kind === "failed") return result;
      return {
        ...surveyed(result),
        differing: async () => {
          const differing = [];
          for (let from = 0; ; from += ROWS_AT_ONCE) {
            const rows = await thread.differing(id, from, ROWS_AT_ONCE, signal);
            for (const row of rows) differing.push(row);
            if (rows.length < ROWS_AT_ONCE) return differing;
          }
        },
        countUnlisted: (polarityIds) => thread.countUnlisted(id, polarityIds, signal),
        wordings: (at) => thread.wordings(id, at, signal),
        release: (ending) => thread.release(id, ending),
      };
    },
  };
}

function surveyed(result: Extract<ReturnType<Surveyor["survey"]>, { kind: "surveyed" }>) {
  const { kind, names, integrationsUnchanged, errors, present } = result;
  const comparison: Comparison = present === null ? { kind: "all" } : { kind: "these", present };
  return { kind, names, integrationsUnchanged, errors, comparison };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
