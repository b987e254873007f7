import type { Clock } from "../lib/clock.js";
import { Agenda } from "./agenda.js";
import type { ShownError } from "./encode.js";
import { ErrorIds } from "./ids.js";
import type { Integration } from "./integrations.js";
import { type LivePlan, stageLive } from "./live.js";
import { ageAtStartMs, patternOf } from "./patterns.js";
import type { Draft, Population } from "./population.js";
import { hashOf, shuffled } from "./random.js";
import { type ErrorRecord, nextTurnAtMs, type Stream, shownAt, streamsAt } from "./record.js";
import { tallyAt } from "./scenario.js";

export type WorldSettings = {
  readonly seed: number;
  readonly clock: Clock;
  readonly startedAt: Date;
  /** Null: time runs from `startedAt`. Else it stands still until `begin`, which calls this. */
  readonly onBegin: ((startedAt: Date) => void) | null;
  /** Scenario time runs this many times faster than the clock. */
  readonly speed: number;
  /** Null: nothing moves but by hand. */
  readonly plan: LivePlan | null;
  readonly integrations: readonly Integration[];
  readonly population: Population;
  /** Called at every restart, before anything can see its result. */
  readonly onRestart: () => void;
};

/** Everything there is to see at one moment. The same object, with the same version, for as long as nothing changed. */
export type View = {
  readonly version: number;
  readonly integrations: readonly Integration[];
  readonly errors: readonly ShownError[];
};

/** What a restart does: by default the counters start again at 1 and every error gets a new id. */
export type RestartOptions = {
  rekey?: boolean;
  resetCounters?: boolean;
  /** The new ids are 1, 2 and so on, in another order at each restart: an old id may come to mean another error. */
  sequentialIds?: boolean;
};

/** The integrations and errors of a server, and how they move with the clock. A clock that is set back stops time. */
export class World {
  readonly integrations: Integration[];
  /** Integrations whose status was set by hand and stays so. */
  readonly heldByHand = new Set<string>();
  private readonly records: ErrorRecord[] = [];
  /** The records that came by themselves, in that order. */
  private readonly born: ErrorRecord[] = [];
  private readonly settings: WorldSettings;
  private readonly agenda = new Agenda();
  private readonly ids: ErrorIds;
  private startedAtMs: number;
  private hasBegun: boolean;
  private scenarioMs = 0;
  private restarts = 0;
  private isTouched = true;
  private seen: View = { version: 0, integrations: [], errors: [] };

  constructor(settings: WorldSettings) {
    this.settings = settings;
    this.integrations = settings.integrations.map((integration) => ({ ...integration }));
    this.ids = new ErrorIds(settings.seed);
    this.startedAtMs = settings.startedAt.getTime();
    this.hasBegun = settings.onBegin === null;
    for (const draft of settings.population.initial) this.add(draft, null);
    if (settings.plan !== null) this.stage(settings.plan);
  }

  /** From now on time runs. Only the first call does anything. */
  begin(): void {
    if (this.hasBegun) return;
    this.startedAtMs = this.settings.clock().getTime();
    this.hasBegun = true;
    this.settings.onBegin?.(new Date(this.startedAtMs));
  }

  /** What is true now. */
  look(): View {
    this.advance();
    if (!this.isTouched && this.settings.plan === null) return this.seen;
    const shown = this.listed().map((record) => shownAt(record, this.streamMs, (ms) => this.clockMs(ms)));
    const isSame = !this.isTouched && shown.every((error, index) => isSameError(error, this.seen.errors[index]));
    if (isSame) return this.seen;
    this.isTouched = false;
    const integrations = this.integrations.map((integration) => ({ ...integration }));
    this.seen = { version: this.seen.version + 1, integrations, errors: shown };
    return this.seen;
  }

  /** Changes something by hand, now. */
  touch<Result>(change: (nowMs: number) => Result): Result {
    this.advance();
    this.isTouched = true;
    return change(this.clockMs(this.scenarioMs));
  }

  /** Adds an error that moves by hand only; without an `id` it gets one that is new. */
  raise(record: Omit<ErrorRecord, "id" | "streams" | "uncounted" | "isListed"> & { id: string | null }): ErrorRecord {
    const id = record.id ?? this.ids.next();
    const raised: ErrorRecord = { ...record, id, streams: [], uncounted: 0, isListed: true };
    this.records.push(raised);
    return raised;
  }

  /** The errors that the list shows, in the order in which they came. */
  listed(): ErrorRecord[] {
    return this.records.filter((record) => record.isListed);
  }

