import type { Integration } from "./integrations.js";
import type { Draft, Population } from "./population.js";
import { drawBetween, shuffled } from "./random.js";
import type { Pattern } from "./scenario.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What a live scenario may do to the server, and when. Times are in scenario time. */
export type Stage = {
  readonly at: (atMs: number, run: () => void) => void;
  readonly arrive: (draft: Draft, atMs: number) => void;
  /** The error that came `place`th, from 0, gets more occurrences; nothing happens when it is gone. */
  readonly surge: (place: number, pattern: Pattern, atMs: number) => void;
  readonly setStatus: (integrationId: string, status: string) => void;
  readonly restart: () => void;
};

export type LivePlan = {
  readonly seed: number;
  readonly firstNewAfterMs: number;
  readonly restartEveryMs: number | null;
};

/**
 * When the `index`th error arrives after the one before it: the first after `firstNewAfterMs`, the next within minutes,
 * later ones rarer, up to two hours apart.
 */
export function arrivalGapMs({ seed, firstNewAfterMs }: LivePlan, index: number): number {
  if (index === 0) return firstNewAfterMs;
  return drawBetween(MINUTE, 3 * MINUTE, seed, "arrival", index) * Math.min(index, 40);
}

/** The error that suddenly grows: it starts seconds after the first new one and goes on for some minutes. */
export function surgeOf({ seed, firstNewAfterMs }: LivePlan): { atMs: number; pattern: Pattern } {
  const atMs = firstNewAfterMs + drawBetween(4 * SECOND, 8 * SECOND, seed, "surge");
  const everyMs = drawBetween(200, 400, seed, "surge rate");
  return { atMs, pattern: { kind: "surge", everyMs, forMs: 4 * MINUTE } };
}

/** The `index`th time that the integration stops: how long after it last ran again, and for how long. */
export function outageOf({ seed, firstNewAfterMs }: LivePlan, index: number): { afterMs: number; forMs: number } {
  const calmMs = drawBetween(15 * MINUTE, 30 * MINUTE, seed, "calm", index);
  const firstMs = firstNewAfterMs + drawBetween(20 * SECOND, 30 * SECOND, seed, "outage");
  return {
    afterMs: index === 0 ? firstMs : calmMs,
    forMs: drawBetween(MINUTE, 2 * MINUTE, seed, "outage length", index),
  };
}

/** Puts all that happens by itself on the stage: new errors, one that surges, an integration that stops and comes back, restarts. */
export function stageLive(
  stage: Stage,
  plan: LivePlan,
  population: Population,
  integrations: readonly Integration[],
): void {
  const arrive = (index: number, dueMs: number) => {
    const atMs = dueMs + arrivalGapMs(plan, index);
    stage.at(atMs, () => {
      const draft = population.arrival(index);
      if (draft === null) return;
      stage.arrive(draft, atMs);
      arrive(index + 1, atMs);
    });
  };
  arrive(0, 0);

  const surge = surgeOf(plan);
  const surging = population.initial.findIndex((draft) => draft.isEveryday && draft.growth === "steady");
  stage.at(surge.atMs, () => stage.surge(Math.max(surging, 0), surge.pattern, surge.atMs));

  const unreliable = unreliableOf(plan, population, integrations);
  const stop = (index: number, ranAtMs: number) => {
    if (unreliable === null) return;
    const { afterMs, forMs } = outageOf(plan, index);
    const [stopsAtMs, runsAtMs] = [ranAtMs + afterMs, ranAtMs + afterMs + forMs];
    stage.at(stopsAtMs, () => stage.setStatus(unreliable, "stopped"));
    stage.at(runsAtMs - 10 * SECOND, () => stage.setStatus(unreliable, "starting"));
    stage.at(runsAtMs, () => {
      stage.setStatus(unreliable, "running");
      stop(index + 1, runsAtMs);
    });
  };
  stop(0, 0);

  const { restartEveryMs } = plan;
  const restart = (atMs: number, everyMs: number) =>
    stage.at(atMs, () => {
      stage.restart();
      restart(atMs + everyMs, everyMs);
    });
  if (restartEveryMs !== null) restart(restartEveryMs, restartEveryMs);
}

/** A running integration, one without errors if there is any: errors of a stopped one would have to stand still. */
function unreliableOf(plan: LivePlan, population: Population, integrations: readonly Integration[]): string | null {
  const troubled = new Set(population.initial.map(({ integrationId }) => integrationId));
  const running = shuffled(
    integrations.filter(({ status }) => status === "running"),
    plan.seed,
    "unreliable",
  );
  return (running.find(({ id }) => !troubled.has(id)) ?? running[0])?.id ?? null;
}
