import type { Origin } from "../domain/audit.js";

/** Somebody who acts or asks. `name`: as others read it, such as `ada (Slack)`. */
export type Person = { readonly name: string; readonly origin: Origin };

/** What somebody who acted or asked gets to hear. */
export type Answer = {
  /** Texts from outside may stand in it: each medium cleans and escapes it as a whole. Never empty. */
  sentences: readonly string[];
  /** Where the page shows more. */
  link: string | null;
};

export function answer(...sentences: readonly [string, ...string[]]): Answer {
  return { sentences, link: null };
}
