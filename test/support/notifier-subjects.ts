import { onTestFinished } from "vitest";
import type { Notification } from "../../src/domain/notification.js";
import { createConsoleNotifier } from "../../src/notify/console/notifier.js";
import { createMailServers } from "../../src/notify/email/mail-servers.js";
import { createEmailNotifier } from "../../src/notify/email/notifier.js";
import type { Notifier } from "../../src/notify/notifier.js";
import { createPagerDutyNotifier } from "../../src/notify/pagerduty/notifier.js";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import { createTeamsNotifier } from "../../src/notify/teams/notifier.js";
import { createWebhookNotifier } from "../../src/notify/webhook/notifier.js";
import { startFakePagerDuty } from "./fake-pagerduty.js";
import { startFakeSlack } from "./fake-slack.js";
import { startFakeSmtp } from "./fake-smtp.js";
import { startFakeTeams } from "./fake-teams.js";
import { startFakeWebhook } from "./fake-webhook.js";
import type { HttpFailure } from "./http-fake.js";
import { AT } from "./notifications.js";

/** In every secret of every subject; it may turn up nowhere. */
export const SECRET = "FAKEs3cretFAKEs3cretFAKEs3cret00";
/** Refuses every connection: nothing listens on the port of `discard`. */
const NOBODY = "127.0.0.1:9";
const clock = () => AT;

/** What of each medium the same suite needs: how it fails, and what arrived. */
export type Subject = {
  notifier: Notifier;
  /** Each makes the next try meet it. */
  provoke: Record<"refuse" | "unauthorized" | "unavailable" | "loseReply" | "hang", () => void>;
  /** Of what it was told, all that people or programs got to read, one text a message. */
  arrived: () => string[];
  /** By what the receiver knows that a message is a repeat, one for each that arrived. */
  identities: () => string[];
};

/** A medium over HTTP whose verdict follows the answer's status. */
export type HttpSubject = Subject & {
  failNext: (...failures: HttpFailure[]) => void;
  /** The requests that were to tell something, whatever became of them; null where the fake keeps them otherwise. */
  bodies: (() => string[]) | null;
};

/** Which of all notifications a medium has a place for. */
export function takes({ terms }: Notifier, notification: Notification): boolean {
  const { kind } = notification;
  return terms.tells?.includes(kind === "report" ? notification.about : kind) ?? true;
}

export async function slackSubject(timeoutMs: number): Promise<HttpSubject> {
  const fake = await startFakeSlack({ token: SECRET });
  onTestFinished(() => fake.close());
  const fail = (failure: Parameters<typeof fake.failNext>[1]) => () => fake.failNext("chat.postMessage", failure);
  const config = { bot_token: SECRET, channel: fake.channel.id, api_url: fake.apiUrl };
  return {
    notifier: createSlackNotifier(config, { clock, timeoutMs }),
    provoke: {
      refuse: fail({ kind: "error", error: "channel_not_found" }),
      unauthorized: fail({ kind: "error", error: "invalid_auth" }),
      unavailable: fail({ kind: "answer", httpStatus: 503, body: `<html>${SECRET}</html>` }),
      loseReply: fail({ kind: "drop-reply" }),
      hang: fail({ kind: "hang" }),
    },
    failNext: (...failures) => fake.failNext("chat.postMessage", ...failures),
    bodies: null,
    arrived: () => fake.messages().map(({ text, blocks }) => `${text}\n${JSON.stringify(blocks)}`),
    identities: () => fake.messages().map(({ metadata }) => JSON.stringify(metadata)),
  };
}

/** `refuseNext`: the next mail meets this reply, to its sender or to the whole of it. */
type SmtpSubject = Subject & { refuseNext: (code: number, at: "sender" | "mail") => void };

export async function emailSubject(timeoutMs: number): Promise<SmtpSubject> {
  const fake = await startFakeSmtp({ auth: { user: "polarwatch", pass: SECRET } });
  const timeoutsMs = { connection: timeoutMs, greeting: timeoutMs, socket: timeoutMs };
  const mailServers = createMailServers({ timeoutsMs });
  onTestFinished(async () => {
    mailServers.close();
    await fake.close();
  });
  const text = `${SECRET} see https://example.com/why?token=${SECRET}`;
  const config = {
    smtp_url: `${fake.url}?tls=none`,
    from: "polarwatch <alerts@example.com>",
    to: "oncall@example.com",
  };
  return {
    notifier: createEmailNotifier(config, { clock, mailServers, unsubscribeUrlOf: () => null }),
    provoke: {
      refuse: () => fake.failNext({ kind: "refuse-mail", code: 554, text }),
      unauthorized: () => fake.failNext({ kind: "refuse-sender", code: 535, text }),
      unavailable: () => fake.failNext({ kind: "refuse-sender", code: 451, text }),
      loseReply: () => fake.failNext({ kind: "drop-after-data" }),
      hang: () => fake.failNext({ kind: "hang-after-data" }),
    },
    refuseNext: (code, at) => fake.failNext({ kind: `refuse-${at}`, code, text }),
    arrived: () => fake.mails().map((mail) => `${mail.subject}\n${mail.text}\n${mail.html}`),
    identities: () => fake.mails().map(({ messageId }) => String(messageId)),
  };
}

