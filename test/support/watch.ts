import { createHash, randomUUID } from "node:crypto";
import { noProbe, type Probe } from "../../src/app/checkpoint.js";
import { type DeliverDeps, deliverNext } from "../../src/app/deliver.js";
import { type DiffDeps, type DiffSummary, diffNext } from "../../src/app/diff.js";
import { type PollDeps, type PollSummary, pollServer } from "../../src/app/poll.js";
import type { Route } from "../../src/app/route.js";
import type { Verdict } from "../../src/domain/delivery.js";
import type { Notification } from "../../src/domain/notification.js";
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
import { createLogger } from "../../src/lib/logger.js";
import type { Found, Notifier } from "../../src/notify/notifier.js";
import type { Database } from "../../src/store/prisma.js";
import { storeWatchedServers } from "../../src/store/servers.js";
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

const ROUTE: Route = {
  receiver: "oncall",
  destinations: [ONCALL],
  times: { groupWaitMs: 0, groupIntervalMs: 0, deadlineMs: 3_600_000 },
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
  readonly told: Notification[] = [];
  next: Verdict = { kind: "delivered", providerMessageId: null };
  found: Found = { kind: "unknown" };

  async deliver(notification: Notification): Promise<Verdict> {
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
  probe: Probe = noProbe;

  private constructor(db: Database) {
    this.db = db;
  }

  static async open(db: Database): Promise<Watch> {
    const watch = new Watch(db);
    await watch.configure("one key");
    return watch;
  }

  async configure(credentialsDigest: string): Promise<void> {
    const server = { id: PROD, url: "https://polarity.example.com", intervalMs: MINUTE, credentialsDigest };
    await storeWatchedServers(this.db, [server], this.clock());
  }

  get pollDeps(): PollDeps {
    return { db: this.db, clock: this.clock, workerId: this.workerId, wakeDiff: async () => true, probe: this.probe };
  }

  get diffDeps(): DiffDeps {
    const { db, clock, probe } = this;
    return { db, clock, probe, routeOf: () => this.route, wakeNotify: async () => true };
  }

  get deliverDeps(): DeliverDeps {
    const { db, clock, probe, workerId, notifier } = this;
    return {
      db,
      clock,
      probe,
      workerId,
      random: () => 0.5,
      notifierOf: () => notifier,
      links: { server: () => null, error: () => null },
      wakeNotify: async () => true,
      log: createLogger({ level: "silent", format: "json" }),
    };
  }

  /** One poll with this answer; one byte for byte like the last one is recognised as the real client would. */
  poll(answer: ServerRead): Promise<PollSummary> {
    const read = async ({ digest }: { digest: string | null }): Promise<ServerRead> =>
      answer.kind === "complete" && answer.digest === digest
        ? { kind: "unchanged", digest, bytes: answer.bytes, serverTime: answer.serverTime }
        : answer;
    const turn = { kind: "scheduled", intervalMs: MINUTE } as const;
    return pollServer(this.pollDeps, { id: PROD, read }, turn, new AbortController().signal);
  }

  async diffAll(): Promise<DiffSummary[]> {
    const summaries: DiffSummary[] = [];
    for (;;) {
      const summary = await diffNext(this.diffDeps, PROD);
      if (summary === null) return summaries;
      summaries.push(summary);
    }
  }

  async deliverAll(): Promise<void> {
    while ((await deliverNext(this.deliverDeps, ONCALL, new AbortController().signal)) !== null) {}
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
