import * as z from "zod";

/** Standard output, so that a first run shows something. */
export const consoleConfig = z.strictObject({});
export type ConsoleConfig = z.infer<typeof consoleConfig>;
