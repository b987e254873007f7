import * as z from "zod";
import {
  DEFAULT_RETENTION,
  RETAINED,
  RETENTION_MS_MIN,
  type Retained,
  type RetentionPolicy,
} from "../domain/retention.js";
import { parsedText } from "./schema-parts.js";
import { type Parsed, parseDuration } from "./values.js";

const DAY_MS = 86_400_000;
const DAYS_MAX = 36_500;

const WORDS = {
  observations: "What each error looked like, with the snapshots; what still holds stays, however old it is",
  changes: "What was found to be new, growing, returned or gone",
  attempts: "Tries to deliver, with what came back",
  decisions: "Why rules decided as they did",
  polls: "Reads of servers, and why they failed",
} as const satisfies Record<Retained, string>;

const days = (ms: number) => `${ms / DAY_MS}d`;

/** How long one thing is kept, in ms; null: for ever. */
function parseKept(text: string, what: Retained): Parsed<number | null> {
  if (text === "forever") return { kind: "value", value: null };
  const minMs = RETENTION_MS_MIN[what];
  const words = `${days(minMs)} to ${DAYS_MAX}d`;
  const parsed = parseDuration(text, { minMs, maxMs: DAYS_MAX * DAY_MS, words });
  return parsed.kind === "value" ? parsed : { kind: "problem", problem: `${parsed.problem}, or forever` };
}

function kept(what: Retained) {
  const usual = DEFAULT_RETENTION[what];
  return parsedText((text) => parseKept(text, what))
    .optional()
    .describe(
      `${WORDS[what]}: ${days(RETENTION_MS_MIN[what])} or more, or \`forever\`. Default ${usual === null ? "forever" : days(usual)}.`,
    );
}

export const retentionSchema = z.strictObject(
  Object.fromEntries(RETAINED.map((what) => [what, kept(what)])) as Record<Retained, ReturnType<typeof kept>>,
);

export function retentionOf(content: z.infer<typeof retentionSchema> = {}): RetentionPolicy {
  const chosen = Object.entries(content).filter(([, keptMs]) => keptMs !== undefined);
  return { ...DEFAULT_RETENTION, ...Object.fromEntries(chosen) };
}
