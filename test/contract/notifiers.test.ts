import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Verdict } from "../../src/domain/delivery.js";
import type { Notification } from "../../src/domain/notification.js";
import type { Notifier } from "../../src/notify/notifier.js";
import { hostileNotifications } from "../support/hostile-samples.js";
import {
  aContext,
  anAlertsNotification,
  aReportNotification,
  aServerNotification,
  aSilenceNotification,
  aSummaryNotification,
  HOSTILE_TEXTS,
} from "../support/notifications.js";
import {
  consoleSubject,
  emailSubject,
  type HttpSubject,
  pagerDutySubject,
  SECRET,
  type Subject,
  slackSubject,
  takes,
  teamsSubject,
  UNHEARD,
  webhookSubject,
} from "../support/notifier-subjects.js";

const ALONE = aContext();
/** What none of the subjects may say in a verdict: secrets, and addresses, which may hold some. */
const UNSPEAKABLE = new RegExp(`${SECRET}|://|127\\.0\\.0\\.1|localhost|FAKE-(path|query|workflow|signature)`);

async function send(
  { notifier }: { notifier: Notifier },
  signal = new AbortController().signal,
  notification: Notification = anAlertsNotification(),
): Promise<Verdict> {
  const verdict = await notifier.deliver(notification, ALONE, signal);
  expect(JSON.stringify(verdict)).not.toMatch(UNSPEAKABLE);
  if (verdict.kind === "failed") expect(verdict.detail).toMatch(/^\S.{5,498}\S$/);
  return verdict;
}

async function started<Given extends { notifier: Notifier }>(
  start: (timeoutMs: number) => Promise<Given>,
  timeoutMs = 5000,
): Promise<Given> {
  const subject = await start(timeoutMs);
  onTestFinished(() => subject.notifier.close());
  return subject;
}

const EVERY_KIND = [
  anAlertsNotification(),
  aServerNotification(),
  aSummaryNotification(),
  aSilenceNotification(),
  aReportNotification(),
  aReportNotification({ about: "storm" }),
  aReportNotification({ about: "storm_page" }),
];

describe.each([
  ["Slack", slackSubject],
  ["e-mail", emailSubject],
  ["webhook", webhookSubject],
  ["PagerDuty", pagerDutySubject],
  ["Teams", teamsSubject],
  ["console", consoleSubject],
] as const)("the %s notifier", (_name, start) => {
  test("delivers once", async () => {
    const subject = await started<Omit<Subject, "provoke">>(start);
    await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
    expect(subject.arrived()).toHaveLength(1);
  });

  test("delivers every kind of notification that it has a place for, and says of no other that it did", async () => {
    const subject = await started<Omit<Subject, "provoke">>(start);
    for (const notification of EVERY_KIND) {
      const before = subject.arrived().length;
      const verdict = await send(subject, undefined, notification);
      const isTaken = takes(subject.notifier, notification);
      expect(verdict).toMatchObject(isTaken ? { kind: "delivered" } : { kind: "failed", retryable: false });
      expect(subject.arrived()).toHaveLength(before + (isTaken ? 1 : 0));
    }
  });

  test("lets a receiver recognise a repeat", async () => {
    const subject = await started<Omit<Subject, "provoke">>(start);
    await send(subject);
    await send(subject);
    await send(subject, undefined, anAlertsNotification({ deliveryId: "other", items: [], ...anOtherAlert() }));
    const [first, repeat, other] = subject.identities();
    expect(repeat).toBe(first);
    expect(other).not.toBe(first);
  });

  test("finds its settings fine without telling anybody anything", async () => {
    const subject = await started<Omit<Subject, "provoke">>(start);
    await expect(subject.notifier.check(new AbortController().signal)).resolves.toBeNull();
    expect(subject.arrived()).toEqual([]);
  });

  test.each(HOSTILE_TEXTS.map((text, index) => ({ index, text })))(
    "takes text that wants to do harm, and passes on nothing that could ($index)",
    async ({ text }) => {
      const subject = await started<Omit<Subject, "provoke">>(start);
      const notifications = hostileNotifications(text)
        .map((notification) => inShort(notification))
        .filter((notification) => takes(subject.notifier, notification));
      for (const notification of notifications) {
        expect(await send(subject, undefined, notification)).toMatchObject({ kind: "delivered" });
      }
      expect(subject.arrived().length).toBeGreaterThanOrEqual(notifications.length);
      for (const shown of subject.arrived()) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get through
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]|\\u00[01]/);
        expect(shown.length).toBeLessThan(1_000_000);
      }
    },
  );

  test("can be closed twice", async () => {
    const subject = await started<Omit<Subject, "provoke">>(start);
    await send(subject);
    await subject.notifier.close();
    await subject.notifier.close();
  });
});

/** With ids of ours, and as many alerts as fit into any message and some more. */
function inShort(notification: Notification): Notification {
  const ids = { deliveryId: "d1", groupKey: "g1" };
  if (notification.kind !== "alerts") return { ...notification, ...ids };
  return { ...notification, ...ids, items: notification.items.slice(0, 30) };
}

