import type { ErrorRead, IntegrationRead, ServerRead } from "../../src/domain/snapshot.js";
import { hashOf } from "../../src/simulator/random.js";
import { CAST, type Character } from "./thirty-days-cast.js";
import { HOUR, isWithin, MINUTE, type Span, timeOf } from "./thirty-days-time.js";
import { aFailure, anError, aRead } from "./watch.js";

const SEED = 1;
/** The server gives every error a new id and counts from nothing again. */
const RESTARTED_AT = timeOf("03-09 02:00");
const MISP_STOPPED: Span = ["03-07 09:00", "03-07 12:00"];
const UNREADABLE: Span = ["03-12 14:00", "03-12 15:00"];
/** The grain of its time. Whatever happens in one of these is on the list at its end. */
const STEP = 15 * MINUTE;

type Standing = { occurrences: number; owed: number; lastOccurredAt: Date | null; hasOccurred: boolean };

/** A server on which the cast plays. It goes on whether or not anybody reads it. */
export class ThirtyDaysServer {
  private readonly standings = new Map<Character, Standing>(
    CAST.map((character) => [
      character,
      { occurrences: character.known ?? 0, owed: 0, lastOccurredAt: null, hasOccurred: character.known !== null },
    ]),
  );

  private playedUntilMs: number;

  constructor(beginsAtMs: number) {
    this.playedUntilMs = beginsAtMs;
  }

  /** Plays on, up to an instant. */
  playUntil(untilMs: number): void {
    for (let atMs = this.playedUntilMs + STEP; atMs <= untilMs; atMs += STEP) this.playStep(atMs);
    this.playedUntilMs = untilMs;
  }

  private playStep(atMs: number): void {
    for (const [character, standing] of this.standings) {
      if (atMs - STEP === RESTARTED_AT) standing.occurrences = 0;
      const added = occurrencesIn(character, standing, atMs - STEP);
      if (added === 0) continue;
      standing.occurrences += added;
      standing.hasOccurred = true;
      standing.lastOccurredAt = new Date(atMs - MINUTE);
    }
  }

  /** What it answers at an instant. */
  answer(atMs: number): ServerRead {
    if (isWithin(UNREADABLE, atMs)) return aFailure("timeout");
    const errors = [...this.standings].flatMap(([character, standing], place): ErrorRead[] => {
      if (!standing.hasOccurred || character.isListed?.(atMs) === false) return [];
      const { integration, text, httpStatus } = character;
      return [
        anError({
          polarityId: `${place}-${atMs > RESTARTED_AT ? "b" : "a"}`,
          integrationPolarityId: integration,
          title: null,
          shortText: text,
          httpStatus: httpStatus ?? null,
          occurrences: standing.occurrences,
          lastOccurredAt: standing.lastOccurredAt,
        }),
      ];
    });
    const names = [...new Set(CAST.map(({ integration }) => integration))];
    return aRead(
      errors,
      names.map((name): IntegrationRead => {
        const errorIds = errors.flatMap((one) => (one.integrationPolarityId === name ? [one.polarityId] : []));
        return { polarityId: name, name, acronym: name.slice(0, 4), status: statusOf(name, atMs), errorIds };
      }),
    );
  }
}

function statusOf(integration: string, atMs: number): string {
  if (atMs === RESTARTED_AT + STEP) return "initializing";
  return integration === "MISP" && isWithin(MISP_STOPPED, atMs) ? "stopped" : "running";
}

function occurrencesIn({ by, perHour, text }: Character, standing: Standing, fromMs: number): number {
  const mean = (perHour(fromMs) * STEP) / HOUR;
  if (by === "chance") return drawn(mean, text, fromMs);
  standing.owed += mean;
  const added = Math.floor(standing.owed);
  standing.owed -= added;
  return added;
}

/** A number from the Poisson distribution: how many draws it takes until their product is below e to the minus mean. */
function drawn(mean: number, ...parts: readonly (number | string)[]): number {
  const limit = Math.exp(-mean);
  let product = 1;
  for (let count = 0; ; count += 1) {
    product *= hashOf(SEED, count, ...parts) / 2 ** 32;
    if (product <= limit) return count;
  }
}
