import { createHash } from "node:crypto";
import type { DeliveryKind, Verdict } from "../../domain/delivery.js";
import type { Clock } from "../../lib/clock.js";
import { createHttpEndpoint } from "../http-endpoint.js";
import type { Notifier } from "../notifier.js";
import type { PagerDutyConfig } from "./config.js";
import { harmlessEvent, type PagerDutyEvent, pagerDutyEvents } from "./message.js";
import { verdictOfPagerDuty } from "./verdict.js";

export type PagerDutyDeps = {
  clock: Clock;
  /** For one event and its whole answer; 10 s unless told. */
  timeoutMs?: number;
};

const API_URL = "https://events.pagerduty.com";
/** A service takes some events a second; how many, PagerDuty does not promise. */
const PACE_MS = 250;
/** What wakes somebody, or ends that. */
const TELLS: readonly DeliveryKind[] = ["alerts", "server", "reminder", "undelivered"];
/** Of so many unfinished deliveries it is remembered which events went out. */
const UNFINISHED_MAX = 100;

/**
 * Sends each alert of a notification as an event of its own, one after the other. A try after one that stopped halfway
 * goes on behind the last event that was taken; where that was forgotten it repeats events, which PagerDuty recognises.
 * An event that is refused for good keeps none of the others from being sent.
 */
export function createPagerDutyNotifier(config: PagerDutyConfig, deps: PagerDutyDeps): Notifier {
  const endpoint = createHttpEndpoint({ url: enqueueUrl(config.api_url ?? API_URL), timeoutMs: deps.timeoutMs });
  const unfinished = new Map<string, Map<string, Verdict>>();

  const send = async (event: PagerDutyEvent, signal: AbortSignal) =>
    verdictOfPagerDuty(await endpoint.post(JSON.stringify(event), {}, signal), deps.clock(), config.routing_key);

  function settledOf(deliveryId: string): Map<string, Verdict> {
    const settled = unfinished.get(deliveryId) ?? new Map<string, Verdict>();
    unfinished.delete(deliveryId);
    unfinished.set(deliveryId, settled);
    for (const oldest of unfinished.keys()) if (unfinished.size > UNFINISHED_MAX) unfinished.delete(oldest);
    return settled;
  }

  return {
    terms: {
      pace: { key: `pagerduty:${digestOf(config.routing_key)}`, everyMs: PACE_MS },
      storm: null,
      hearsAcknowledgements: true,
      tells: TELLS,
    },

    async deliver(notification, _context, signal): Promise<Verdict> {
      const events = pagerDutyEvents(notification, config);
      if (events.length === 0) return notToldTo(notification.kind);
      const settled = settledOf(notification.deliveryId);
      for (const event of events) {
        const name = `${event.event_action} ${event.dedup_key}`;
        if (settled.has(name)) continue;
        const verdict = await send(event, signal);
        if (verdict.kind === "failed" && verdict.retryable) return verdict;
        settled.set(name, verdict);
      }
      unfinished.delete(notification.deliveryId);
      return wholeOf([...settled.values()]);
    },

    /** That PagerDuty takes an event with this key: one that ends an incident that never was, so that nobody is told. */
    async check(signal) {
      const verdict = await send(harmlessEvent(config), signal);
      return verdict.kind === "delivered" ? null : verdict.detail;
    },

    close: () => endpoint.close(),
  };
}

/** Delivered when all were taken; the exchange is that of the event that decided. */
function wholeOf(verdicts: readonly Verdict[]): Verdict {
  const failed = verdicts.filter((verdict) => verdict.kind === "failed");
  const [first] = failed;
  if (first !== undefined) {
    const share = verdicts.length === 1 ? "" : ` (${failed.length} of ${verdicts.length} events)`;
    return { ...first, detail: `${first.detail}${share}` };
  }
  const last = verdicts.at(-1);
  if (last?.kind !== "delivered") throw new Error("No event was settled");
  return verdicts.length === 1 ? last : { ...last, providerMessageId: null };
}

/** What is not told to a pager must not look as if it had been. */
function notToldTo(kind: string): Verdict {
  const detail = `PagerDuty is not told what is no event, such as this ${kind}`;
  return { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail };
}

/** People copy the whole address of the documentation as well as the host alone. */
function enqueueUrl(apiUrl: string): string {
  const url = new URL(apiUrl);
  const base = url.pathname.replace(/\/+$/, "").replace(/\/v2\/enqueue$/, "");
  url.pathname = `${base}/v2/enqueue`;
  return url.href;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
