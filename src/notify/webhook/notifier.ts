import type { Verdict } from "../../domain/delivery.js";
import type { Clock } from "../../lib/clock.js";
import { createHttpEndpoint } from "../http-endpoint.js";
import { answerDetail, verdictOfExchange } from "../http-verdict.js";
import type { Notifier } from "../notifier.js";
import type { WebhookConfig } from "./config.js";
import { webhookBody } from "./message.js";
import { type Lookup, NOT_PUBLIC, publicConnector } from "./public-connect.js";
import { standardWebhookHeaders } from "./signature.js";

export type WebhookDeps = {
  clock: Clock;
  /** For one request and its whole answer; 10 s unless told. */
  timeoutMs?: number;
  /** Finds the addresses of a name; the system's way unless told. */
  lookup?: Lookup;
};

const NOT_PUBLIC_TEXT =
  "The webhook's url leads to this machine or a private network, which is refused unless allow_private_addresses " +
  "(WEBHOOK_ALLOW_PRIVATE) is true";

/**
 * Posts each notification to one endpoint. A repeat carries the same `webhook-id`, by which the receiver can tell it:
 * this medium has no way of asking whether a message arrived. User and password in the URL become Basic authentication.
 */
export function createWebhookNotifier(config: WebhookConfig, deps: WebhookDeps): Notifier {
  const { url, authorization, secrets } = partsOf(config);
  const isAnywhereAllowed = config.allow_private_addresses === true;
  const endpoint = createHttpEndpoint({
    url,
    headers: authorization,
    timeoutMs: deps.timeoutMs,
    ...(isAnywhereAllowed ? {} : { connect: (timeoutMs) => publicConnector(timeoutMs, deps.lookup) }),
  });
  const signing = [config.secret, config.previous_secret].filter((secret) => secret !== undefined);

  return {
    terms: {
      pace: { key: `webhook:${new URL(url).host}`, everyMs: 0 },
      storm: null,
      hearsAcknowledgements: true,
    },

    async deliver(notification, _context, signal): Promise<Verdict> {
      const body = webhookBody(notification);
      const message = { id: notification.deliveryId, sentAt: deps.clock(), body };
      const outcome = await endpoint.post(body, standardWebhookHeaders(message, signing), signal);
      if (outcome.kind === "no-answer" && outcome.code === NOT_PUBLIC) {
        const failed = { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null } as const;
        return { ...failed, detail: NOT_PUBLIC_TEXT, exchange: outcome.exchange };
      }
      return verdictOfExchange(outcome, deps.clock(), (answer) => answerDetail("The endpoint", answer, secrets));
    },

    /** That something answers HTTP there, over a trusted connection; whether it takes notifications only one can show. */
    async check(signal) {
      const outcome = await endpoint.knock(signal);
      if (outcome.kind === "answer") return null;
      return outcome.code === NOT_PUBLIC
        ? NOT_PUBLIC_TEXT
        : `The webhook's endpoint does not answer: ${outcome.detail}`;
    },

    close: () => endpoint.close(),
  };
}

type Parts = { url: string; authorization: Record<string, string>; secrets: readonly string[] };

function partsOf(config: WebhookConfig): Parts {
  const url = new URL(config.url);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const credentials = Buffer.from(`${user}:${password}`).toString("base64");
  url.username = "";
  url.password = "";
  url.hash = "";
  const path = `${url.pathname}${url.search}`;
  const { secret = "", previous_secret: previous = "" } = config;
  return {
    url: url.toString(),
    authorization: user === "" && password === "" ? {} : { authorization: `Basic ${credentials}` },
    secrets: [secret, previous, password, credentials, path, url.pathname, ...url.searchParams.values()],
  };
}
