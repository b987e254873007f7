import fc from "fast-check";
import { expect, test } from "vitest";
import { ZodError } from "zod";
import { notificationOf } from "../../../src/app/notification.js";
import type { AlertId, DeliveryId, ErrorId, PollId, SnapshotId } from "../../../src/domain/ids.js";
import type { Notification } from "../../../src/domain/notification.js";
import type { Observation } from "../../../src/domain/observation.js";
import type { ServerId } from "../../../src/domain/snapshot.js";
import { consoleMessage } from "../../../src/notify/console/message.js";
import { emailMessage } from "../../../src/notify/email/message.js";
import { pagerDutyEvents } from "../../../src/notify/pagerduty/message.js";
import { slackMessage } from "../../../src/notify/slack/message.js";
import { teamsMessage } from "../../../src/notify/teams/message.js";
import { webhookBody } from "../../../src/notify/webhook/message.js";
import { parseJob } from "../../../src/queue/jobs.js";
import { alertEvidence, labelsColumn, transitionFacts } from "../../../src/store/facts.js";
import { BadPackError, decodePack, encodeEarlier } from "../../../src/store/observation-pack.js";
import type { ClaimedDelivery } from "../../../src/store/outbox.js";
import { aDigestNotification, aMovedEntry } from "../../support/digest-notification.js";
import { fuzz } from "../../support/fuzz.js";
import { nastyJson, spoilt } from "../../support/nasty.js";
import {
  AT,
  aContext,
  anAlertItem,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
} from "../../support/notifications.js";

const asStored = (value: object): unknown => JSON.parse(JSON.stringify(value));
const { integration, reason: _, ...olderItem } = anAlertItem();
const ALERT = asStored({ kind: "alerts", item: anAlertItem(), note: "It flaps." });
const digest = aDigestNotification();
const moved = { entries: [aMovedEntry()], total: 3 };

/** What each kind of delivery keeps, as this release writes it; the second of `alerts` is that of the first release. */
const KEPT = {
  alerts: [ALERT, asStored({ kind: "alerts", integration, item: { ...olderItem, change: "growing" } })],
  server: [asStored(aServerNotification())],
  summary: [asStored(aSummaryNotification())],
  reminder: [
    asStored({
      kind: "alerts",
      occasion: "repeat",
      alerts: [{ alertId: "1", because: "It fires", facts: ALERT }],
      notes: ["Nobody has it."],
    }),
  ],
  silence: [asStored(aSilenceNotification())],
  storm_page: [asStored(aReportNotification())],
  undelivered: [asStored(aReportNotification())],
  digest: [
    asStored({ ...digest, new: moved, growing: moved, fromAt: digest.fromAt, untilAt: digest.untilAt, name: "daily" }),
  ],
} as const satisfies Partial<Record<ClaimedDelivery["kind"], readonly unknown[]>>;
type Kept = keyof typeof KEPT;
const KINDS = Object.keys(KEPT) as Kept[];

const NAMES = [
  "kind",
  "item",
  "integration",
  "name",
  "headline",
  "severity",
  "reason",
  "change",
  "facts",
  "alerts",
  "entries",
  "total",
  "at",
  "2026-03-01T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "server",
  "firing",
  "critical",
  "frozen",
  "on",
  "resolveAfterMs",
];

type Stored = { kind: Kept; facts: unknown };
const stored: fc.Arbitrary<Stored> = fc
  .constantFrom(...KINDS)
  .chain((kind) =>
    fc
      .oneof(
        { weight: 6, arbitrary: fc.oneof(...KEPT[kind].map((facts) => spoilt(facts, NAMES))) },
        { weight: 1, arbitrary: nastyJson(NAMES, 3) },
      )
      .map((facts) => ({ kind, facts })),
  );

const LINKS = { all: () => null, server: () => "https://p.example.com/s", error: () => "https://p.example.com/e" };

/** Its notification; null when what it keeps cannot be read, which has to say where. */
function wordedOf({ kind, facts }: Stored): Notification | null {
  const delivery: ClaimedDelivery = {
    id: 1n as DeliveryId,
    serverId: "prod" as ServerId,
    pollId: 1n as PollId,
    receiver: "oncall",
    groupKey: "g",
    kind,
    facts,
    createdAt: AT,
    nextAttemptAt: AT,
    deadlineAt: AT,
    attempt: 1,
  };
  const move = { alertId: 1n as AlertId, at: AT, toState: "firing", because: "It fires", author: null };
  const told = kind === "alerts" || kind === "server" ? [{ ...move, facts: transitionFacts.parse(facts) }] : [];
  try {
    return notificationOf(delivery, told, LINKS, false);
  } catch (error) {
    if (error instanceof ZodError && error.issues.length > 0 && kind !== "alerts" && kind !== "server") return null;
    throw error;
  }
}

