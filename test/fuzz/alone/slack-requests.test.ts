import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChatCommand } from "../../../src/app/chat-command.js";
import { createSlackInbound } from "../../../src/notify/slack/inbound.js";
import { type ReadRequest, readCommand, readInteraction } from "../../../src/notify/slack/request.js";
import { signatureOf } from "../../../src/notify/slack/signature.js";
import { fuzz } from "../../support/fuzz.js";
import {
  damaged,
  isUnstorable,
  jsonTextOf,
  NASTY_TEXTS,
  nastyJson,
  nastyText,
  STAND_IN_NAMES,
  spoilt,
} from "../../support/nasty.js";

const SECRET = "a-signing-secret-of-some-length";
const PRESSED = {
  type: "block_actions",
  user: { id: "U0ADA", username: "ada", name: "ada" },
  channel: { id: "C0FAKE00001", name: "alerts" },
  response_url: "https://hooks.slack.com/actions/x",
  actions: [
    { type: "button", action_id: "polarwatch_ack", value: "delivery-1" },
    {
      type: "static_select",
      action_id: "polarwatch_silence",
      selected_option: { value: "1h:delivery-9223372036854775808" },
    },
  ],
};
const TYPED = {
  command: "/polarwatch",
  text: "status",
  user_id: "U0ADA",
  user_name: "ada",
  channel_id: "C0FAKE00001",
  response_url: "https://hooks.slack.com/commands/x",
};
const NAMES = [
  "type",
  "user",
  "id",
  "actions",
  "action_id",
  "value",
  "selected_option",
  "block_actions",
  "polarwatch_why",
  "polarwatch_history",
  "8h:delivery-2",
  "change:delivery-2",
  "delivery-00000000000000000001",
  "delivery-1\n",
  ...STAND_IN_NAMES,
];
const WORDS = [
  "silence",
  "ack",
  "why",
  "alert",
  "error",
  "help",
  "status",
  "for",
  "2h",
  "99999999d",
  "0s",
  'integration="VirusTotal"',
  'constructor=~".*"',
  '__proto__!=""',
  'a=~"(a+)+$"',
  'a="\\',
  '"',
  "“x”",
  "&lt;!channel&gt;",
  "99999999999999999999",
  "#12",
  "alert-12",
  "-1",
  ",",
];
const typed = fc.oneof(
  nastyText,
  fc.array(fc.oneof(fc.constantFrom(...WORDS), nastyText), { maxLength: 8 }).map((words) => words.join(" ")),
);

/** What was read is bounded, and fit for Postgres, whatever it was read from. */
function expectRead(read: ReadRequest): void {
  if (read.kind !== "request") return;
  const { user, wanted, channelId, responseUrl } = read.request;
  const parts = [user, channelId, wanted.kind === "command" ? null : wanted];
  const kept = JSON.stringify(parts);
  if (isUnstorable(parts) || kept.length > 500) throw new Error(`Not to be stored: ${kept}`);
  if ((responseUrl ?? "").length > 2000) throw new Error("An address without an end");
  if (wanted.kind === "command") perform(wanted.text);
}

function perform(text: string): void {
  const command = parseChatCommand(text);
  if (isUnstorable(command)) throw new Error(`Not to be stored: ${JSON.stringify(command)}`);
  if (command.kind === "wrong" && command.problem.length < 10) throw new Error("Nobody is told what to type");
}

const NOW = new Date("2026-03-01T12:00:00Z");
const TIMESTAMP = String(NOW.getTime() / 1000);

/** As it comes over HTTP, signed: whoever has the secret may still send anything. */
function receive(place: "interactions" | "commands", body: string): void {
  const bytes = Buffer.from(body);
  const inbound = createSlackInbound(() => NOW);
  const received = inbound([SECRET], place, {
    timestamp: TIMESTAMP,
    signature: signatureOf(SECRET, TIMESTAMP, bytes),
    body: bytes,
  });
  if (received.kind === "unproved") throw new Error("A signature was not taken");
  if (received.kind === "received") expectRead(received.read);
}

type Sent = { how: "envelope" | "form" | "typed" | "raw"; body: unknown; text: string };
const sent: fc.Arbitrary<Sent> = fc.oneof(
  fc.record({
    how: fc.constant("envelope" as const),
    body: fc.oneof(spoilt(PRESSED, NAMES), spoilt(TYPED, NAMES), nastyJson(NAMES)),
    text: fc.constant(""),
  }),
  fc.record({
    how: fc.constant("form" as const),
    body: fc.constant(null),
    text: damaged(spoilt(PRESSED, NAMES).map(jsonTextOf)),
  }),
  fc.record({ how: fc.constant("typed" as const), body: fc.constant(null), text: typed }),
  fc.record({ how: fc.constant("raw" as const), body: fc.constant(null), text: nastyText }),
);

function take({ how, body, text }: Sent): void {
  switch (how) {
    case "envelope":
      expectRead(readInteraction(body));
      expectRead(readCommand(body));
      return;
    case "form":
      receive("interactions", String(new URLSearchParams({ payload: text })));
      return;
    case "typed":
      perform(text);
      receive("commands", String(new URLSearchParams({ ...TYPED, text })));
      return;
    case "raw":
      receive("commands", text);
      receive("interactions", text);
      return;
    default:
      throw new Error(`Unknown way: ${JSON.stringify(how satisfies never)}`);
  }
}

test(
  "whatever comes from Slack is a request that can be stored, none of ours, or unreadable",
  { timeout: 3_600_000 },
  () => fuzz("slack requests", sent, take),
);

test("each nasty text is taken everywhere a text may stand", () => {
  for (const text of NASTY_TEXTS) {
    for (const how of ["form", "typed", "raw"] as const) take({ how, body: null, text });
    take({ how: "envelope", body: { ...PRESSED, user: { id: "U0ADA", username: text }, response_url: text }, text });
    take({ how: "envelope", body: { ...TYPED, user_name: text, text, channel_id: text }, text });
  }
  expect(readInteraction({ ...PRESSED, user: { id: "\0" } })).toEqual({ kind: "unreadable" });
});

test("what has a length that cannot be compared is no text", () => {
  const spoiltText = { length: { toString: null } };
  expect(readCommand({ ...TYPED, text: spoiltText })).toEqual({ kind: "unreadable" });
  expect(readInteraction({ ...PRESSED, response_url: spoiltText })).toMatchObject({ kind: "request" });
  expect(readInteraction({ ...PRESSED, actions: spoiltText })).toEqual({ kind: "unreadable" });
});
