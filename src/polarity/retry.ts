import { setTimeout as delay } from "node:timers/promises";
import type { FailedRead } from "../domain/snapshot.js";
import type { Logger } from "../lib/logger.js";
import type { Answer, Attempt } from "./transport.js";

export type RetryPolicy = {
  /** Tries of one request, the first included. */
  attemptsMax: number;
  delayMsMin: number;
  /** A server that asks for a longer wait than this ends the read: the next poll comes anyway. */
  delayMsMax: number;
};

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits on the real clock; rejects with the reason of an abort. */
export const sleep: Sleep = async (ms, signal) => {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
};

/** Repeats what may be repeated, as often and as late as the policy and the server's own wish allow. */
export async function withRetries(
  attempt: () => Promise<Attempt>,
  deps: { policy: RetryPolicy; random: () => number; sleep: Sleep; log: Logger },
  signal: AbortSignal,
): Promise<Answer | FailedRead> {
  for (let tries = 1; ; tries += 1) {
    const { result, repeatable } = await attempt();
    if (!repeatable || tries >= deps.policy.attemptsMax) return result;
    const delayMs = result.retryAfterMs ?? retryDelayMs(tries, deps.policy, deps.random);
    if (delayMs > deps.policy.delayMsMax) return result;
    deps.log.debug(
      {
        tries,
        http_status: result.httpStatus,
        reason: result.kind === "failed" ? result.reason : null,
        delay_ms: delayMs,
      },
      "Polarity request is repeated",
    );
    await deps.sleep(delayMs, signal);
    signal.throwIfAborted();
  }
}

/** Doubles from try to try; half of it is random, so that many clients do not come back at one instant. */
function retryDelayMs(tries: number, policy: RetryPolicy, random: () => number): number {
  const ceilingMs = Math.min(policy.delayMsMin * 2 ** (tries - 1), policy.delayMsMax);
  return Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2);
}
