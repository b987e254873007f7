import { expect, test } from "vitest";
import { bodyOf, headlineOf } from "../../src/domain/headline.js";
import { type SlackForm, slackMessage } from "../../src/notify/slack/message.js";
import { anAlertItem, anAlertsNotification } from "../support/notifications.js";
import { loadSampleErrors, type SampleError } from "../support/sample-errors.js";
import { checkBlocks } from "../support/slack-block-kit.js";
import { readingOf } from "../support/slack-reading.js";

function reading(sample: SampleError, isVerbose: boolean): string {
  const { error, integration, cause } = sample;
  const item = anAlertItem({
    integration,
    cause,
    headline: headlineOf(error),
    body: bodyOf(error),
    httpStatus: error.httpStatus,
    because: "It was never seen before.",
    severity: cause === "credential" ? "critical" : "warning",
  });
  const notification = anAlertsNotification({ deliveryId: "delivery-17", items: [item], severity: item.severity });
  const form: SlackForm = { as: "message", isVerbose, hasButtons: !isVerbose, mentions: [], waiting: 0 };
  const message = slackMessage(notification, form);
  const checked = checkBlocks(JSON.parse(JSON.stringify(message.blocks)));
  if (checked.kind === "refused") throw new Error(`${checked.error}: ${checked.messages.join(" ")}`);
  return isVerbose ? readingOf(checked.blocks) : `${message.text}\n${readingOf(checked.blocks)}`;
}

/** Wording is looked at as a whole: what a change does to every kind of error shows in review. */
test.each([
  ["short", false],
  ["verbose", true],
] as const)("reads as before for every sample error: %s", async (name, isVerbose) => {
  const samples = await loadSampleErrors();
  const readings = samples.map((sample) => reading(sample, isVerbose));
  await expect(`${readings.join("\n\n")}\n`).toMatchFileSnapshot(`./snapshots/slack-samples-${name}.txt`);
});
