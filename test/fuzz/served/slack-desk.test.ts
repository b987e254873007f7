import fc from "fast-check";
import { expect } from "vitest";
import { databaseTest } from "../../support/database.js";
import { fuzz } from "../../support/fuzz.js";
import { damaged, jsonTextOf, nastyJson, nastyText, spoilt } from "../../support/nasty.js";
import { watchedFor3Minutes } from "../../support/past.js";
import { DeskInTest, SOON } from "../../support/slack-desk.js";

const NAMES = [
  "type",
  "user",
  "actions",
  "action_id",
  "value",
  "selected_option",
  "payload",
  "text",
  "user_id",
  "envelope_id",
];
const WORDS = [
  "silence",
  "ack",
  "why",
  "alert",
  "error",
  "for",
  "2h",
  "366d",
  'integration="VirusTotal"',
  'server=~".*"',
  'constructor=""',
  'a="\\',
  "1",
  "2",
  "#3",
  "9223372036854775807",
  "9223372036854775808",
];
const command = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: nastyText }), {
    maxLength: 7,
  })
  .map((words) => words.join(" "));
const isolated = { response_url: "https://elsewhere.example.com/x", channel: null, channel_id: undefined };

const cases = fc.oneof(
  fc.record({ how: fc.constant("command" as const), text: command, body: fc.constant(null) }),
  fc.record({
    how: fc.constant("pressed" as const),
    text: fc.constantFrom("polarwatch_ack", "polarwatch_why", "polarwatch_history", "polarwatch_silence"),
    body: fc.oneof(
      fc.constantFrom(
        "delivery-1",
        "delivery-2",
        "1h:delivery-1",
        "change:delivery-2",
        "delivery-9223372036854775808",
        "delivery-0",
      ),
      nastyText,
    ),
  }),
  fc.record({
    how: fc.constant("envelope" as const),
    text: fc.constantFrom("interactive", "slash_commands"),
    body: fc.oneof(
      nastyJson(NAMES),
      spoilt(
        {
          type: "block_actions",
          user: { id: "U0ADA" },
          actions: [{ action_id: "polarwatch_ack", value: "delivery-1" }],
        },
        NAMES,
      ),
    ),
  }),
  fc.record({
    how: fc.constant("frame" as const),
    text: damaged(
      fc
        .oneof(
          nastyJson(NAMES),
          spoilt({ type: "events_api", envelope_id: "e", payload: {}, accepts_response_payload: false }, NAMES),
        )
        .map(jsonTextOf),
    ),
    body: fc.constant(null),
  }),
);

databaseTest(
  "whatever comes from Slack, signed or by Socket Mode, is taken without a failure",
  { timeout: 3_600_000 },
  async ({ db }) => {
    const { clock } = await watchedFor3Minutes(db);
    const desk = await DeskInTest.open(db, clock);
    desk.desk.listen();
    await desk.slack.connected(1, SOON);
    await fuzz("slack desk", cases, async ({ how, text, body }) => {
      clock.advance(1100);
      const timestamp = String(Math.floor(clock().getTime() / 1000));
      const post = async (place: string, form: Record<string, string>) => {
        const { httpStatus } = await desk.post(place, form, { timestamp });
        if (![200, 400].includes(httpStatus)) throw new Error(`HTTP ${httpStatus}`);
      };
      if (how === "command")
        await post("commands", { ...desk.typed(text), response_url: isolated.response_url, channel_id: "" });
      else if (how === "pressed") {
        await post("interactions", { payload: JSON.stringify({ ...desk.pressed(text, String(body)), ...isolated }) });
      } else if (how === "envelope") {
        await desk.slack.send(text === "interactive" ? "interactive" : "slash_commands", body);
      } else desk.slack.sendRaw(text);
    });
    await desk.slack.send("interactive", { type: "shortcut", user: { id: "U0ADA" } }); // it still listens
    expect(desk.lines.filter(({ level }) => level >= 50)).toEqual([]);
  },
);
