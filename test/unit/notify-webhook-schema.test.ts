import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { webhookBody } from "../../src/notify/webhook/message.js";
import { webhookJsonSchema } from "../../src/notify/webhook/schema.js";
import { hostileNotifications, hostileTexts } from "../support/hostile-samples.js";
import {
  AT,
  anAlertItem,
  anAlertsNotification,
  anIntegrationItem,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../support/notifications.js";

/** With each list on one line where it fits, as the formatter wants it. */
function schemaText(): string {
  const text = JSON.stringify(webhookJsonSchema(), null, 2);
  return `${text.replace(
    /^( *"\w+": )\[\s+("[^[\]{}]*?")\s+\](,?)$/gm,
    (whole, key: string, items: string, comma: string) => {
      const line = `${key}[${items.replace(/\s*\n\s*/g, " ")}]${comma}`;
      return line.length <= 120 ? line : whole;
    },
  )}\n`;
}

test("the published schema of webhooks is the one that follows from the source; vitest -u writes it anew", async () => {
  await expect(schemaText()).toMatchFileSnapshot("../../docs/webhook.schema.json");
});

/** What a receiver would say that checks by the published schema, with a validator that is not ours. */
const validate: ValidateFunction = new Ajv2020({ validateFormats: false, strict: true }).compile(webhookJsonSchema());

function problemsOf(body: string): unknown {
  return validate(JSON.parse(body)) ? null : validate.errors;
}

const acknowledged = { by: "Jo Field", at: AT, untilAt: null };
const sparse = { cause: null, httpStatus: null, occurrences: null, added: null, lastOccurredAt: null };

test.each([
  ["an alert", anAlertsNotification()],
  ["an alert of which little is known", anAlertsNotification({ items: [anAlertItem({ ...sparse, errorId: null })] })],
  [
    "an integration that was acknowledged",
    anAlertsNotification({ items: [anIntegrationItem({ state: "acknowledged", acknowledged })] }),
  ],
  [
    "a resolved alert of no known server",
    anAlertsNotification({ server: null, items: [anAlertItem({ state: "resolved" })] }),
  ],
  ["an unreadable server", aServerNotification()],
  ["a server that was never read", aServerNotification({ lastGoodPollAt: null, state: "resolved", link: null })],
  ["a summary", aSummaryNotification()],
  ["a summary after a gap", aSummaryNotification({ occasion: "catch-up", blindMs: 7_200_000, causes: [], top: [] })],
  ["the end of a silence", aSilenceNotification()],
  ["what was not delivered", aReportNotification()],
  ["a storm", aReportNotification({ about: "storm", entries: [], facts: [] })],
  ["the rest of a storm", aReportNotification({ about: "storm_page", server: "prod" })],
] as const)("the body of %s is as the published schema says", (_, notification) => {
  expect(problemsOf(webhookBody(notification))).toBeNull();
});

test.each(hostileTexts().map((text, index) => ({ index, text })))(
  "bodies of every kind are as the published schema says, whatever they are made of ($index)",
  ({ text }) => {
    for (const notification of hostileNotifications(text)) expect(problemsOf(webhookBody(notification))).toBeNull();
  },
);

test.each([
  ["without its content", { alerts: undefined }],
  ["with another's content", { alerts: undefined, summary: {} }],
  ["of a kind unknown", { kind: "news" }],
  ["of another version", { type: "polarwatch.notification.v2" }],
  ["at no instant", { at: 0 }],
])("the schema refuses a body %s, so that its consent means something", (_, changes) => {
  const body = { ...JSON.parse(webhookBody(anAlertsNotification())), ...changes };
  expect(problemsOf(JSON.stringify(body))).not.toBeNull();
});
