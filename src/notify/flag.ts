import * as z from "zod";

/** `true` or `false`, also as the text that a variable leaves. */
export const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

/** Whether a flag is on, as it was written. */
export function isOn(given: unknown): boolean {
  return given === true || given === "true";
}
