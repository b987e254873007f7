import { createHash, randomUUID } from "node:crypto";
import { noProbe, type Probe } from "../../src/app/checkpoint.js";
import { deliverNext } from "../../src/app/deliver.js";
import type { DeliverDeps } from "../../src/app/delivering.js";
import { type DiffDeps, type DiffSummary, diffNext } from "../../src/app/diff.js";
import type { DigestDeps, DigestPlan } from "../../src/app/digest.js";
import { noMeter } from "../../src/app/meter.js";
import { type PollDeps, type PollSummary, pollServer, type ReadServer } from "../../src/app/poll.js";
import { surveyOf } from "../../src/app/snapshot-content.js";
import type { TellingPolicy } from "../../src/app/suppress.js";
import { type SweepSummary, sweep } from "../../src/app/sweep.js";
import type { Verdict } from "../../src/domain/delivery.js";
import { DEFAULT_DIFF_POLICY } from "../../src/domain/diff.js";
import { DEFAULT_VENDOR_WIDE_POLICY, type InhibitRule } from "../../src/domain/inhibition.js";
import type { Notification } from "../../src/domain/notification.js";
import type { Route } from "../../src/domain/route.js";
import { DEFAULT_RULES, type Rule } from "../../src/domain/rule.js";
import type {
  AttributeNames,
  CompleteRead,
  ErrorRead,
  FailedRead,
  IntegrationRead,
  ReadFailure,
  ServerId,
  ServerRead,
} from "../../src/domain/snapshot.js";
import type { TimeInterval } from "../../src/domain/time-interval.js";
import { createLogger } from "../../src/lib/logger.js";
import type { DeliveryContext, DeliveryTerms, Found, Notifier } from "../../src/notify/notifier.js";
import type { Database } from "../../src/store/prisma.js";
import { storeWatchedServers } from "../../src/store/servers.js";
import { createRouting } from "../../workers/routes.js";
import { createTestClock, type TestClock } from "./test-clock.js";

export const PROD = "prod" as ServerId;
export const ONCALL = "oncall/console";
export const MINUTE = 60_000;

const NAMES: AttributeNames = {
  shortText: "detail",
  title: "title",
  longText: "description",
  occurrences: "count",
  integrationId: "integration-id",
  meta: "meta",
  extra: null,
  lastOccurredAt: "last-occurred",
  httpStatus: "status",
};

/** Tells everything at once, so that a test sees what is told without waiting. */
const ROUTE: Route = {
  receiver: "oncall",
  matchers: [],
  continue: false,
  groupBy: ["server", "integration"],
  groupWaitMs: 0,
  groupIntervalMs: 0,
  repeatIntervalMs: 4 * 60 * MINUTE,
  repeatIntervalMsMax: 24 * 60 * MINUTE,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  escalation: [],
  routes: [],
};

export function anError(spec: Partial<ErrorRead> = {}): ErrorRead {
  return {
    polarityId: "e1",
    integrationPolarityId: "vt",
    title: "VirusTotal request failed",
    shortText: "Could not connect to the VirusTotal server",
    longText: null,
    httpStatus: null,
    meta: {},
    rest: {},
    occurrences: 1,
    lastOccurredAt: null,
    ...spec,
  };
}

/** Three unlike problems of one integration, so that one more or less is no mass vanishing. */
export function someErrors(): ErrorRead[] {
  const texts = ["Invalid API key", "Connection refused", "Rate limit reached"];
  return texts.map((shortText, index) =>
    anError({ polarityId: `e${index + 1}`, title: null, shortText, occurrences: 5 }),
  );
}

export function aRead(errors: readonly ErrorRead[], integrations: Partial<IntegrationRead>[] = [{}]): CompleteRead {
  const listed = integrations.map((one) => ({
    polarityId: "vt",
    name: "VirusTotal",
    acronym: "VT",
    status: "running",
    errorIds: errors.map((error) => error.polarityId),
    ...one,
  }));
  const digest = createHash("sha256")
    .update(JSON.stringify([errors, listed]))
    .digest("hex");
  return { kind: "complete", digest, bytes: 1, serverTime: null, names: NAMES, integrations: listed, errors };
}

export function aFailure(reason: ReadFailure): FailedRead {
  return { kind: "failed", reason, detail: `It failed with ${reason}`, httpStatus: null, retryAfterMs: null };
}

/** Keeps what it was told; what each try comes to can be chosen. */
class ListeningNotifier implements Notifier {
  terms: DeliveryTerms = { pace: { key: "test", everyMs: 0 }, storm: null, hearsAcknowledgements: false };
  readonly told: Notification[] = [];
  next: Verdict = { kind: "delivered", providerMessageId: null };
  found: Found = { kind: "unknown" };
  /** Unset: its messages are final. */
  update?: NonNullable<Notifier["update"]>;

  async deliver(notification: Notification, _context?: DeliveryContext): Promise<Verdict> {
    this.told.push(notification);
    return this.next;
  }
  async findDelivered(): Promise<Found> {
    return this.found;
  }
  async check(): Promise<null> {
    return null;
  }
  async close(): Promise<void> {}
}