const MEDIA: readonly ((notification: Notification) => unknown)[] = [
  (one) => slackMessage(one, { as: "message", isVerbose: true, hasButtons: true, mentions: [], waiting: 0 }),
  (one) => emailMessage(one, aContext(), "polarwatch <a@example.com>"),
  (one) => webhookBody(one),
  (one) => teamsMessage(one),
  (one) => pagerDutyEvents(one, { routing_key: "k" }),
  (one) => consoleMessage(one, { isColored: false, timeZone: "UTC" }),
];

const cases = fc.oneof(
  fc.record({ what: fc.constant("told" as const), stored, medium: fc.nat(MEDIA.length * 4) }),
  fc.record({
    what: fc.constant("columns" as const),
    value: fc.oneof(
      nastyJson(NAMES),
      spoilt({ on: "growing", resolveAfterMs: 1, frozen: { "1h": { added: 1, spanMs: 1 } } }, NAMES),
    ),
  }),
  fc.record({ what: fc.constant("pack" as const), bytes: fc.uint8Array({ maxLength: 60 }), isWhole: fc.boolean() }),
  fc.record({ what: fc.constant("job" as const), value: nastyJson(["server", "destination"], 2) }),
);

const LAST: Observation = {
  errorId: 7n as ErrorId,
  observedAt: AT,
  snapshotId: 100n as SnapshotId,
  textId: 3n,
  occurrences: 5,
  lastOccurredAt: AT,
  present: true,
};
const EARLIER = { ...LAST, observedAt: new Date(AT.getTime() - 60_000), snapshotId: 99n as SnapshotId, occurrences: 4 };
const WHOLE = encodeEarlier([EARLIER, LAST]) ?? new Uint8Array();

/** Bytes that are no pack say so; others are observations with times that can be written. */
function unpack(bytes: Uint8Array): void {
  try {
    for (const { observedAt, lastOccurredAt } of decodePack(LAST, bytes)) {
      observedAt.toISOString();
      lastOccurredAt?.toISOString();
    }
  } catch (error) {
    if (!(error instanceof BadPackError)) throw error;
  }
}

test(
  "whatever a row of another release holds is told, decided by, or named as unreadable",
  { timeout: 3_600_000 },
  () =>
    fuzz("stored JSON", cases, (one) => {
      switch (one.what) {
        case "told": {
          const notification = wordedOf(one.stored);
          if (notification !== null) MEDIA[one.medium]?.(notification);
          return;
        }
        case "columns":
          alertEvidence.parse(one.value);
          for (const label of Object.values(labelsColumn.parse(one.value)))
            if (typeof label !== "string") throw new Error("No label");
          return;
        case "pack":
          unpack(
            one.isWhole
              ? Uint8Array.from([...WHOLE.subarray(0, one.bytes[0] ?? 0), ...one.bytes])
              : Uint8Array.from([1, ...one.bytes]),
          );
          return;
        case "job":
          for (const job of ["poll", "notify", "sweep"] as const) parseJob(job, one.value);
          return;
        default:
          throw new Error(`Unknown case: ${JSON.stringify(one satisfies never)}`);
      }
    }),
);

test("what each release has written so far is read whole, and every medium has words for it", () => {
  for (const kind of KINDS) {
    for (const facts of KEPT[kind]) {
      const notification = wordedOf({ kind, facts });
      expect(notification, kind).not.toBeNull();
      if (notification !== null) for (const write of MEDIA) write(notification);
    }
  }
  expect(transitionFacts.parse(KEPT.alerts[1])).toMatchObject({
    item: { reason: "growing", integration: { name: "VirusTotal" } },
  });
});

test("an alert whose facts cannot be read is told all the same", () => {
  for (const facts of [
    null,
    5,
    [],
    {},
    { kind: "alerts" },
    { kind: "alerts", item: 3 },
    { kind: "later" },
    { kind: "server" },
  ]) {
    expect(wordedOf({ kind: "alerts", facts }), JSON.stringify(facts)).toMatchObject({
      items: [{ state: "firing", because: "It fires" }],
    });
  }
});

test("a digest in a time zone that is not known here is told in UTC", () => {
  const facts = Object.assign({}, KEPT.digest[0], { timeZone: "Mars/Olympus" });
  const notification = wordedOf({ kind: "digest", facts });
  expect(notification).toMatchObject({ timeZone: "UTC" });
});
