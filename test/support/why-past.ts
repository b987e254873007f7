import type { Cause } from "../../src/domain/cause.js";
import type { RuleVerdict } from "../../src/domain/rule.js";
import type { PrismaClient } from "../../src/store/generated/client.js";

const START = Date.parse("2026-03-01T12:00:00.000Z");
/** So many minutes after noon of the first of March. */
export const minute = (minutes: number): Date => new Date(START + minutes * 60_000);

/** One error of a server that was first read at minute 0, written row by row. */
export class WhyPast {
  readonly db: PrismaClient;
  readonly errorId: bigint;
  readonly integrationId: bigint;
  private readonly pollId: bigint;
  private readonly snapshotId: bigint;

  private constructor(
    db: PrismaClient,
    ids: { errorId: bigint; integrationId: bigint; pollId: bigint; snapshotId: bigint },
  ) {
    this.db = db;
    this.errorId = ids.errorId;
    this.integrationId = ids.integrationId;
    this.pollId = ids.pollId;
    this.snapshotId = ids.snapshotId;
  }

  static async open(db: PrismaClient, spec: { cause?: Cause; firstSeenAt?: Date } = {}): Promise<WhyPast> {
    const { cause = "quota", firstSeenAt = minute(1) } = spec;
    const serverId = "prod";
    const settings = { url: "https://polarity.example.com", intervalMs: 60_000, credentialsDigest: "c" };
    await db.server.create({ data: { id: serverId, ...settings, createdAt: minute(0), baselineAt: minute(0) } });
    const poll = await db.poll.create({
      data: {
        serverId,
        slotAt: minute(0),
        startedAt: minute(0),
        leasedBy: "w",
        leasedUntil: minute(1),
        finishedAt: minute(0),
        outcome: "complete",
      },
    });
    const counts = { bytes: 1n, unchanged: false, integrations: 1, errors: 1 };
    const snapshot = await db.snapshot.create({
      data: { serverId, pollId: poll.id, takenAt: minute(0), digest: "d", ...counts },
    });
    const named = { name: "VirusTotal", acronym: "VT", status: "running", present: true };
    const integration = await db.integration.create({
      data: { serverId, polarityId: "vt", ...named, firstSeenAt: minute(0), observedAt: minute(0) },
    });
    const observation = { integrationId: integration.id, snapshotId: snapshot.id, observedAt: minute(0) };
    await db.integrationObservation.create({ data: { ...observation, ...named } });
    const error = await db.error.create({
      data: {
        serverId,
        integrationId: integration.id,
        polarityId: "e1",
        fingerprint: "f",
        present: true,
        headline: "Quota reached",
        cause,
        httpStatus: 429,
        firstSeenAt,
        observedAt: firstSeenAt,
      },
    });
    const ids = { errorId: error.id, integrationId: integration.id, pollId: poll.id, snapshotId: snapshot.id };
    return new WhyPast(db, ids);
  }

  async change(kind: string, at: Date, added: number): Promise<void> {
    await this.db.$queryRaw`SELECT ensure_month_partitions(${at})`;
    await this.db.$executeRaw`
      INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total,
                          over_ms, restarted)
      VALUES (${at}, 'prod', ${this.integrationId}, ${this.errorId}, ${this.snapshotId}, ${kind}, ${added}, 'total_rose',
              ${added}, 60000, FALSE)`;
  }

  async decision(
    rule: string,
    verdict: RuleVerdict,
    at: Date,
    spec: { because?: string; inputs?: Record<string, number | string>; about?: "integration" } = {},
  ): Promise<void> {
    const { because = "For a reason", inputs = {}, about } = spec;
    const subject = about === "integration" ? { integrationId: this.integrationId } : { errorId: this.errorId };
    const data = { at, serverId: "prod", pollId: this.pollId, rule, verdict, because, inputs };
    await this.db.decision.create({ data: { ...data, ...subject } });
  }

  /** An alert with its moves, by default about the error; gives its id and those of the moves. */
  async alert(
    moves: readonly (readonly [to: string, at: Date, because: string])[],
    spec: { subject?: "error" | "integration" | "server"; rule?: string; cause?: Cause; parentId?: bigint } = {},
  ): Promise<{ id: bigint; moves: bigint[] }> {
    const { subject = "error", rule = "new", ...rest } = spec;
    const last = moves.at(-1);
    if (last === undefined) throw new Error("An alert needs a move");
    const [state, movedAt] = last;
    const openedAt = moves[0]?.[1] ?? movedAt;
    const alert = await this.db.alert.create({
      data: {
        serverId: "prod",
        subject,
        rule,
        severity: "warning",
        state,
        openedAt,
        lastActiveAt: openedAt,
        firedAt: openedAt,
        resolvedAt: state === "resolved" ? movedAt : null,
        labels: { server: "prod", integration: "VirusTotal", severity: "warning", rule },
        integrationId: subject === "server" ? null : this.integrationId,
        errorId: subject === "error" ? this.errorId : null,
        ...rest,
      },
    });
    const ids: bigint[] = [];
    for (const [toState, at, because] of moves) {
      const data = { alertId: alert.id, pollId: this.pollId, at, toState, because, facts: {} };
      ids.push((await this.db.transition.create({ data })).id);
    }
    return { id: alert.id, moves: ids };
  }

  /** A delivery that was settled a second after it was owed. */
  async delivery(
    owedAt: Date,
    outcome: string | null,
    spec: { destination?: string; kind?: string; facts?: { occasion: string }; because?: string } = {},
  ): Promise<bigint> {
    const { destination = "oncall/slack", kind = "alerts", because, facts } = spec;
    const delivery = await this.db.delivery.create({
      data: {
        serverId: "prod",
        pollId: this.pollId,
        receiver: "oncall",
        destination,
        groupKey: "0{}",
        kind,
        createdAt: owedAt,
        nextAttemptAt: owedAt,
        deadlineAt: minute(10_000),
        outcome,
        outcomeBecause: because ?? null,
        settledAt: outcome === null ? null : new Date(owedAt.getTime() + 1000),
        ...(facts !== undefined && { facts }),
      },
    });
    return delivery.id;
  }

  async silence(matchers: string[], startsAt: Date, endsAt: Date): Promise<bigint> {
    const data = { matchers, startsAt, endsAt, author: "Ann", reason: "quota, known", createdAt: startsAt };
    return (await this.db.silence.create({ data })).id;
  }
}
