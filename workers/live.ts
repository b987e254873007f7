import { isDeepStrictEqual } from "node:util";
import type { DigestPlan } from "../src/app/digest.js";
import type { Routing } from "../src/app/route.js";
import type { TellingPolicy } from "../src/app/suppress.js";
import type { Config, DestinationConfig, ServerConfig } from "../src/config/config.js";
import { CANARY, DRILL_RECEIVER } from "../src/domain/drill.js";
import type { ServerId } from "../src/domain/snapshot.js";
import { type FireTimes, parseSchedule } from "../src/lib/cron.js";
import type { Logger } from "../src/lib/logger.js";
import { createConsoleNotifier } from "../src/notify/console/notifier.js";
import type { Notifier } from "../src/notify/notifier.js";
import { createPolarityClient, type PolarityClient } from "../src/polarity/client.js";
import type { Surveys } from "../src/polarity/surveys.js";
import { digestPlansOf } from "./digest.js";
import { createNotifier, type NotifierDeps } from "./notifiers.js";
import { clientOptionsOf } from "./polarity.js";
import type { PolledServer } from "./poll.js";
import { createRouting, fallbacksOf } from "./routes.js";

type Deps = NotifierDeps & { random: () => number; log: Logger; surveys: Surveys };
type Opened = { polled: PolledServer; from: ServerConfig; client: PolarityClient; reads: Set<Promise<unknown>> };
type Destination = { notifier: Notifier; mailbox: string | null; from: DestinationConfig };
type Parts = { servers: Map<ServerId, Opened>; destinations: Map<string, Destination> };

/**
 * The configuration that holds now, with what was opened for it. It can be replaced while everything runs: who asks
 * later is told by the new one, and only what differs is closed and opened again.
 */
export class Live {
  private readonly deps: Deps;
  private current: Config;
  private routes: Routing;
  private plans: readonly DigestPlan[];
  private drills: FireTimes | null;
  /** Takes drills that nobody else is to be told: all is done for it that is done for others, but for the medium. */
  private readonly canary = createConsoleNotifier({}, { write: () => {}, isColored: false, timeZone: "UTC" });
  private parts: Parts;
  /** Servers that were replaced or left, while a read of theirs is under way. */
  private readonly leaving = new Set<Opened>();

  constructor(config: Config, deps: Deps) {
    this.deps = deps;
    this.current = config;
    this.routes = createRouting(config);
    this.plans = digestPlansOf(config);
    this.drills = drillTimesOf(config);
    this.parts = this.open(config, { servers: new Map(), destinations: new Map() });
  }

  get config(): Config {
    return this.current;
  }

  /** By what a delivery is decided. */
  get telling(): TellingPolicy {
    const { receivers, timeIntervals, inhibitRules } = this.current;
    return {
      routing: this.routes,
      destinationsOf: (receiver) =>
        receiver === DRILL_RECEIVER
          ? [CANARY]
          : (receivers.find(({ name }) => name === receiver)?.destinations.map(({ id }) => id) ?? []),
      mailboxOf: (destination) => this.parts.destinations.get(destination)?.mailbox ?? null,
      timeIntervals: new Map(Object.entries(timeIntervals)),
      inhibitRules,
      hearAcknowledgements: [...this.parts.destinations]
        .filter(([, { notifier }]) => notifier.terms.hearsAcknowledgements)
        .map(([id]) => id),
      fallbacks: fallbacksOf(receivers),
    };
  }

  /** The digests that are sent. */
  readonly digests = (): readonly DigestPlan[] => this.plans;
  readonly routing: Routing = (serverId, labels) => this.routes(serverId, labels);
  /** Null when the server is not watched (any more). */
  readonly serverOf = (serverId: ServerId): PolledServer | null => this.parts.servers.get(serverId)?.polled ?? null;
  /** Null when there is no such destination (any more). */
  readonly notifierOf = (destination: string): Notifier | null =>
    destination === CANARY ? this.canary : (this.parts.destinations.get(destination)?.notifier ?? null);

  /** When there is a drill; null: only when somebody asks for one. */
  readonly drillTimes = (): FireTimes | null => this.drills;

  /**
   * From now on the new configuration holds. What only the old one needed is closed; a read that is under way is not cut
   * off, for that would be on record as a failure of its server. Throws before anything is replaced, or not at all.
   */
  replace(config: Config): void {
    const before = this.parts;
    const routes = createRouting(config);
    const plans = digestPlansOf(config);
    const drills = drillTimesOf(config);
    this.parts = this.open(config, before);
    this.routes = routes;
    this.plans = plans;
    this.drills = drills;
    this.current = config;
    const kept = new Set<unknown>(openedIn(this.parts));
    for (const opened of openedIn(before)) if (!kept.has(opened)) void this.retire(opened);
  }

  /** Closes everything at once, and with it whatever read is under way. */
  async close(): Promise<void> {
    await Promise.all([...openedIn(this.parts), ...this.leaving].map(close));
  }

  private async retire(opened: Opened | Destination): Promise<void> {
    if ("reads" in opened) {
      this.leaving.add(opened);
      await Promise.allSettled(opened.reads);
      this.leaving.delete(opened);
    }
    await close(opened);
  }

  private open(config: Config, before: Parts): Parts {
    const wanted = config.receivers.flatMap((receiver) => receiver.destinations);
    return {
      servers: new Map(
        config.servers.map((one) => [one.name, reuse(before.servers.get(one.name), one) ?? this.openServer(one)]),
      ),
      destinations: new Map(
        wanted.map((one) => [one.id, reuse(before.destinations.get(one.id), one) ?? this.openDestination(one)]),
      ),
    };
  }

  private openServer(server: ServerConfig): Opened {
    const { clock, random, log, surveys } = this.deps;
    const client = createPolarityClient(clientOptionsOf(server), { clock, random, log, surveys });
    const reads = new Set<Promise<unknown>>();
    const read: PolledServer["read"] = (known, signal) => {
      const reading = client.read(known, signal).finally(() => reads.delete(reading));
      reads.add(reading);
      return reading;
    };
    return { polled: { id: server.name, intervalMs: server.intervalMs, read }, from: server, client, reads };
  }

  private openDestination(destination: DestinationConfig): Destination {
    const mailbox = destination.kind === "email" ? destination.settings.to : null;
    return { notifier: createNotifier(destination, this.deps), mailbox, from: destination };
  }
}

function drillTimesOf({ drill: { schedule, timeZone } }: Config): FireTimes | null {
  return schedule === null ? null : parseSchedule(schedule, timeZone);
}

function openedIn({ servers, destinations }: Parts): (Opened | Destination)[] {
  return [...servers.values(), ...destinations.values()];
}

/** Never throws: nobody would be left to do anything about it. */
async function close(opened: Opened | Destination): Promise<void> {
  await Promise.allSettled(["client" in opened ? opened.client.close() : opened.notifier.close()]);
}

function reuse<T extends { from: object }>(opened: T | undefined, wanted: T["from"]): T | undefined {
  return opened !== undefined && isDeepStrictEqual(opened.from, wanted) ? opened : undefined;
}
