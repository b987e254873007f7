import { onTestFinished } from "vitest";
import type { Config } from "../../src/config/config.js";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import type { HttpServer } from "../../src/http/server.js";
import type { Clock } from "../../src/lib/clock.js";
import { signatureOf } from "../../src/notify/slack/signature.js";
import type { Database } from "../../src/store/prisma.js";
import { SlackDesk } from "../../workers/slack.js";
import type { AlertPast } from "./alert-past.js";
import { type FakeSlackApp, type SlackReply, startFakeSlackApp } from "./fake-slack-app.js";
import { type Answer, ask, startHttp } from "./http-server.js";
import { createRecordingLog, type LogLine } from "./recording-log.js";
import { configOf } from "./world.js";

export const SIGNING_SECRET = "a-signing-secret-of-some-length";
export const SOON = { deadlineMs: 15_000 };

type Signing = { secret?: string; timestamp?: string; signature?: string; contentType?: string };

/** Somebody in Slack, and polarwatch, which listens to them by HTTP and by Socket Mode. */
export class DeskInTest {
  readonly desk: SlackDesk;
  readonly slack: FakeSlackApp;
  readonly server: HttpServer;
  readonly lines: LogLine[];
  readonly clock: Clock;
  config: Config;

  private constructor(parts: Pick<DeskInTest, "desk" | "slack" | "server" | "lines" | "clock" | "config">) {
    this.desk = parts.desk;
    this.slack = parts.slack;
    this.server = parts.server;
    this.lines = parts.lines;
    this.clock = parts.clock;
    this.config = parts.config;
  }

  /** Ends with the test, which fails if anything went on that Slack would not take. */
  static async open(
    db: Database,
    clock: Clock,
    given: { env?: Record<string, string>; apiToken?: string } = {},
  ): Promise<DeskInTest> {
    const slack = await startFakeSlackApp();
    const { log, lines } = createRecordingLog();
    const env = given.env ?? { SLACK_APP_TOKEN: slack.appToken, SLACK_SIGNING_SECRET: SIGNING_SECRET };
    let opened: DeskInTest | null = null;
    const config = slackConfig(slack, env);
    const desk = new SlackDesk({
      wakeStale: async () => {},
      db,
      clock,
      random: () => 0.5,
      log,
      rules: () => DEFAULT_RULES,
      config: () => opened?.config ?? config,
      links: () => ({
        server: (id) => `https://polarwatch.example.com/servers/${id}`,
        all: () => "https://polarwatch.example.com",
        error: (id) => `https://polarwatch.example.com/errors/${id}`,
      }),
    });
    const settings = { host: "127.0.0.1", port: 0, apiToken: given.apiToken ?? null };
    const server = await startHttp({ db, clock, log, slack: desk.sender, settings });
    opened = new DeskInTest({ desk, slack, server, lines, clock, config });
    onTestFinished(async () => {
      await desk.close();
      await slack.close();
      const surprises = [...slack.violations(), ...slack.unexpectedReplies().map(({ visibleText }) => visibleText)];
      const secrets = JSON.stringify(lines).match(/xapp-|xoxb-|secret-ticket|a-signing-secret/g) ?? [];
      if (surprises.length + secrets.length > 0) throw new Error(JSON.stringify({ surprises, secrets }));
    });
    return opened;
  }

  /** Takes over another configuration, as a reload does. */
  replace(env: Record<string, string>): void {
    this.config = slackConfig(this.slack, env);
    this.desk.sync();
  }

  /** What Slack sends when somebody presses a button, or chooses from a select. */
  pressed(actionId: string, value: string, user: object = { id: "U0ADA", username: "ada" }): Record<string, unknown> {
    const isSelect = actionId === "polarwatch_silence";
    const action = {
      type: isSelect ? "static_select" : "button",
      action_id: actionId,
      block_id: "polarwatch",
      ...(isSelect ? { selected_option: { value } } : { value }),
    };
    return {
      type: "block_actions",
      user,
      channel: { id: "C0FAKE00001", name: "alerts" },
      response_url: this.slack.responseUrl(),
      actions: [action],
    };
  }

