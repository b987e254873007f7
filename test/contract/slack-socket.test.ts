import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkAppToken } from "../../src/notify/slack/app-connection.js";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import type { ReadRequest } from "../../src/notify/slack/request.js";
import { openSlackSocket, type SlackSocket } from "../../src/notify/slack/socket.js";
import { eventually } from "../support/eventually.js";
import { type FakeSlackApp, startFakeSlackApp } from "../support/fake-slack-app.js";
import { createRecordingLog, type LogLine } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";

const SOON = { deadlineMs: 15_000 };
const COMMAND = { user_id: "U0ADA", user_name: "ada", text: "status", channel_id: "C0FAKE00001" };

type Listening = { slack: FakeSlackApp; socket: SlackSocket; received: ReadRequest[]; lines: LogLine[] };

/** Slack, and somebody who listens to it. Ends with the test, which fails if anything went on that Slack would not take. */
async function listening(
  given: { appToken?: string; prepare?: (slack: FakeSlackApp) => void } = {},
): Promise<Listening> {
  const slack = await startFakeSlackApp();
  given.prepare?.(slack);
  const { log, lines } = createRecordingLog();
  const received: ReadRequest[] = [];
  const socket = openSlackSocket(
    { appToken: given.appToken ?? slack.appToken, apiUrl: slack.apiUrl },
    { clock: createTestClock(), random: () => 0.5, log, receive: (read) => received.push(read) },
  );
  onTestFinished(async () => {
    await socket.close();
    await slack.close();
    expect(slack.violations()).toEqual([]);
    expect(JSON.stringify(lines)).not.toMatch(/xapp-|xoxb-|secret-ticket/);
  });
  return { slack, socket, received, lines };
}

test("what comes is acknowledged and then handed on, read", async () => {
  const { slack, received } = await listening();
  await slack.connected(1, SOON);
  await slack.send("slash_commands", COMMAND);
  await eventually(() => expect(received).toHaveLength(1), SOON);
  expect(received).toMatchObject([
    { kind: "request", request: { wanted: { kind: "command", text: "status" }, user: { id: "U0ADA", name: "ada" } } },
  ]);
});

test("a connection that is cut is followed by another, which works", async () => {
  const { slack, received } = await listening();
  await slack.connected(1, SOON);
  slack.cut();
  await slack.connected(2, SOON);
  await slack.send("slash_commands", COMMAND);
  await eventually(() => expect(received).toHaveLength(1), SOON);
  expect(slack.openConnections()).toBe(1);
});

test("a connection that Slack wants refreshed is followed by another", async () => {
  const { slack } = await listening();
  await slack.connected(1, SOON);
  slack.refresh();
  await slack.connected(2, SOON);
  await eventually(() => expect(slack.openConnections()).toBe(1), SOON);
});

test("while Slack is away it is asked again, and each time the log says why", async () => {
  const { slack, lines } = await listening({
    prepare: (slack) =>
      slack.failNext(
        { kind: "answer", httpStatus: 500 },
        { kind: "drop-request" },
        { kind: "error", error: "internal_error" },
      ),
  });
  await slack.connected(1, SOON);
  const warnings = lines.filter(({ level }) => level === 40);
  expect(warnings.map(({ detail }) => detail)).toEqual([
    "Slack answered with HTTP 500",
    expect.stringMatching(/^Slack: The connection was lost/),
    "Slack refused it: internal_error",
  ]);
  expect(warnings.map(({ failures }) => failures)).toEqual([1, 2, 3]);
});

test("a token that Slack refuses is told in the log, and ends nothing", async () => {
  const { slack, lines } = await listening({ appToken: "xapp-wrong-token" });
  await eventually(() => expect(slack.calls().length).toBeGreaterThan(1), SOON);
  expect(lines.find(({ level }) => level === 40)).toMatchObject({ detail: "Slack refused it: invalid_auth" });
});

test.each([
  ["no JSON", "{"],
  ["null", "null"],
  ["a number", "7"],
  ["an array", "[]"],
  ["no type", "{}"],
  ["an event without an event", JSON.stringify({ type: "events_api", envelope_id: "e", payload: {} })],
  ["an envelope without an id", JSON.stringify({ type: "interactive", payload: {} })],
  ["an unknown type", JSON.stringify({ type: "dance", envelope_id: "e" })],
  ["bytes", new Uint8Array([1, 2, 3])],
])("a frame that is none of Slack's is ignored: %s", async (_what, frame) => {
  const { slack, received } = await listening();
  await slack.connected(1, SOON);
  slack.sendRaw(frame);
  await slack.send("slash_commands", COMMAND);
  await eventually(() => expect(received).toHaveLength(1), SOON);
  expect(slack.openConnections()).toBe(1);
});

describe("checking an app token", () => {
  const problemWith = async (slack: FakeSlackApp, token: string) => {
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const settings = { token, apiUrl: slack.apiUrl, timeoutMs: 5000, agent, clock: createTestClock() };
    return checkAppToken(settings, AbortSignal.timeout(10_000));
  };

  test.each([
    ["a right one", (slack: FakeSlackApp) => slack.appToken, null],
    ["a wrong one", () => "xapp-wrong", "The app token does not work: Slack refused it: invalid_auth"],
    [
      "a bot token in its place",
      (slack: FakeSlackApp) => slack.botToken,
      "The app token does not work: Slack refused it: not_allowed_token_type",
    ],
  ])("says what is wrong with it, and opens no connection: %s", async (_what, tokenOf, problem) => {
    const slack = await startFakeSlackApp();
    onTestFinished(() => slack.close());
    expect(await problemWith(slack, tokenOf(slack))).toBe(problem);
    expect(slack.openConnections()).toBe(0);
  });

  test("is a part of the check of its destination", async () => {
    const slack = await startFakeSlackApp();
    onTestFinished(() => slack.close());
    const config = {
      bot_token: slack.botToken,
      channel: "C0FAKE00001",
      api_url: slack.apiUrl,
      app_token: "xapp-wrong",
    };
    const notifier = createSlackNotifier(config, { clock: createTestClock() });
    onTestFinished(() => notifier.close());
    expect(await notifier.check(AbortSignal.timeout(10_000))).toMatch(/^The app token does not work/);
    expect(slack.calls()).toContain("auth.test");
  });
});

describe("closing", () => {
  test("ends the connection, and no other follows", async () => {
    const { slack, socket } = await listening();
    await slack.connected(1, SOON);
    await socket.close();
    await eventually(() => expect(slack.openConnections()).toBe(0), SOON);
    expect(slack.calls()).toEqual(["apps.connections.open"]);
    await socket.close();
  });

  test("does not wait for a Slack that hangs", async () => {
    const { slack, socket } = await listening({ prepare: (slack) => slack.failNext({ kind: "hang" }) });
    await socket.close();
    expect(slack.openConnections()).toBe(0);
  });
});
