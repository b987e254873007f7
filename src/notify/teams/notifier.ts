import { createHash } from "node:crypto";
import type { Verdict } from "../../domain/delivery.js";
import type { Clock } from "../../lib/clock.js";
import { createHttpEndpoint } from "../http-endpoint.js";
import { answerDetail, verdictOfExchange } from "../http-verdict.js";
import type { Notifier } from "../notifier.js";
import type { TeamsConfig } from "./config.js";
import { teamsMessage } from "./message.js";

export type TeamsDeps = {
  clock: Clock;
  /** For one request and its whole answer; 10 s unless told. */
  timeoutMs?: number;
};

/**
 * Posts each notification as a card, by a workflow. That it was taken says that the workflow runs; what it does with the
 * card nobody can ask it. Messages are final: neither a change nor a thread can be posted that way.
 */
export function createTeamsNotifier(config: TeamsConfig, deps: TeamsDeps): Notifier {
  const url = new URL(config.url);
  const endpoint = createHttpEndpoint({ url: config.url, timeoutMs: deps.timeoutMs });
  const secrets = [`${url.pathname}${url.search}`, url.pathname, ...url.searchParams.values()];
  const digest = createHash("sha256").update(config.url).digest("hex").slice(0, 16);

  return {
    terms: {
      pace: { key: `teams:${digest}`, everyMs: 1000 },
      storm: { messagesMax: 20, windowMs: 600_000 },
      hearsAcknowledgements: true,
    },

    async deliver(notification, _context, signal): Promise<Verdict> {
      const outcome = await endpoint.post(JSON.stringify(teamsMessage(notification)), {}, signal);
      return verdictOfExchange(outcome, deps.clock(), (answer) => answerDetail("The workflow", answer, secrets));
    },

    /** That something answers HTTP there, over a trusted connection; whether it is the workflow only a message can show. */
    async check(signal) {
      const outcome = await endpoint.knock(signal);
      return outcome.kind === "answer" ? null : `The workflow's address does not answer: ${outcome.detail}`;
    },

    close: () => endpoint.close(),
  };
}
