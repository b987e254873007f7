import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 10;

/** Resolves with what the check returns as soon as it does not throw; throws its last failure at the deadline. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { deadlineMs, pauseMs = PAUSE_MS }: { deadlineMs: number; pauseMs?: number },
): Promise<T> {
  const giveUp = new AbortController();
  let lastFailure: unknown = new Error(`The check did not come to an end within ${deadlineMs} ms`);
  const deadline = delay(deadlineMs, undefined, { signal: giveUp.signal, ref: false }).then(() => {
    throw lastFailure;
  });
  const attempts = async () => {
    while (!giveUp.signal.aborted) {
      try {
        return { value: await check() };
      } catch (failure) {
        lastFailure = failure;
        await delay(pauseMs);
      }
    }
    throw lastFailure;
  };
  try {
    return (await Promise.race([attempts(), deadline])).value;
  } finally {
    giveUp.abort();
    deadline.catch(() => {});
  }
}
