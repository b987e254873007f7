import { expect, test } from "vitest";
import { CAUSES } from "../../src/domain/cause.js";
import { bodyOf, headlineOf } from "../../src/domain/headline.js";
import { emailMessage } from "../../src/notify/email/message.js";
import { aContext, anAlertItem, anAlertsNotification } from "../support/notifications.js";
import { loadSampleErrors } from "../support/sample-errors.js";

const PER_CAUSE = 2;

/** What a reader at a terminal sees: nothing is wider than 80 columns, and nothing reads like a form that was not filled in. */
test("the text part of mails about sample errors reads as it was agreed; vitest -u writes it anew", async () => {
  const samples = await loadSampleErrors();
  const chosen = CAUSES.flatMap((cause) => samples.filter((sample) => sample.cause === cause).slice(0, PER_CAUSE));
  const mails = chosen.map(({ cause, error }, index) => {
    const { httpStatus } = error;
    const item = { cause, httpStatus, headline: headlineOf(error), body: bodyOf(error) };
    const notification = anAlertsNotification({ deliveryId: `delivery-${index + 1}`, items: [anAlertItem(item)] });
    const unsubscribeUrl = "https://polarwatch.example.com/unsubscribe/TOKEN";
    const { subject, text } = emailMessage(notification, aContext(), "alerts@example.com", unsubscribeUrl);
    return `Subject: ${subject}\n\n${text}`;
  });
  const all = mails.join(`\n${"=".repeat(80)}\n\n`);
  expect(all.split("\n").filter((line) => [...line].length > 80 && !line.startsWith("Subject: "))).toEqual([]);
  await expect(all).toMatchFileSnapshot("./snapshots/email-text.txt");
});
