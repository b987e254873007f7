import { expect, onTestFinished, test } from "vitest";
import type { AlertItem } from "../../src/domain/notification.js";
import { createPagerDutyNotifier } from "../../src/notify/pagerduty/notifier.js";
import { type FakePagerDuty, startFakePagerDuty } from "../support/fake-pagerduty.js";
import { AT, aContext, anAlertItem, anAlertsNotification, aSummaryNotification } from "../support/notifications.js";

const ALONE = aContext();
const { signal } = new AbortController();

async function pager() {
  const fake = await startFakePagerDuty();
  onTestFinished(() => fake.close());
  return { fake, notifier: openNotifier(fake) };
}

function openNotifier(fake: FakePagerDuty, apiUrl = fake.apiUrl) {
  const config = { routing_key: fake.routingKey, api_url: apiUrl };
  const notifier = createPagerDutyNotifier(config, { clock: () => AT, timeoutMs: 5000 });
  onTestFinished(() => notifier.close());
  return notifier;
}

const items = (count: number, changes: Partial<AlertItem> = {}) =>
  Array.from({ length: count }, (_, index) =>
    anAlertItem({ alertId: `a${index}`, headline: `error ${index}`, ...changes }),
  );
const headlinesOf = (fake: FakePagerDuty) =>
  fake.events().map(({ event }) => ("payload" in event ? event.payload.custom_details?.headline : event.event_action));

test("an alert is opened, taken on and closed as one incident", async () => {
  const { fake, notifier } = await pager();
  const states = [];
  for (const state of ["firing", "acknowledged", "resolved"] as const) {
    const acknowledged = state === "acknowledged" ? { by: "Jo", at: AT, untilAt: null } : null;
    const told = anAlertsNotification({ deliveryId: state, items: [anAlertItem({ state, acknowledged })] });
    await expect(notifier.deliver(told, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
    states.push(Object.values(fake.incidents()));
  }
  expect(states).toEqual([["triggered"], ["acknowledged"], ["resolved"]]);
});

test("a retry after a failure halfway goes on where it stopped", async () => {
  const { fake, notifier } = await pager();
  const told = anAlertsNotification({ items: items(3) });
  const busy = { kind: "answer", httpStatus: 429, headers: { "retry-after": "60" } } as const;
  void fake.expectEvent(({ action }) => action === "trigger", { deadlineMs: 5000 }).then(() => fake.failNext(busy));
  const first = await notifier.deliver(told, ALONE, signal);
  expect(first).toMatchObject({ reason: "rate_limited", retryAfterMs: 60_000, exchange: { replyCode: 429 } });
  fake.failNext({ kind: "drop-reply" });
  await expect(notifier.deliver(told, ALONE, signal)).resolves.toMatchObject({ reason: "timeout", retryable: true });
  await expect(notifier.deliver(told, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
  expect(headlinesOf(fake)).toEqual(["error 0", "error 1", "error 1", "error 2"]);
});

test("a retry by a process that knows nothing of the first try repeats events, and no incident comes of it", async () => {
  const { fake, notifier } = await pager();
  const told = anAlertsNotification({ items: items(3) });
  await notifier.deliver(told, ALONE, signal);
  await expect(openNotifier(fake).deliver(told, ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
  expect(fake.events()).toHaveLength(6);
  expect(Object.values(fake.incidents())).toEqual(["triggered", "triggered", "triggered"]);
});

test("an event that is refused for good keeps none of the others from being sent, and is told in PagerDuty's words", async () => {
  const { fake, notifier } = await pager();
  const body = JSON.stringify({
    status: "invalid event",
    message: "Event object is invalid",
    errors: [`'payload.summary' is missing for ${fake.routingKey}`],
  });
  fake.failNext({ kind: "answer", httpStatus: 400, headers: { "content-type": "application/json" }, body });
  const verdict = await notifier.deliver(anAlertsNotification({ items: items(3) }), ALONE, signal);
  expect(verdict).toMatchObject({
    kind: "failed",
    reason: "rejected",
    retryable: false,
    detail:
      "PagerDuty answered with HTTP 400: Event object is invalid: 'payload.summary' is missing for [secret] (1 of 3 events)",
  });
  expect(headlinesOf(fake)).toEqual(["error 1", "error 2"]);
});

test("what is no event is neither sent nor said to be delivered, and the terms say so beforehand", async () => {
  const { fake, notifier } = await pager();
  await expect(notifier.deliver(aSummaryNotification(), ALONE, signal)).resolves.toEqual({
    kind: "failed",
    reason: "rejected",
    retryable: false,
    retryAfterMs: null,
    detail: "PagerDuty is not told what is no event, such as this summary",
  });
  expect(fake.bodies()).toEqual([]);
  expect(notifier.terms.tells).toEqual(["alerts", "server", "reminder", "undelivered"]);
});

test("a check proves the key and opens no incident", async () => {
  const { fake, notifier } = await pager();
  await expect(notifier.check(signal)).resolves.toBeNull();
  expect(fake.incidents()).toEqual({});
  const other = createPagerDutyNotifier({ routing_key: "0".repeat(32), api_url: fake.apiUrl }, { clock: () => AT });
  onTestFinished(() => other.close());
  await expect(other.check(signal)).resolves.toBe(
    "PagerDuty answered with HTTP 400: Event object is invalid: Invalid routing key",
  );
});

test.each(["/", "/v2/enqueue", "/v2/enqueue/"])("an address that ends in %s is understood", async (path) => {
  const { fake } = await pager();
  const notifier = openNotifier(fake, `${fake.apiUrl}${path}`);
  await expect(notifier.deliver(anAlertsNotification(), ALONE, signal)).resolves.toMatchObject({ kind: "delivered" });
});

test("the pace is kept for all destinations with one key, and its name does not tell the key", async () => {
  const { fake, notifier } = await pager();
  const { pace, storm, hearsAcknowledgements } = notifier.terms;
  expect(openNotifier(fake).terms.pace).toEqual(pace);
  expect(pace.key).not.toContain(fake.routingKey);
  expect({ storm, hearsAcknowledgements }).toEqual({ storm: null, hearsAcknowledgements: true });
});