  /** Presses by HTTP, and gives what the person gets to see. */
  async press(actionId: string, value: string, user?: object): Promise<string> {
    const answer = await this.post("interactions", { payload: JSON.stringify(this.pressed(actionId, value, user)) });
    if (answer.httpStatus !== 200 || answer.text !== "") throw new Error(`HTTP ${answer.httpStatus}: ${answer.text}`);
    return (await this.reply()).visibleText;
  }

  /** Types `/polarwatch ...` by HTTP, and gives what the person gets to see. */
  async type(text: string): Promise<string> {
    const answer = await this.post("commands", { ...this.typed(text) });
    if (answer.httpStatus !== 200 || answer.text !== "") throw new Error(`HTTP ${answer.httpStatus}: ${answer.text}`);
    return (await this.reply()).visibleText;
  }

  typed(text: string): Record<string, string> {
    return {
      command: "/polarwatch",
      text,
      user_id: "U0ADA",
      user_name: "ada",
      channel_id: "C0FAKE00001",
      response_url: this.slack.responseUrl(),
    };
  }

  reply(): Promise<SlackReply> {
    return this.slack.expectReply(() => true, SOON);
  }

  /** One request, signed as Slack does unless the test says otherwise. */
  post(place: string, body: string | Record<string, string>, signing: Signing = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : String(new URLSearchParams(body));
    const timestamp = signing.timestamp ?? String(Math.floor(this.clock().getTime() / 1000));
    const signature = signing.signature ?? signatureOf(signing.secret ?? SIGNING_SECRET, timestamp, Buffer.from(text));
    const headers = {
      host: "polarwatch.example.com", // that of the proxy in front
      "content-type": signing.contentType ?? "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature,
    };
    return ask(this.server, `/slack/${place}`, { method: "POST", headers, body: text });
  }
}

function slackConfig(slack: FakeSlackApp, env: Record<string, string>): Config {
  const always = {
    POLARITY_URL: "http://127.0.0.1:1",
    POLARITY_API_KEY: "k",
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_CHANNEL: "C0FAKE00001",
    SLACK_API_URL: slack.apiUrl,
  };
  return configOf({ ...always, ...env }, "/");
}

let messages = 0;

/** A message that was delivered and tells how these alerts last moved; gives its public id. */
export async function delivered(
  { db }: AlertPast,
  alertIds: readonly bigint[],
  given: { livingMessageId?: bigint; hiddenBy?: string } = {},
): Promise<{ publicId: string; rowId: bigint }> {
  messages += 1;
  const at = new Date("2026-03-01T12:00:00.000Z");
  const destination = "oncall/slack:#alerts";
  const delivery = await db.delivery.create({
    data: {
      serverId: "prod",
      receiver: "oncall",
      destination,
      groupKey: `g${messages}`,
      kind: "alerts",
      createdAt: at,
      nextAttemptAt: at,
      deadlineAt: at,
      outcome: "delivered",
      settledAt: at,
      livingMessageId: given.livingMessageId ?? null,
    },
  });
  for (const alertId of alertIds) {
    const transition = await db.transition.findFirstOrThrow({
      where: { alertId, deliveries: { none: { destination } } },
      orderBy: { id: "desc" },
    });
    const hidden = given.hiddenBy === undefined ? {} : { hiddenBy: given.hiddenBy, hiddenBecause: "It is hidden" };
    await db.deliveryTransition.create({
      data: { transitionId: transition.id, destination, deliveryId: delivery.id, ...hidden },
    });
  }
  return { publicId: `delivery-${delivery.id}`, rowId: delivery.id };
}

/** The living message that a delivery opened. */
export async function living({ db }: AlertPast, deliveryId: bigint): Promise<bigint> {
  const at = new Date("2026-03-01T12:00:00.000Z");
  const { id } = await db.livingMessage.create({
    data: {
      destination: "oncall/slack:#alerts",
      groupKey: `g${deliveryId}`,
      kind: "group",
      deliveryId,
      providerMessageId: "C0:1",
      openedAt: at,
      paintedAt: at,
    },
  });
  await db.delivery.update({ where: { id: deliveryId }, data: { livingMessageId: id } });
  return id;
}
