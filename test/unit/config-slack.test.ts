import { describe, expect, test } from "vitest";
import { slackChoicesOf } from "../../src/notify/slack/config.js";
import { A_SERVER, configOfFile, problemsOfFile, validConfig } from "../support/config-input.js";

const fileWith = (keys: string) =>
  `receivers: [{ name: r, slack_configs: [{ bot_token: xoxb-MARK, channel: "#c"${keys === "" ? "" : `, ${keys}`} }] }]`;

function choicesWith(keys: string) {
  const [destination] = configOfFile(fileWith(keys)).receivers.flatMap(({ destinations }) => destinations);
  if (destination?.kind !== "slack") throw new Error("There is no Slack channel");
  return slackChoicesOf(destination.settings);
}

describe("what can be chosen for a Slack channel", () => {
  test("unset is a message that is kept up to date, short, without buttons and mentions", () => {
    expect(choicesWith("")).toEqual({
      style: "living",
      broadcastOn: new Set(["returned", "escalated"]),
      isVerbose: false,
      hasButtons: false,
      mentions: [],
      storm: { messagesMax: 20, windowMs: 600_000 },
    });
  });

  test.each([
    ["thread_only: true", { style: "thread_only" }],
    ["thread_only: false, new_message_each_time: true", { style: "new_message_each_time" }],
    ["broadcast_on: []", { broadcastOn: new Set() }],
    ["verbose: true", { isVerbose: true }],
    ["app_token: xapp-MARK", { hasButtons: true }],
    ["signing_secret: 0123456789abcdef0123456789abcdef", { hasButtons: true }],
    ["storm: { messages: 5 }", { storm: { messagesMax: 5, windowMs: 600_000 } }],
    ["storm: { window: 1h }", { storm: { messagesMax: 20, windowMs: 3_600_000 } }],
    [
      'mentions: [{ who: "@U012345678" }, { who: S012345678, severities: [info, warning] }, { who: here }]',
      {
        mentions: [
          { who: "U012345678", severities: ["critical"] },
          { who: "S012345678", severities: ["info", "warning"] },
          { who: "here", severities: ["critical"] },
        ],
      },
    ],
  ])("%s", (keys, chosen) => {
    expect(choicesWith(keys)).toMatchObject(chosen);
  });

  test("a variable can say yes or no", () => {
    const env = { ...A_SERVER, VERBOSE: "true" };
    const files = { "polarwatch.yaml": fileWith(`verbose: "\${VERBOSE}"`) };
    expect(validConfig(env, files).receivers[0]?.destinations[0]?.settings).toMatchObject({ verbose: true });
  });

  test.each([
    [
      "mentions: [{ who: jo }]",
      "mentions[0].who: must be the id of a person (U...) or a user group (S...), here or channel",
    ],
    [
      "mentions: [{ who: everyone }]",
      "mentions[0].who: must be the id of a person (U...) or a user group (S...), here or channel",
    ],
    [
      'mentions: [{ who: "<!here>" }]',
      "mentions[0].who: must be the id of a person (U...) or a user group (S...), here or channel",
    ],
    ["mentions: [{ severities: [critical] }]", "mentions[0].who: is required"],
    ["mentions: [{ who: here, severities: [] }]", "mentions[0].severities: must not be empty"],
    [
      "mentions: [{ who: here, severities: [bad] }]",
      "mentions[0].severities[0]: must be one of info, warning, critical",
    ],
    ["mentions: [{ who: here, severities: [info, info] }]", "mentions[0].severities: must not name the same twice"],
    ['mentions: [{ who: here }, { who: "@here" }]', "mentions: must not name the same twice"],
    ["broadcast_on: [new]", "broadcast_on[0]: must be one of returned, escalated"],
    ["storm: { messages: 0 }", "storm.messages: must be at least 1"],
    ["storm: { window: 10 }", "storm.window: must be text; YAML reads this as a number, quotes make it text"],
    ["storm: { window: 10s }", "storm.window: must be a duration from 1m to 1d, such as 10m"],
    ["verbose: yes please", "verbose: must be true or false"],
    ["app_token: xoxb-MARK", "app_token: must be an app-level token, which begins with xapp-"],
    [
      "signing_secret: MARK",
      "signing_secret: must be the signing secret of a Slack app, 16 or more characters without spaces",
    ],
    [
      "thread_only: true, new_message_each_time: true",
      "thread_only: cannot be combined with new_message_each_time, which makes no threads; keep one of them",
    ],
    [
      "broadcast_on: [returned], new_message_each_time: true",
      "broadcast_on: cannot be combined with new_message_each_time, which makes no threads; keep one of them",
    ],
  ])("%s is refused", (keys, problem) => {
    expect(
      problemsOfFile(fileWith(keys)).map((line) => line.replace(/^\S+ receivers\[0\]\.slack_configs\[0\]\./, "")),
    ).toEqual([problem]);
  });
});