/** One watched server, driven step by step at a clock of its own, with real storage. */
export class Watch {
  readonly clock: TestClock = createTestClock(new Date("2026-03-01T12:00:00.000Z"));
  readonly notifier = new ListeningNotifier();
  readonly db: Database;
  readonly workerId = randomUUID();
  route = ROUTE;
  ruleSet: readonly Rule[] = DEFAULT_RULES;
  vendorWide = DEFAULT_VENDOR_WIDE_POLICY;
  inhibitRules: readonly InhibitRule[] = [];
  timeIntervals: ReadonlyMap<string, TimeInterval> = new Map();
  /** The destinations of each receiver. */
  receivers: Readonly<Record<string, readonly string[]>> = { oncall: [ONCALL] };
  hearAcknowledgements: readonly string[] = [];
  fallbacks: TellingPolicy["fallbacks"] = new Map();
  /** The address behind the first destination, where that is to be a mailbox. */
  mailbox: string | null = null;
  /** Sends instead of `notifier`. */
  sender: Notifier | null = null;
  plans: readonly DigestPlan[] = [];
  probe: Probe = noProbe;
  meter: NonNullable<DeliverDeps["meter"]> = noMeter;
  /** What happens when a destination is to be looked at; nothing, since tests look when they want to. */
  wakeNotify: DeliverDeps["wakeNotify"] = async () => true;
  /** Holds once it is configured anew. */
  intervalMs: number;
  /** What the last stored read listed. */
  private lastIntegrations: string | null = null;

  private constructor(db: Database, intervalMs: number) {
    this.db = db;
    this.intervalMs = intervalMs;
  }

  static async open(db: Database, intervalMs = MINUTE): Promise<Watch> {
    const watch = new Watch(db, intervalMs);
    await watch.configure("one key");
    return watch;
  }

  async configure(credentialsDigest: string): Promise<void> {
    const server = { id: PROD, url: "https://polarity.example.com", intervalMs: this.intervalMs, credentialsDigest };
    await storeWatchedServers(this.db, [server], this.clock());
  }

  get pollDeps(): PollDeps {
    return { db: this.db, clock: this.clock, workerId: this.workerId, wakeDiff: async () => true, probe: this.probe };
  }

  get diffDeps(): DiffDeps {
    const { db, clock, probe, ruleSet: rules, vendorWide } = this;
    const policyOf = () => ({ diff: DEFAULT_DIFF_POLICY, rules, vendorWide });
    return { db, clock, probe, routing: this.telling.routing, policyOf, wakeNotify: this.wakeNotify };
  }

  get telling(): TellingPolicy {
    const receivers = Object.entries(this.receivers).map(([name, ids]) => ({
      name,
      destinations: ids.map((id) => ({ id, kind: "console" as const, settings: {} })),
      fallback: null,
    }));
    return {
      routing: createRouting({ route: this.route, receivers }),
      destinationsOf: (receiver) => this.receivers[receiver] ?? [],
      mailboxOf: (destination) => (destination === ONCALL ? this.mailbox : null),
      timeIntervals: this.timeIntervals,
      inhibitRules: this.inhibitRules,
      hearAcknowledgements: this.hearAcknowledgements,
      fallbacks: this.fallbacks,
    };
  }

  get deliverDeps(): DeliverDeps {
    const { db, clock, probe, workerId, notifier, meter } = this;
    return {
      db,
      meter,
      clock,
      probe,
      workerId,
      random: () => 0.5,
      notifierOf: () => this.sender ?? notifier,
      telling: () => this.telling,
      links: { all: () => null, server: () => null, error: () => null },
      wakeNotify: this.wakeNotify,
      log: createLogger({ level: "silent", format: "json" }),
    };
  }

  get digestDeps(): DigestDeps {
    const { db, clock, wakeNotify } = this;
    return {
      db,
      clock,
      wakeNotify,
      digests: () => this.plans,
      log: createLogger({ level: "silent", format: "json" }),
    };
  }

  /** One poll with this answer; what is in it as in the last one is recognised as the real client would. */
  async poll(answer: ServerRead): Promise<PollSummary> {
    const integrations = answer.kind === "complete" ? JSON.stringify(answer.integrations) : null;
    const read: ReadServer = async ({ digest }) => {
      if (answer.kind !== "complete") return answer;
      if (answer.digest !== digest) {
        return { ...surveyOf(answer), integrationsUnchanged: integrations === this.lastIntegrations };
      }
      return { kind: "unchanged", digest, bytes: answer.bytes, serverTime: answer.serverTime };
    };
    const turn = { kind: "scheduled", intervalMs: this.intervalMs } as const;
    const summary = await pollServer(this.pollDeps, { id: PROD, read }, turn, new AbortController().signal);
    if (summary.outcome === "complete") this.lastIntegrations = integrations;
    return summary;
  }

  async diffAll(): Promise<DiffSummary[]> {
    const summaries: DiffSummary[] = [];
    for (;;) {
      const summary = await diffNext(this.diffDeps, PROD);
      if (summary === null) return summaries;
      summaries.push(summary);
    }
  }

  /** Wakes nobody: tests poll and diff when they want to. */
  sweep(): Promise<SweepSummary> {
    const { db, clock, wakeNotify } = this;
    const wakeNobody = async () => true;
    const wakes = { wakePoll: wakeNobody, wakeDiff: wakeNobody, wakeDigest: wakeNobody, wakeNotify };
    return sweep({ db, clock, telling: () => this.telling, digests: () => this.plans, ...wakes });
  }

  async deliverAll(): Promise<void> {
    for (const destination of Object.values(this.receivers).flat()) {
      while ((await deliverNext(this.deliverDeps, destination, new AbortController().signal)) !== null) {}
    }
  }

  /** A minute passes; then the server answers this, and everything that follows is done. Gives what was told. */
  async minute(answer: ServerRead): Promise<Notification[]> {
    this.clock.advance(MINUTE);
    await this.poll(answer);
    await this.diffAll();
    const already = this.notifier.told.length;
    await this.deliverAll();
    return this.notifier.told.slice(already);
  }
}
