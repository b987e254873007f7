import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createMailServers } from "../../../src/notify/email/mail-servers.js";
import { createEmailNotifier } from "../../../src/notify/email/notifier.js";
import type { Notifier } from "../../../src/notify/notifier.js";
import { createPagerDutyNotifier } from "../../../src/notify/pagerduty/notifier.js";
import { createSlackNotifier } from "../../../src/notify/slack/notifier.js";
import { createTeamsNotifier } from "../../../src/notify/teams/notifier.js";
import { createWebhookNotifier } from "../../../src/notify/webhook/notifier.js";
import { fuzz } from "../../support/fuzz.js";
import {
  damaged,
  isUnstorable,
  jsonTextOf,
  nastyJson,
  nastyText,
  STAND_IN_NAMES,
  spoilt,
} from "../../support/nasty.js";
import { AT, aContext, anAlertsNotification } from "../../support/notifications.js";
import { SECRET } from "../../support/notifier-subjects.js";
import { type Ending, type Reply, startTalker } from "../../support/talker.js";

const SLACK_SAYS = {
  ok: true,
  channel: "C0FAKE00001",
  ts: "1700000000.000100",
  url: "wss://x",
  error: "channel_not_found",
  message: { text: "x" },
  messages: [
    {
      ts: "1700000000.000100",
      latest_reply: "1700000000.000100",
      metadata: { event_type: "polarwatch_delivery", event_payload: { delivery_id: "01J8ZDELIVERY1" } },
    },
  ],
  response_metadata: { next_cursor: "", messages: ["[ERROR] x"], warnings: ["w"] },
};
const PAGERDUTY_SAYS = { status: "success", message: "Event processed", dedup_key: "k", errors: ["x"] };
const NAMES = [
  "ok",
  "error",
  "response_metadata",
  "messages",
  "warnings",
  "ts",
  "channel",
  "message",
  "errors",
  "dedup_key",
  "ratelimited",
  ...STAND_IN_NAMES,
];

const header = fc.oneof(
  fc.constantFrom(
    "Content-Type: application/json",
    "Content-Type: text/plain",
    "Content-Type: application/gzip",
    "Content-Type: \u00fc",
    "Retry-After: 5",
    "Retry-After: 99999999999999999999",
    "Retry-After: -1",
    "Retry-After: Sat, 13 Sep 275760 00:00:00 GMT",
    "Retry-After: Fri, 31 Feb GMT",
    "Retry-After: soon",
    "Content-Encoding: gzip",
    "Content-Encoding: br",
    "Transfer-Encoding: chunked",
    "Content-Length: 5",
    "Content-Length: 999999",
    "Content-Length: -1",
    "Location: http://[",
    "Set-Cookie: a=b",
    "Set-Cookie: c=d",
    "X-OAuth-Scopes: \u20ac",
    "X: \u65e5\u672c",
    "Connection: upgrade",
    "Upgrade: h2c",
    "__proto__: x",
    "constructor: y",
    "no colon here",
    ": empty",
    " folded",
    `X-Long: ${"x".repeat(20_000)}`,
  ),
  nastyText.map((text) => `X-Nasty: ${text}`),
);
const status = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "200 OK",
      "200",
      "201 Created",
      "204 No",
      "301 M",
      "400 Bad",
      "401 U",
      "429 T",
      "500 E",
      "503 S",
      "504 G",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "100 Continue",
      "101 Switching",
      "103 Hints",
      "0 x",
      "999 x",
      "1000 x",
      "abc",
      "",
      "200 \u20ac",
    ),
  },
);
const body = fc.oneof(
  damaged(
    fc
      .oneof(
        spoilt(SLACK_SAYS, NAMES),
        spoilt({ ...SLACK_SAYS, ok: false }, NAMES),
        spoilt(PAGERDUTY_SAYS, NAMES),
        nastyJson(NAMES),
      )
      .map(jsonTextOf),
  ).map((text) => Buffer.from(text)),
  nastyText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(gzipSync(Buffer.alloc(1_000_000))),
);
const http = fc
  .record({
    isHttp: fc.integer({ min: 0, max: 19 }).map((n) => n > 0),
    status,
    headers: fc.array(header, { maxLength: 3 }),
    body,
    isMeasured: fc.boolean(),
    cutAt: fc.option(fc.nat(2000)),
    ending: fc.constantFrom<Ending[]>("end", "end", "destroy", "reset"),
  })
  .map(({ isHttp, status: line, headers, body: bytes, isMeasured, cutAt, ending }): Reply => {
    const measured = isMeasured ? [`Content-Length: ${bytes.length}`, "Content-Type: application/json"] : [];
    const head = Buffer.from(
      `HTTP/1.1 ${line}\r\n${[...headers, ...measured, "Connection: close"].join("\r\n")}\r\n\r\n`,
    );
    const whole = isHttp ? Buffer.concat([head, bytes]) : bytes;
    return { parts: [cutAt === null ? whole : whole.subarray(0, cutAt)], ending };
  });