function anOtherAlert(): Pick<Parameters<typeof anAlertsNotification>[0] & object, "items"> {
  const { items } = anAlertsNotification();
  return { items: items.map((item) => ({ ...item, alertId: "alert-9", headline: "Something else" })) };
}

describe.each([
  ["Slack", slackSubject],
  ["e-mail", emailSubject],
  ["webhook", webhookSubject],
  ["PagerDuty", pagerDutySubject],
  ["Teams", teamsSubject],
] as const)("the %s notifier, when something is wrong,", (_name, start) => {
  test.each([
    ["refuse", { reason: "rejected", retryable: false }],
    ["unauthorized", { reason: "unauthorized", retryable: false }],
    ["unavailable", { reason: "unavailable", retryable: true }],
  ] as const)(
    "says what an answer means (%s), without a secret or an address, and that nothing arrived",
    async (which, wanted) => {
      const subject = await started<Subject>(start);
      subject.provoke[which]();
      await expect(send(subject)).resolves.toMatchObject({ kind: "failed", ...wanted });
      expect(subject.arrived()).toHaveLength(0);
      await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
    },
  );

  test("says that it may have arrived when the reply got lost, and does not send it again by itself", async () => {
    const subject = await started<Subject>(start);
    subject.provoke.loseReply();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
    expect(subject.arrived()).toHaveLength(1);
    await expect(send(subject)).resolves.toMatchObject({ kind: "delivered" });
    const [first, repeat] = subject.identities();
    expect(repeat).toBe(first);
  });

  test("waits for an answer no longer than it may", async () => {
    const subject = await started<Subject>(start, 400);
    subject.provoke.hang();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
  });

  test("does not begin when it was told to stop", async () => {
    const subject = await started<Subject>(start);
    const verdict = await send(subject, AbortSignal.abort());
    expect(verdict).toMatchObject({ reason: "unavailable", retryable: true });
    expect(subject.arrived()).toHaveLength(0);
  });

  test("stops waiting when it is told to", async () => {
    const subject = await started<Subject>(start, 3_600_000);
    subject.provoke.hang();
    const stop = new AbortController();
    const sending = send(subject, stop.signal);
    setImmediate(() => stop.abort());
    await expect(sending).resolves.toMatchObject({ kind: "failed", retryable: true });
  });

  test("sends nothing more once it was closed", async () => {
    const subject = await started<Subject>(start);
    await send(subject);
    await subject.notifier.close();
    await expect(send(subject)).resolves.toMatchObject({ kind: "failed", reason: "unavailable", retryable: true });
    expect(subject.arrived()).toHaveLength(1);
  });
});

test.each(UNHEARD)(
  "the %s notifier says that nobody listens, to a try and to a check, and that nothing arrived",
  async (_name, open) => {
    const notifier = open();
    onTestFinished(() => notifier.close());
    await expect(send({ notifier })).resolves.toMatchObject({ kind: "failed", reason: "unavailable", retryable: true });
    const sentence = await notifier.check(new AbortController().signal);
    expect(sentence).toContain("ECONNREFUSED");
    expect(sentence).not.toMatch(UNSPEAKABLE);
  },
);

const REJECTED = { kind: "failed", reason: "rejected", retryable: false };
const UNAVAILABLE = { kind: "failed", reason: "unavailable", retryable: true };

/** Of an HTTP status, what a delivery comes to; of the successes, only what a medium says by them. */
function meaningOf(httpStatus: number, isSuccess: (httpStatus: number) => boolean): object {
  if (httpStatus < 300) return isSuccess(httpStatus) ? { kind: "delivered" } : UNAVAILABLE;
  switch (httpStatus) {
    case 401:
    case 403:
    case 407:
      return { kind: "failed", reason: "unauthorized", retryable: false };
    case 408:
    case 425:
      return UNAVAILABLE;
    case 429:
      return { kind: "failed", reason: "rate_limited", retryable: true };
    case 504:
      return { kind: "failed", reason: "timeout", retryable: true };
    default:
      return httpStatus < 500 ? REJECTED : UNAVAILABLE;
  }
}

/** The digest of a request; any where the request itself is not at hand. */
function digestOf(body: string | undefined): unknown {
  return body === undefined ? expect.stringMatching(/^[0-9a-f]{64}$/) : createHash("sha256").update(body).digest("hex");
}

const FINAL_STATUSES = [...Object.keys(STATUS_CODES).map(Number), 299, 399, 420, 499, 520, 529, 599].filter(
  (httpStatus) => httpStatus >= 200,
);