type HttpFakeServer = { failNext(...failures: HttpFailure[]): void; bodies(): string[]; close(): Promise<void> };

/** Answers that quote every secret, as servers do that show what they were asked. */
function httpSubject(
  fake: HttpFakeServer,
  quoted: string,
): Pick<HttpSubject, "failNext" | "provoke"> & { bodies: () => string[] } {
  onTestFinished(() => fake.close());
  const answer = (httpStatus: number) => () =>
    fake.failNext({ kind: "answer", httpStatus, headers: { "content-type": "text/plain" }, body: quoted });
  return {
    failNext: (...failures) => fake.failNext(...failures),
    bodies: () => fake.bodies(),
    provoke: {
      refuse: answer(404),
      unauthorized: answer(401),
      unavailable: answer(503),
      loseReply: () => fake.failNext({ kind: "drop-reply" }),
      hang: () => fake.failNext({ kind: "hang" }),
    },
  };
}

export async function webhookSubject(timeoutMs: number): Promise<HttpSubject> {
  const fake = await startFakeWebhook({ secret: SECRET });
  const config = { url: fake.url, secret: SECRET, allow_private_addresses: true };
  return {
    ...httpSubject(fake, `${SECRET} at ${fake.url}`),
    notifier: createWebhookNotifier(config, { clock, timeoutMs }),
    arrived: () => fake.deliveries().map(({ body }) => JSON.stringify(body)),
    identities: () => fake.deliveries().map(({ id }) => id),
  };
}

export async function pagerDutySubject(timeoutMs: number): Promise<HttpSubject> {
  const fake = await startFakePagerDuty({ routingKey: SECRET });
  return {
    ...httpSubject(fake, `the key ${SECRET} at ${fake.apiUrl}`),
    notifier: createPagerDutyNotifier({ routing_key: SECRET, api_url: fake.apiUrl }, { clock, timeoutMs }),
    // What is about no incident that ever was is dropped, and nobody hears of it.
    arrived: () =>
      fake
        .events()
        .filter(({ dedupKey }) => dedupKey in fake.incidents())
        .map(({ event: { routing_key, ...rest } }) => JSON.stringify(rest)),
    identities: () => fake.events().map(({ action, dedupKey }) => `${action} ${dedupKey}`),
  };
}

export async function teamsSubject(timeoutMs: number): Promise<HttpSubject> {
  const fake = await startFakeTeams();
  return {
    ...httpSubject(fake, `not at ${fake.url}`),
    notifier: createTeamsNotifier({ url: fake.url }, { clock, timeoutMs }),
    arrived: () => fake.cards().map(({ card }) => JSON.stringify(card)),
    identities: () => fake.cards().map(({ card }) => JSON.stringify(card)),
  };
}

/** It has no answer to lose and nobody to refuse it: only writing can fail. */
export async function consoleSubject(): Promise<Omit<Subject, "provoke">> {
  const written: string[] = [];
  const deps = { write: (text: string) => void written.push(text), isColored: false, timeZone: "UTC" };
  return { notifier: createConsoleNotifier({}, deps), arrived: () => written, identities: () => written };
}

/** Each medium where nobody listens, with its secret in every place that may hold one. */
export const UNHEARD: readonly (readonly [string, () => Notifier])[] = [
  [
    "Slack",
    () => createSlackNotifier({ bot_token: SECRET, channel: "C0FAKE00001", api_url: `http://${NOBODY}/` }, { clock }),
  ],
  [
    "webhook",
    () => {
      const url = `http://u:${SECRET}@${NOBODY}/x?${SECRET}`;
      return createWebhookNotifier({ url, secret: SECRET, allow_private_addresses: true }, { clock });
    },
  ],
  ["PagerDuty", () => createPagerDutyNotifier({ routing_key: SECRET, api_url: `http://${NOBODY}` }, { clock })],
  ["Teams", () => createTeamsNotifier({ url: `http://${NOBODY}/x?sig=${SECRET}` }, { clock })],
  [
    "e-mail",
    () => {
      const mailServers = createMailServers();
      onTestFinished(() => mailServers.close());
      const config = { smtp_url: `smtp://u:${SECRET}@${NOBODY}`, from: "a@example.com", to: "b@example.com" };
      return createEmailNotifier(config, { clock, mailServers, unsubscribeUrlOf: () => null });
    },
  ],
];
