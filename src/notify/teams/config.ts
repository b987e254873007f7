import * as z from "zod";
import { destinationKind } from "../destination-kind.js";

/** A channel or chat of Microsoft Teams, reached by a workflow that posts what a webhook request brings. */
const teamsConfig = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe('Address of the workflow\'s trigger "When a Teams webhook request is received".'),
});
export type TeamsConfig = z.infer<typeof teamsConfig>;

export const teamsKind = destinationKind({
  schema: teamsConfig,
  meaning: "Channels and chats of Microsoft Teams.",
  settings: {
    // Its query holds the signature that lets one in.
    url: { shown: "origin", expected: "an http:// or https:// address" },
  },
  destinationsOf: (settings, number) => [{ label: String(number), settings }],
});
