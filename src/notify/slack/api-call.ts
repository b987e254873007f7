import {
  LogLevel,
  type Logger as SlackLogger,
  WebAPIPlatformError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
import type { Agent } from "undici";
import * as z from "zod";
import type { Exchange } from "../../domain/delivery.js";
import type { Clock } from "../../lib/clock.js";
import { exchangeOnce, type HttpAnswer, type NoAnswer } from "../http-request.js";
import { parseRetryAfterMs } from "../http-verdict.js";

/** A page of a channel's history is far below this; more is no answer of Slack's. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

export type SlackSettings = {
  token: string;
  apiUrl: string | undefined;
  timeoutMs: number;
  agent: Agent;
  clock: Clock;
};

/** What one call of Slack's API came to, and which request and HTTP status that was. */
export type SlackAnswer<Result> = Outcome<Result> & { exchange: Exchange };

type Outcome<Result> =
  | { kind: "ok"; result: Result }
  /** Slack's own error code, such as `channel_not_found`; it did nothing. */
  | { kind: "refused"; error: string; messages: readonly string[]; retryAfterMs: number | null }
  /** An HTTP answer that is none of Slack's API. */
  | { kind: "http"; httpStatus: number; retryAfterMs: number | null }
  | NoAnswer;

/**
 * Runs one call on a client of its own, which ties the caller's signal to it. The client's own retries, queueing and
 * logging are off: a try is one request, and its outcome is told by the return value alone. `answerOf` reads the answer.
 */
export async function callSlack<Result>(
  settings: SlackSettings,
  signal: AbortSignal,
  answerOf: z.ZodType<Result>,
  call: (client: WebClient) => Promise<unknown>,
): Promise<SlackAnswer<Result>> {
  let retryAfterMs: number | null = null;
  let isAnswered = false;
  const exchange: Exchange = { requestDigest: null, replyCode: null };
  const client = new WebClient(settings.token, {
    ...(settings.apiUrl === undefined ? {} : { slackApiUrl: settings.apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: SILENT,
    fetch: async (url, init) => {
      const wanted = {
        method: "POST",
        url: url.toString(),
        headers: { ...init?.headers },
        body: typeof init?.body === "string" ? init.body : null,
        timeoutMs: settings.timeoutMs,
        answerBytesMax: ANSWER_BYTES_MAX,
      } as const;
      const outcome = await exchangeOnce(settings.agent, wanted, signal);
      Object.assign(exchange, outcome.exchange);
      if (outcome.kind === "no-answer") throw new NotFromSlack(outcome);
      isAnswered = true;
      retryAfterMs = parseRetryAfterMs(outcome.headers["retry-after"] ?? null, settings.clock());
      if (outcome.httpStatus !== 200 || !isJson(outcome)) throw new NotFromSlack(outcome);
      return new Response(outcome.text, { status: 200, headers: headersFor(outcome) });
    },
  });
  try {
    const parsed = answerOf.safeParse(await call(client));
    return parsed.success ? { kind: "ok", result: parsed.data, exchange } : { ...UNREADABLE, exchange };
  } catch (error) {
    if (error instanceof WebAPIPlatformError) {
      return { kind: "refused", ...refusal.parse(error.data), retryAfterMs, exchange };
    }
    if (!(error instanceof WebAPIRequestError && error.original instanceof NotFromSlack)) {
      // What the client stumbles over once there is an answer, such as metadata of another form, came with the answer.
      if (isAnswered) return { ...UNREADABLE, exchange };
      throw error;
    }
    const { outcome } = error.original;
    if (outcome.kind === "no-answer") return { ...outcome, exchange };
    if (outcome.httpStatus !== 200) return { kind: "http", httpStatus: outcome.httpStatus, retryAfterMs, exchange };
    return { ...UNREADABLE, exchange };
  }
}

/** Whatever it was that answered, Slack may have been behind it. */
const UNREADABLE: NoAnswer = { kind: "no-answer", reason: "timeout", detail: "An answer came that cannot be read" };

/** Only what the client needs of the headers that came: there are some that no `Response` takes. */
function headersFor({ headers }: HttpAnswer): Record<string, string> {
  const scopes = headers["x-oauth-scopes"] ?? "";
  const isReadable = /^[\x20-\x7e]+$/.test(scopes);
  return { "content-type": "application/json", ...(isReadable ? { "x-oauth-scopes": scopes } : {}) };
}

const refusal = z
  .object({
    error: z.string().catch("it does not say why"),
    response_metadata: z.object({ messages: z.array(z.string()).catch([]) }).catch({ messages: [] }),
  })
  .transform(({ error, response_metadata: { messages } }) => ({ error, messages }));

/** The ids of channels and messages as Slack writes them; they are kept, so they may hold nothing that cannot be. */
export const slackId = z.string().regex(/^[\w.-]{1,100}$/);

/** Carries an outcome that the client knows nothing of through the client. */
class NotFromSlack extends Error {
  readonly outcome: HttpAnswer | NoAnswer;

  constructor(outcome: HttpAnswer | NoAnswer) {
    super("not an answer of Slack's API");
    this.outcome = outcome;
  }
}

function isJson(answer: HttpAnswer): boolean {
  try {
    const value: unknown = JSON.parse(answer.text);
    return typeof value === "object" && value !== null && "ok" in value && typeof value.ok === "boolean";
  } catch {
    return false;
  }
}

/** Says nothing: Slack's own clients would log addresses and bodies. */
export const SILENT: SlackLogger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};
