import { Agent } from "undici";
import type { Verdict } from "../../domain/delivery.js";
import { shorten } from "../../domain/plain-text.js";
import type { Clock } from "../../lib/clock.js";
import { failureDetail } from "../failure-detail.js";
import { exchangeOnce, type HttpAnswer } from "../http-request.js";
import { parseRetryAfterMs, verdictOfHttpStatus } from "../http-verdict.js";
import type { Notifier } from "../notifier.js";
import type { WebhookConfig } from "./config.js";
import { webhookBody } from "./message.js";
import { standardWebhookHeaders } from "./signature.js";

export type WebhookDeps = {
  clock: Clock;
  /** For one request and its whole answer; 10 s unless told. */
  timeoutMs?: number;
};

const ANSWER_BYTES_MAX = 64 * 1024;
const EXCERPT_LENGTH_MAX = 200;

/**
 * Posts each notification to one endpoint. A repeat carries the same `webhook-id`, by which the receiver can tell it:
 * this medium has no way of asking whether a message arrived. User and password in the URL become Basic authentication.
 */
export function createWebhookNotifier(config: WebhookConfig, deps: WebhookDeps): Notifier {
  const timeoutMs = deps.timeoutMs ?? 10_000;
  const agent = new Agent({ connect: { timeout: timeoutMs / 2 } });
  const endpoint = endpointOf(config);
  const exchange = { url: endpoint.url, timeoutMs, answerBytesMax: ANSWER_BYTES_MAX };

  return {
    terms: {
      pace: { key: `webhook:${new URL(endpoint.url).host}`, everyMs: 0 },
      storm: null,
      hearsAcknowledgements: true,
    },

    async deliver(notification, _context, signal): Promise<Verdict> {
      const body = webhookBody(notification);
      const message = { id: notification.deliveryId, sentAt: deps.clock(), body };
      const headers = {
        "content-type": "application/json",
        "user-agent": "polarwatch",
        ...endpoint.authorization,
        ...standardWebhookHeaders(message, config.secret),
      };
      const outcome = await exchangeOnce(agent, { ...exchange, method: "POST", headers, body }, signal);
      if (outcome.kind === "no-answer") {
        const { reason, detail } = outcome;
        return { kind: "failed", reason, retryable: true, retryAfterMs: null, detail };
      }
      const retryAfterMs = parseRetryAfterMs(outcome.headers["retry-after"] ?? null, deps.clock());
      return verdictOfHttpStatus(outcome.httpStatus, retryAfterMs, detailOf(outcome, endpoint.secrets));
    },

    /** That something answers HTTP there, over a trusted connection; whether it takes notifications only one can show. */
    async check(signal) {
      const headers = { "user-agent": "polarwatch", ...endpoint.authorization };
      const outcome = await exchangeOnce(agent, { ...exchange, method: "HEAD", headers, body: null }, signal);
      return outcome.kind === "answer" ? null : `The webhook's endpoint does not answer: ${outcome.detail}`;
    },

    async close() {
      if (!agent.closed && !agent.destroyed) await agent.close();
    },
  };
}

type Endpoint = { url: string; authorization: Record<string, string>; secrets: readonly string[] };

function endpointOf(config: WebhookConfig): Endpoint {
  const url = new URL(config.url);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const credentials = Buffer.from(`${user}:${password}`).toString("base64");
  url.username = "";
  url.password = "";
  url.hash = "";
  const path = `${url.pathname}${url.search}`;
  return {
    url: url.toString(),
    authorization: user === "" && password === "" ? {} : { authorization: `Basic ${credentials}` },
    secrets: [config.secret ?? "", password, credentials, path, url.pathname, ...url.searchParams.values()],
  };
}

function detailOf(answer: HttpAnswer, secrets: readonly string[]): string {
  const isReadable = /^(text\/plain|application\/([\w.-]+\+)?json)\b/.test(answer.headers["content-type"] ?? "");
  const excerpt = isReadable ? shorten(failureDetail(answer.text, secrets), EXCERPT_LENGTH_MAX) : "";
  const redirects = answer.httpStatus >= 300 && answer.httpStatus < 400 ? ", a redirect, which is not followed" : "";
  return `The endpoint answered with HTTP ${answer.httpStatus}${redirects}${excerpt === "" ? "" : `: ${excerpt}`}`;
}