const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "220 x",
      "250 ok",
      "250-SIZE 5\r\n250 8BITMIME",
      "354 go on",
      "250 2.0.0 queued as 4X1",
      "235 in",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "421 bye",
      "450 later",
      "451 x",
      "535 no",
      "550 5.1.1 never",
      "554 x",
      "999 x",
      "000 x",
      "250",
      "abc",
      "250-",
      "",
      `250 ${"x".repeat(70_000)}`,
    ),
  },
  { weight: 1, arbitrary: nastyText.map((text) => `250 ${text}`) },
  { weight: 1, arbitrary: nastyText },
);
const smtp = fc
  .record({ lines: fc.array(line, { maxLength: 8 }), ending: fc.constantFrom<Ending[]>("end", "destroy", "reset") })
  .map(({ lines, ending }): Reply => ({ parts: lines.map((text) => Buffer.from(`${text}\r\n`)), ending }));

const MEDIA = ["slack", "webhook", "pagerduty", "teams", "email"] as const;
const cases = fc.constantFrom(...MEDIA).chain((medium) =>
  fc.record({
    medium: fc.constant(medium),
    reply: medium === "email" ? smtp : http,
    ask: fc.constantFrom("deliver", "deliver", "check", "find", "update"),
  }),
);

function notifiersOn(port: number): Record<(typeof MEDIA)[number], Notifier> {
  const clock = () => AT;
  const timeoutMs = 400;
  const mailServers = createMailServers({
    timeoutsMs: { connection: timeoutMs, greeting: timeoutMs, socket: timeoutMs },
  });
  onTestFinished(() => mailServers.close());
  const base = `http://127.0.0.1:${port}`;
  return {
    slack: createSlackNotifier(
      { bot_token: SECRET, channel: "C0FAKE00001", api_url: `${base}/api/` },
      { clock, timeoutMs },
    ),
    webhook: createWebhookNotifier(
      { url: `${base}/x?${SECRET}`, secret: SECRET, allow_private_addresses: true },
      { clock, timeoutMs },
    ),
    pagerduty: createPagerDutyNotifier({ routing_key: SECRET, api_url: base }, { clock, timeoutMs }),
    teams: createTeamsNotifier({ url: `${base}/x?sig=${SECRET}` }, { clock, timeoutMs }),
    email: createEmailNotifier(
      { smtp_url: `smtp://127.0.0.1:${port}?tls=none`, from: "a@example.com", to: "b@example.com" },
      { clock, mailServers, unsubscribeUrlOf: () => null },
    ),
  };
}

/** It is one of those that are known, it can be stored, and it repeats no secret. */
function expectAnswer(answer: unknown): void {
  const text = JSON.stringify(answer);
  if (isUnstorable(answer) || text.includes(SECRET) || text.length > 4000)
    throw new Error(`Not to be kept: ${text.slice(0, 500)}`);
}

async function askOf(notifier: Notifier, ask: string): Promise<unknown> {
  const { signal } = new AbortController();
  const context = aContext({ earlierMessageIds: ["C0FAKE00001:1700000000.000100"], earlierDeliveryIds: ["d"] });
  if (ask === "check") return notifier.check(signal);
  if (ask === "find" && notifier.findDelivered !== undefined)
    return notifier.findDelivered("01J8ZDELIVERY1", AT, signal, context);
  if (ask === "update" && notifier.update !== undefined)
    return notifier.update(anAlertsNotification(), "C0FAKE00001:1700000000.000100", signal);
  const verdict = await notifier.deliver(anAlertsNotification(), context, signal);
  expect(["delivered", "failed"]).toContain(verdict.kind);
  return verdict;
}

test("whatever a receiver answers is a verdict that can be stored", { timeout: 3_600_000 }, async () => {
  const talker = await startTalker();
  const notifiers = notifiersOn(talker.port);
  onTestFinished(async () => {
    await Promise.all(Object.values(notifiers).map((notifier) => notifier.close()));
  });
  await fuzz("replies", cases, async ({ medium, reply, ask }) => {
    talker.next(reply.parts, reply.ending, medium === "email");
    expectAnswer(await askOf(notifiers[medium], ask));
  });
});