  /** From now on the error moves by hand only and counts on from what it shows. */
  detach(record: ErrorRecord): void {
    const { occurrences, lastAtMs } = streamsAt(record, this.streamMs);
    if (lastAtMs !== null) record.addedAtMs = Math.max(record.addedAtMs ?? 0, this.clockMs(lastAtMs));
    record.added += occurrences - record.uncounted;
    record.uncounted = 0;
    record.streams = [];
  }

  restart({ rekey = true, resetCounters = true, sequentialIds = false }: RestartOptions): void {
    if (sequentialIds && !rekey) throw new Error("sequentialIds needs new ids, but rekey is false");
    this.restarts += 1;
    this.isTouched = true;
    const listed = this.listed();
    if (resetCounters) for (const record of listed) this.resetCounter(record);
    if (rekey) {
      this.ids.start(sequentialIds ? "counted" : "opaque");
      const order = sequentialIds ? shuffled(listed, this.settings.seed, "restart", this.restarts) : listed;
      for (const record of order) record.id = this.ids.next();
    }
    this.settings.onRestart();
  }

  private resetCounter(record: ErrorRecord): void {
    record.uncounted = streamsAt(record, this.streamMs).occurrences;
    record.added = 1;
    record.addedAtMs = this.clockMs(this.scenarioMs);
  }

  private advance(): void {
    if (!this.hasBegun) return;
    const elapsedMs = this.settings.clock().getTime() - this.startedAtMs;
    const nowMs = Math.max(this.scenarioMs, elapsedMs * this.settings.speed);
    this.agenda.runUntil(nowMs, (atMs) => {
      this.scenarioMs = atMs;
    });
    this.scenarioMs = nowMs;
  }

  /** How far the streams of occurrences have come: where nothing moves by itself, they stay where they began. */
  private get streamMs(): number {
    return this.settings.plan === null ? 0 : this.scenarioMs;
  }

  private clockMs(scenarioMs: number): number {
    return this.startedAtMs + Math.floor(scenarioMs / this.settings.speed);
  }

  private add(draft: Draft, bornAtMs: number | null): void {
    const salt = hashOf(this.settings.seed, "pattern", this.born.length);
    const pattern = patternOf(draft.growth, salt);
    const stream: Stream = { pattern, bornAtMs: bornAtMs ?? -ageAtStartMs(pattern, salt) };
    const record: ErrorRecord = {
      id: this.ids.next(),
      integrationId: draft.integrationId,
      texts: draft.texts,
      streams: [stream],
      uncounted: 0,
      added: 0,
      addedAtMs: null,
      isCountKnown: true,
      isListed: true,
    };
    this.records.push(record);
    this.born.push(record);
    this.isTouched = true;
    if (this.settings.plan !== null) this.awaitTurn(record, bornAtMs ?? 0);
  }

  /** An error that was cleared by hand, or moves by hand by now, takes no more turns. */
  private awaitTurn(record: ErrorRecord, nowMs: number): void {
    const turnAtMs = nextTurnAtMs(record, nowMs);
    if (turnAtMs === null) return;
    this.agenda.add(turnAtMs, () => {
      const [stream] = record.streams;
      if (stream === undefined) return;
      const tally = tallyAt(stream.pattern, turnAtMs - stream.bornAtMs);
      if (tally.listed && !record.isListed) {
        record.id = this.ids.next();
        record.uncounted = streamsAt(record, turnAtMs).occurrences - tally.occurrences;
        record.added = 0;
        record.addedAtMs = null;
      }
      record.isListed = tally.listed;
      this.isTouched = true;
      this.awaitTurn(record, turnAtMs);
    });
  }

  private stage(plan: LivePlan): void {
    const stage = {
      at: (atMs: number, run: () => void) => this.agenda.add(atMs, run),
      arrive: (draft: Draft, atMs: number) => this.add(draft, atMs),
      surge: (place: number, pattern: Stream["pattern"], bornAtMs: number) => {
        const record = this.born[place];
        if (record !== undefined && record.streams.length > 0)
          record.streams = [...record.streams, { pattern, bornAtMs }];
      },
      setStatus: (integrationId: string, status: string) => {
        const integration = this.integrations.find(({ id }) => id === integrationId);
        if (integration !== undefined && !this.heldByHand.has(integrationId)) integration.status = status;
        this.isTouched = true;
      },
      restart: () => this.restart({}),
    };
    stageLive(stage, plan, this.settings.population, this.integrations);
  }
}

const isSameError = (a: ShownError, b: ShownError | undefined) =>
  b !== undefined && a.occurrences === b.occurrences && a.lastOccurredAtMs === b.lastOccurredAtMs;
