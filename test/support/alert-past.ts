import type { AlertSubject } from "../../src/domain/alert.js";
import type { Labels } from "../../src/domain/matcher.js";
import type { Database } from "../../src/store/prisma.js";
import { MINUTE } from "./watch.js";

/** When the past of these tests happens, unless a test moves it. */
export const NOON = new Date("2026-03-01T12:00:00.000Z");

type AlertSpec = {
  subject?: AlertSubject;
  state?: "pending" | "firing" | "resolved";
  severity?: string;
  rule?: string;
  labels?: Labels;
  /** When it began to fire. */
  at?: Date;
  parentId?: bigint;
};

/** One watched server with one integration, and alerts about errors of it, as the diff leaves them. */
export class AlertPast {
  readonly db: Database;
  readonly integrationId: bigint;
  readonly snapshotId: bigint;
  private errors = 0;

  private constructor(db: Database, integrationId: bigint, snapshotId: bigint) {
    this.db = db;
    this.integrationId = integrationId;
    this.snapshotId = snapshotId;
  }

  static async open(db: Database, at: Date = NOON): Promise<AlertPast> {
    await db.$queryRaw`SELECT ensure_month_partitions(${at}::timestamptz)::text`;
    await db.server.create({
      data: {
        id: "prod",
        url: "https://polarity.example.com",
        intervalMs: MINUTE,
        createdAt: at,
        credentialsDigest: "d",
      },
    });
    const vt = {
      serverId: "prod",
      polarityId: "vt",
      name: "VirusTotal",
      acronym: "VT",
      status: "running",
      present: true,
    };
    const integration = await db.integration.create({ data: { ...vt, firstSeenAt: at, observedAt: at } });
    const poll = await db.poll.create({
      data: {
        serverId: "prod",
        slotAt: at,
        startedAt: at,
        leasedBy: "w",
        leasedUntil: at,
        finishedAt: at,
        outcome: "complete",
      },
    });
    const snapshot = await db.snapshot.create({
      data: {
        serverId: "prod",
        pollId: poll.id,
        takenAt: at,
        digest: "d",
        bytes: 1n,
        unchanged: false,
        integrations: 1,
        errors: 1,
      },
    });
    return new AlertPast(db, integration.id, snapshot.id);
  }

  async error(headline = "Invalid API key"): Promise<bigint> {
    this.errors += 1;
    const { id } = await this.db.error.create({
      data: {
        serverId: "prod",
        integrationId: this.integrationId,
        polarityId: `e${this.errors}`,
        fingerprint: `f${this.errors}`,
        present: true,
        headline,
        cause: "credential",
        firstSeenAt: NOON,
        observedAt: NOON,
      },
    });
    return id;
  }

  /** An alert and its moves so far. Gives its id as the outside knows it, and its error. */
  async alert(spec: AlertSpec = {}): Promise<{ id: string; rowId: bigint; errorId: bigint | null }> {
    const { subject = "error", state = "firing", severity = "warning", rule = "new", at = NOON } = spec;
    const errorId = subject === "error" ? await this.error() : null;
    const { id } = await this.db.alert.create({
      data: {
        serverId: "prod",
        integrationId: subject === "server" ? null : this.integrationId,
        errorId,
        subject,
        rule,
        severity,
        state,
        labels: spec.labels ?? { server: "prod", integration: "VirusTotal", rule, severity },
        openedAt: at,
        firedAt: state === "pending" ? null : at,
        lastActiveAt: at,
        resolvedAt: state === "resolved" ? at : null,
        parentId: spec.parentId ?? null,
      },
    });
    if (state !== "pending") await this.moved(id, { at, to: "firing", because: "It is new" });
    if (state === "resolved") await this.moved(id, { at, to: "resolved", because: "It is gone" });
    return { id: String(id), rowId: id, errorId };
  }

  async moved(alertId: bigint, { at, to, because }: { at: Date; to: string; because: string }): Promise<bigint> {
    const { id } = await this.db.transition.create({
      data: { alertId, at, fromState: null, toState: to, because, facts: { told: because } },
    });
    return id;
  }

  /** An error grew, as a diff records it. */
  async grown(errorId: bigint, { added, at }: { added: number; at: Date }): Promise<void> {
    await this.db.change.create({
      data: {
        at,
        serverId: "prod",
        integrationId: this.integrationId,
        errorId,
        snapshotId: this.snapshotId,
        kind: "growing",
        added: BigInt(added),
        addedBecause: "total_rose",
        addedTotal: BigInt(added),
        overMs: BigInt(MINUTE),
        restarted: false,
      },
    });
  }

  /** The latest move of an alert was left out of its message for a silence. */
  async hiddenBy(silenceId: bigint, alertId: bigint, destination = "oncall/console"): Promise<void> {
    const transition = await this.db.transition.findFirstOrThrow({ where: { alertId }, orderBy: { id: "desc" } });
    const at = transition.at;
    const delivery = await this.db.delivery.create({
      data: {
        serverId: "prod",
        receiver: "oncall",
        destination,
        groupKey: "g",
        kind: "alerts",
        createdAt: at,
        nextAttemptAt: at,
        deadlineAt: new Date(at.getTime() + MINUTE),
      },
    });
    const left = { transitionId: transition.id, destination, deliveryId: delivery.id };
    await this.db.deliveryTransition.create({
      data: { ...left, hiddenBy: "silence", hiddenBecause: "A silence hides it", silenceId },
    });
  }
}
