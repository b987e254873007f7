import type { RetryPolicy } from "../domain/delivery.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import type { Notifier } from "../notify/notifier.js";
import type { Database } from "../store/prisma.js";
import type { Probe } from "./checkpoint.js";
import type { Meter } from "./meter.js";
import type { Links } from "./notification.js";
import type { TellingPolicy } from "./suppress.js";

export type DeliverDeps = {
  db: Database;
  clock: Clock;
  random: () => number;
  workerId: string;
  /** The notifier of a destination; null when this configuration has no such destination (any more). */
  notifierOf: (destination: string) => Notifier | null;
  links: Links;
  /** What decides what of a delivery is told: asked at each delivery, since the configuration may change. */
  telling: () => TellingPolicy;
  wakeNotify: (destination: string, delayMs: number) => Promise<unknown>;
  probe: Probe;
  log: Logger;
  /** Default: nobody asks. */
  meter?: Pick<Meter, "tryEnded" | "turnAwaited">;
  policy?: DeliverPolicy;
};

export type DeliverPolicy = {
  retry: RetryPolicy;
  /** How long a claim holds; has to be longer than a send may take, or two workers would send at once. */
  leaseMs: number;
  sendMsMax: number;
};

export const DEFAULT_DELIVER_POLICY: DeliverPolicy = {
  retry: { delayMsMin: 2_000, delayMsMax: 10 * 60_000 },
  leaseMs: 45_000,
  sendMsMax: 30_000,
};

export type DeliverySummary = {
  /** The id of the poll whose diff first owed it; null when no poll did. */
  poll: string | null;
  /** The delivery, or the living message that was painted. */
  delivery: string;
  /** `suppressed`, `muted` and `folded` were decided before anything was tried; `painted` changed a message in place. */
  result: "delivered" | "dead" | "postponed" | "lost" | "suppressed" | "muted" | "folded" | "painted";
  detail: string | null;
};