describe.each([
  ["webhook", webhookSubject, () => true],
  ["PagerDuty", pagerDutySubject, (httpStatus: number) => httpStatus === 202],
  ["Teams", teamsSubject, () => true],
  ["Slack", slackSubject, null], // only what its answers say is a success
] as const)("the %s notifier over HTTP", (_name, start, isSuccess) => {
  test("makes of every status what it means, and keeps the exchange for the record", async () => {
    const subject = await started<HttpSubject>(start);
    const seen: [number, object][] = [];
    const statuses = FINAL_STATUSES.filter((httpStatus) => isSuccess !== null || httpStatus >= 300);
    for (const httpStatus of statuses) {
      subject.failNext({ kind: "answer", httpStatus, headers: { location: "/elsewhere" } });
      const verdict = await send(subject);
      seen.push([httpStatus, verdict]);
      expect(verdict.exchange).toEqual({ requestDigest: digestOf(subject.bodies?.().at(-1)), replyCode: httpStatus });
    }
    expect(statuses.length).toBeGreaterThan(50);
    expect(subject.bodies?.() ?? statuses).toHaveLength(statuses.length);
    const meanings = statuses.map((httpStatus) => [httpStatus, meaningOf(httpStatus, isSuccess ?? (() => false))]);
    expect(seen).toMatchObject(meanings);
  });

  test.each([
    ["30", 30_000],
    ["0", 0],
    ["999999999999", 3_600_000],
    ["Mon, 02 Mar 2026 08:00:45 GMT", 45_000],
    ["Mon, 02 Mar 2026 07:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
    ["soon", null],
    ["-30", null],
    ["1e3", null],
    ["30, 40", null],
    ["2026-03-02T08:00:45Z", null],
    ["", null],
  ])("Retry-After: %s is a lower bound for the next try, or nonsense", async (value, retryAfterMs) => {
    const subject = await started<HttpSubject>(start);
    for (const httpStatus of [429, 503]) {
      subject.failNext({ kind: "answer", httpStatus, headers: { "retry-after": value } });
      await expect(send(subject)).resolves.toMatchObject({ retryable: true, retryAfterMs });
    }
    subject.failNext({ kind: "answer", httpStatus: 400, headers: { "retry-after": value } });
    await expect(send(subject)).resolves.toMatchObject({ retryable: false, retryAfterMs: null });
  });

  test("takes what is no HTTP for a lost answer", async () => {
    const subject = await started(start);
    subject.failNext({ kind: "raw", bytes: "SSH-2.0-OpenSSH_9.6\r\n" });
    expect(await send(subject)).toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
  });

  test("reads an oversized answer no further than it has to", async () => {
    const subject = await started<HttpSubject>(start);
    const headers = { "content-type": "text/plain" };
    subject.failNext({ kind: "answer", httpStatus: 400, headers, body: "x".repeat(20_000_000) });
    const verdict = await send(subject);
    expect(verdict).toMatchObject(REJECTED);
    expect(JSON.stringify(verdict).length).toBeLessThan(800);
  });

  test("says of an answer that was cut short that the message may have arrived, and with which status it began", async () => {
    const subject = await started<HttpSubject>(start);
    subject.failNext({ kind: "cut-short", httpStatus: 202 });
    const verdict = await send(subject);
    expect(verdict).toMatchObject({ kind: "failed", reason: "timeout", retryable: true });
    expect(verdict.exchange?.replyCode).toBe(202);
  });

  test("keeps for the record which request it was when no answer came", async () => {
    const subject = await started<HttpSubject>(start);
    subject.provoke.loseReply();
    const verdict = await send(subject);
    expect(verdict.exchange).toEqual({ requestDigest: digestOf(subject.bodies?.().at(-1)), replyCode: null });
  });
});

const TEMPORARY_REPLIES = [421, 431, 432, 441, 442, 446, 447, 449, 450, 451, 452, 453, 454, 455, 458, 459, 471];
const LOGIN_REPLIES = [530, 534, 535, 538];
/** That a command came at the wrong time says nothing about the mail. */
const OUT_OF_STEP = 503;
const FINAL_REPLIES = [500, 501, 502, 504, 510, 511, 512, 513, 521, 523, 525, 541, 550, 551, 552, 553, 554, 555, 556];

test.each(["sender", "mail"] as const)(
  "the e-mail notifier makes of every reply to the %s what it means",
  async (at) => {
    const subject = await started(emailSubject);
    const login = { kind: "failed", reason: "unauthorized", retryable: false };
    const wanted: [number, object][] = [
      ...[...TEMPORARY_REPLIES, OUT_OF_STEP].map((code): [number, object] => [code, UNAVAILABLE]),
      ...LOGIN_REPLIES.map((code): [number, object] => [code, login]),
      ...FINAL_REPLIES.map((code): [number, object] => [code, REJECTED]),
    ];
    const seen: [number, object][] = [];
    for (const [code] of wanted) {
      subject.refuseNext(code, at);
      const verdict = await send(subject);
      seen.push([code, verdict]);
      expect(verdict.exchange).toMatchObject({ replyCode: code });
    }
    expect(seen).toMatchObject(wanted);
    expect(subject.arrived()).toEqual([]);
  },
);
