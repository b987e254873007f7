import * as z from "zod";
import { destinationKind } from "../destination-kind.js";

/** What PagerDuty calls the urgency of an event, the most urgent first. */
const PAGERDUTY_SEVERITIES = ["critical", "error", "warning", "info"] as const;
export type PagerDutySeverity = (typeof PAGERDUTY_SEVERITIES)[number];

const severityOf = (ours: string, unset: PagerDutySeverity) =>
  z
    .enum(PAGERDUTY_SEVERITIES)
    .default(unset)
    .describe(`What an alert that is ${ours} is for PagerDuty. Default ${unset}.`);

/** A service of PagerDuty, reached by the integration key of its Events API v2. `api_url` is for Europe, or a test. */
const pagerDutyConfig = z.strictObject({
  routing_key: z
    .string()
    .regex(/^[A-Za-z0-9]{32}$/)
    .describe("Integration key of an Events API v2 integration, 32 letters and digits."),
  api_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("https://events.eu.pagerduty.com for accounts in Europe. Default https://events.pagerduty.com."),
  severities: z
    .strictObject({
      critical: severityOf("critical", "critical"),
      warning: severityOf("a warning", "warning"),
      info: severityOf("info", "info"),
    })
    .optional()
    .describe("How urgent alerts are for PagerDuty."),
});
export type PagerDutyConfig = z.infer<typeof pagerDutyConfig>;

export const pagerDutyKind = destinationKind({
  schema: pagerDutyConfig,
  meaning: "Services of PagerDuty.",
  settings: {
    routing_key: { shown: "nothing", expected: "an integration key of PagerDuty, 32 letters and digits" },
    api_url: { shown: "address", expected: "an http:// or https:// address" },
    severities: {
      shown: "all",
      expected: "a mapping of critical, warning and info to severities of PagerDuty",
      expectedItem: `one of ${PAGERDUTY_SEVERITIES.join(", ")}`,
    },
  },
  withoutDigests: true,
  destinationsOf: (settings, number) => [{ label: String(number), settings }],
});
