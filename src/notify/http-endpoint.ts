import { Agent, type buildConnector } from "undici";
import { exchangeOnce, type HttpAnswer, type LostExchange } from "./http-request.js";

/** One URL to which messages are posted, with connections of its own. */
export type HttpEndpoint = {
  /** Posts a JSON text once; `headers` are those of this request alone. */
  post(body: string, headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer | LostExchange>;
  /** Asks for nothing but an answer. */
  knock(signal: AbortSignal): Promise<HttpAnswer | LostExchange>;
  /** Safe to call twice. */
  close(): Promise<void>;
};

const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * Opens nothing yet. `timeoutMs`: for one request and its whole answer, 10 s unless told. `connect` makes the connections,
 * where the usual way will not do.
 */
export function createHttpEndpoint(options: {
  url: string;
  headers?: Record<string, string>;
  timeoutMs: number | undefined;
  connect?: (timeoutMs: number) => buildConnector.connector;
}): HttpEndpoint {
  const { url, headers: fixed = {}, timeoutMs = TIMEOUT_MS } = options;
  const agent = new Agent({ connect: options.connect?.(timeoutMs / 2) ?? { timeout: timeoutMs / 2 } });
  const common = { url, timeoutMs, answerBytesMax: ANSWER_BYTES_MAX };
  const own = { "user-agent": "polarwatch", ...fixed };
  return {
    post: (body, headers, signal) =>
      exchangeOnce(
        agent,
        { ...common, method: "POST", headers: { ...own, "content-type": "application/json", ...headers }, body },
        signal,
      ),
    knock: (signal) => exchangeOnce(agent, { ...common, method: "HEAD", headers: own, body: null }, signal),
    async close() {
      if (!agent.closed && !agent.destroyed) await agent.close();
    },
  };
}
