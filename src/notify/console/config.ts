import * as z from "zod";
import { destinationKind } from "../destination-kind.js";

/** Standard output, so that a first run shows something. */
const consoleConfig = z.strictObject({});
export type ConsoleConfig = z.infer<typeof consoleConfig>;

export const consoleKind = destinationKind({
  schema: consoleConfig,
  meaning: "Standard output; an item is {}.",
  settings: {},
  destinationsOf: (settings) => [{ label: "", settings }],
});
