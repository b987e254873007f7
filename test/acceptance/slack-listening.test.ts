import { expect, onTestFinished } from "vitest";
import { databaseTest } from "../support/database.js";
import { eventually } from "../support/eventually.js";
import { startFakeSlackApp } from "../support/fake-slack-app.js";
import { configOf, startInTest } from "../support/world.js";

const SOON = { deadlineMs: 30_000 };

databaseTest(
  "who notifies listens to Slack from its start to its end, by one connection for each app",
  async ({ databaseUrl }) => {
    const slack = await startFakeSlackApp();
    onTestFinished(() => slack.close());
    const env = {
      POLARITY_URL: "http://127.0.0.1:1",
      POLARITY_API_KEY: "k",
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_CHANNEL: "C0FAKE00001",
      SLACK_API_URL: slack.apiUrl,
      PORT: "0",
    };
    const config = configOf(env, "/");
    const queue = { kind: "postgres", databaseUrl } as const;
    const web = await startInTest({ config, databaseUrl, queue, roles: ["http"] });
    const running = await startInTest({ config, databaseUrl, queue, roles: ["notify"] });
    await slack.connected(1, SOON);
    const typed = { user_id: "U0ADA", user_name: "ada", text: "status", channel_id: "C0FAKE00001" };
    await slack.send("slash_commands", { ...typed, response_url: slack.responseUrl() });
    const { visibleText } = await slack.expectReply(() => true, SOON);
    expect(visibleText).toContain("polarity: not read yet");
    expect(slack.openConnections()).toBe(1);
    await running.stop();
    await eventually(() => expect(slack.openConnections()).toBe(0), SOON);
    await web.stop();
    expect(slack.calls().filter((call) => call === "apps.connections.open")).toHaveLength(1);
    expect(slack.violations()).toEqual([]);
    expect(JSON.stringify([...running.lines, ...web.lines])).not.toMatch(/xapp-|xoxb-|secret-ticket/);
  },
);
