import { createHeartbeat } from "../src/app/heartbeat.js";
import type { Clock } from "../src/lib/clock.js";
import type { Lifecycle } from "../src/lib/lifecycle.js";
import type { Logger } from "../src/lib/logger.js";
import { createHttpEndpoint } from "../src/notify/http-endpoint.js";
import type { Database } from "../src/store/prisma.js";
import type { Live } from "./live.js";

const LOOK_EVERY_MS = 5000;
const ANSWER_MS_MAX = 10_000;

/** Looks every few seconds whether a heartbeat is to be sent. One look at a time; ends with `life`. */
export function startHeartbeat(
  { clock, log }: { clock: Clock; log: Logger },
  life: Lifecycle,
  { db, live }: { db: Database; live: Live },
): void {
  const beat = createHeartbeat({
    db,
    clock,
    log,
    heartbeat: () => {
      const { heartbeat, drill } = live.config;
      if (heartbeat === null) return null;
      return { intervalMs: heartbeat.intervalMs, needsDrill: drill.heartbeat, drillTimes: live.drillTimes() };
    },
    send: async (signal) => {
      const url = live.config.heartbeat?.url;
      return url === undefined ? null : sendHeartbeat(url, signal);
    },
    isDestination: (id) => live.notifierOf(id) !== null,
  });
  const stopping = new AbortController();
  let looking: Promise<unknown> | null = null;
  const look = () => {
    looking ??= beat(stopping.signal).finally(() => {
      looking = null;
    });
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  life.onStop("heartbeat", async () => {
    clearInterval(timer);
    stopping.abort();
    await looking;
  });
}

/** Posts nothing but its coming. Null when it was taken; else why not, without the address. */
export async function sendHeartbeat(url: string, signal: AbortSignal): Promise<string | null> {
  const endpoint = createHttpEndpoint({ url, timeoutMs: ANSWER_MS_MAX });
  try {
    const outcome = await endpoint.post("{}", {}, signal);
    if (outcome.kind !== "answer") return outcome.detail;
    return outcome.httpStatus >= 200 && outcome.httpStatus < 300
      ? null
      : `It was answered with HTTP ${outcome.httpStatus}`;
  } finally {
    await endpoint.close();
  }
}

/** Whether something answers HTTP there. Only the root of the host is asked: an answer to the address itself counts. */
export async function knockAtHeartbeat(url: string, signal: AbortSignal): Promise<string | null> {
  const endpoint = createHttpEndpoint({ url: new URL("/", url).href, timeoutMs: ANSWER_MS_MAX });
  try {
    const outcome = await endpoint.knock(signal);
    return outcome.kind === "answer" ? null : `Its host does not answer: ${outcome.detail}`;
  } finally {
    await endpoint.close();
  }
}
