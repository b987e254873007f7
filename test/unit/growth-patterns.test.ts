import { describe, expect, test } from "vitest";
import { createGrowthHistory, DAY, type Heard, HOUR, MINUTE, START } from "../support/growth-history.js";

/** Occurrences by the minute of the poll that sees them. */
type Counts = Map<number, number>;

/** A small generator of chance with a seed, so that every run sees the same data. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function addAt(counts: Counts, offsetMs: number, count = 1): void {
  const minute = START.getTime() + Math.ceil(offsetMs / MINUTE) * MINUTE;
  counts.set(minute, (counts.get(minute) ?? 0) + count);
}

/** Occurrences by pure chance, at a rate an hour that may change with time; `perHourMax` bounds it. */
function chance(perHour: (offsetMs: number) => number, perHourMax: number, untilMs: number, seed: number): Counts {
  const random = seeded(seed);
  const counts: Counts = new Map();
  for (let ms = 0; ; ) {
    ms += (-Math.log(1 - random()) * HOUR) / perHourMax;
    if (ms >= untilMs) return counts;
    if (random() * perHourMax < perHour(ms)) addAt(counts, ms);
  }
}

function hear(counts: Counts, days: number): readonly Heard[] {
  const history = createGrowthHistory({ known: { occurrences: 1000 } });
  history.play(counts, START.getTime() + days * DAY);
  return history.heard;
}

const fired = (heard: readonly Heard[]) => heard.filter(({ kind }) => kind === "fired");
const dayOf = (heard: Heard | undefined) => (heard === undefined ? Infinity : (heard.atMs - START.getTime()) / DAY);

describe("growth is told", () => {
  test.each<[string, (days: number) => number]>([
    ["linear", (days) => 100 + (9900 * days) / 35],
    ["exponential", (days) => 100 * 100 ** (days / 35)],
  ])("a %s ramp from 100 to 10,000 a day over 35 days, by its tenth day, and once", (_, perDay) => {
    const heard = hear(
      chance((ms) => perDay(ms / DAY) / 24, 10_000 / 24, 35 * DAY, 1),
      35,
    );
    const [first] = fired(heard);
    expect(first?.rule).toBe("growing");
    expect(dayOf(first)).toBeLessThan(10);
    expect(heard).toHaveLength(1);
  });

  test("50 an hour that become 150 an hour, within a day", () => {
    const heard = hear(
      chance((ms) => (ms < 10 * DAY ? 50 : 150), 150, 12 * DAY, 1),
      12,
    );
    expect(fired(heard)).toHaveLength(1);
    expect(dayOf(fired(heard)[0])).toBeGreaterThan(10);
    expect(dayOf(fired(heard)[0])).toBeLessThan(11);
  });

  test("steady load at a higher level is one alert that does not flap", () => {
    const heard = hear(
      chance((ms) => (ms < 10 * DAY ? 50 : 500), 500, 15 * DAY, 1),
      15,
    );
    expect(heard).toMatchObject([{ kind: "fired", rule: "growing" }]);
    expect(dayOf(heard[0])).toBeGreaterThan(10);
  });
});

describe.each([1, 2])("growth is told, with seed %i", (seed) => {
  test("5 a day that become 15 an hour, on the same day", () => {
    const heard = hear(
      chance((ms) => (ms < 20 * DAY ? 5 / 24 : 15), 15, 21 * DAY, seed),
      21,
    );
    expect(fired(heard)).toHaveLength(1);
    expect(dayOf(fired(heard)[0])).toBeGreaterThan(20);
  });

  test("15 an hour after 14 silent days, at once and as returned", () => {
    const rate = (ms: number) => (ms < 7 * DAY ? 1 : ms < 21 * DAY ? 0 : 15);
    const counts = chance(rate, 15, 22 * DAY, seed);
    const heard = hear(counts, 22);
    const firstAgain = Math.min(...[...counts.keys()].filter((ms) => ms > START.getTime() + 8 * DAY));
    expect(fired(heard)).toMatchObject([{ rule: "returned", atMs: firstAgain }]);
  });
});

/** One occurrence every so often, without chance: where a promise is counted in polls. */
function evenly(counts: Counts, perHour: number, fromMs: number, untilMs: number): Counts {
  for (let n = 1; n <= (perHour * (untilMs - fromMs)) / HOUR; n += 1) addAt(counts, fromMs + (n * HOUR) / perHour);
  return counts;
}

test("50 an hour that become 500 an hour are told within two polls", () => {
  const counts = evenly(evenly(new Map(), 50, 0, 10 * DAY), 500, 10 * DAY, 10 * DAY + HOUR);
  const [first] = fired(hear(counts, 11));
  expect((first?.atMs ?? Infinity) - START.getTime()).toBeGreaterThan(10 * DAY);
  expect((first?.atMs ?? Infinity) - START.getTime()).toBeLessThanOrEqual(10 * DAY + 2 * MINUTE);
});

test("a step down is no alert", () => {
  const heard = hear(
    chance((ms) => (ms < 15 * DAY ? 150 : 15), 150, 40 * DAY, 1),
    40,
  );
  expect(heard).toEqual([]);
});

describe.each([1, 2])("no alert, with seed %i", (seed) => {
  test("for 500 once a day at the same hour, after the first week", () => {
    const random = seeded(seed);
    const counts: Counts = new Map();
    for (let day = 0; day < 40; day += 1) {
      const startMs = day * DAY + 3 * HOUR + (random() * 20 - 10) * MINUTE;
      for (let n = 0; n < 500; n += 1) addAt(counts, startMs + random() * 20 * MINUTE);
    }
    const late = fired(hear(counts, 40)).filter((one) => dayOf(one) > 7);
    expect(late).toEqual([]);
  });

  test("for a lone occurrence after a burst was told and is over", () => {
    const counts = evenly(
      chance(() => 1, 1, 9 * DAY, seed),
      600,
      9.5 * DAY,
      9.5 * DAY + HOUR,
    );
    for (let hours = 1; hours < 60; hours += 7) addAt(counts, 10 * DAY + hours * HOUR);
    const heard = hear(counts, 13);
    expect(heard.map(({ kind }) => kind)).toEqual(["fired", "resolved"]);
  });
});

test("steady load is no alert where the server is polled every two hours", () => {
  const counts = chance(() => 20, 20, 10 * DAY, 1);
  const history = createGrowthHistory({ known: { occurrences: 0 }, intervalMs: 2 * HOUR });
  for (let ms = 2 * HOUR; ms <= 10 * DAY; ms += 2 * HOUR) {
    const until = START.getTime() + ms;
    const occurrences = [...counts].reduce((sum, [minute, count]) => (minute <= until ? sum + count : sum), 0);
    history.poll(new Date(until), { occurrences });
  }
  expect(history.heard).toEqual([]);
});

describe("growth that is over is told to be over, and growth that goes on is not", () => {
  test("two days at ten times the load are over within a day, although three days are above their limit", () => {
    const heard = hear(
      chance((ms) => (ms >= 10 * DAY && ms < 12 * DAY ? 500 : 50), 500, 18 * DAY, 1),
      18,
    );
    expect(heard.map(({ kind }) => kind)).toEqual(["fired", "resolved"]);
    expect(dayOf(heard[1])).toBeGreaterThan(12);
    expect(dayOf(heard[1])).toBeLessThan(13);
  });

  test("a burst of 500 is over after half an hour of quiet", () => {
    const counts = chance(() => 1, 1, 9 * DAY, 1);
    addAt(counts, 9.5 * DAY, 500);
    expect(hear(counts, 11)).toMatchObject([
      { kind: "fired", atMs: START.getTime() + 9.5 * DAY },
      { kind: "resolved", atMs: START.getTime() + 9.5 * DAY + 30 * MINUTE },
    ]);
  });

  test("60 a day where 5 were usual are one alert that does not flap", () => {
    const counts = evenly(evenly(new Map(), 5 / 24, 0, 10 * DAY), 60 / 24, 10 * DAY, 25 * DAY);
    expect(hear(counts, 25)).toMatchObject([{ kind: "fired", rule: "growing" }]);
  });

  test("a ramp whose alert fires goes on through a blind night", () => {
    const counts = chance((ms) => (100 * 100 ** (ms / DAY / 35)) / 24, 10_000 / 24, 13 * DAY, 1);
    const history = createGrowthHistory({ known: { occurrences: 0 } });
    history.play(counts, START.getTime() + 10 * DAY);
    const morning = START.getTime() + 10 * DAY + 8 * HOUR;
    const occurrences = [...counts].reduce((sum, [minute, count]) => (minute <= morning ? sum + count : sum), 0);
    expect(history.poll(new Date(morning), { occurrences }).diff.mode).toBe("catch-up");
    const later = new Map([...counts].filter(([minute]) => minute > morning));
    history.play(later, START.getTime() + 13 * DAY);
    expect(history.heard).toMatchObject([{ kind: "fired", rule: "growing" }]);
  });
});

/** A hundred errors, from one in four days to a hundred an hour, most of them rare: a server on which nothing is wrong. */
test("chance around a steady mean is quiet: no false alert of growth in 30 days of 100 errors", () => {
  const falseAlerts = Array.from({ length: 100 }, (_, index) => {
    const perHour = 0.01 * 10 ** (4 * (index / 99) ** 4);
    const heard = hear(
      chance(() => perHour, perHour, 30 * DAY, 1000 + index),
      30,
    );
    return fired(heard)
      .filter(({ rule }) => rule === "growing")
      .map((one) => `${perHour}: ${one.because}`);
  }).flat();
  expect(falseAlerts).toEqual([]);
}, 120_000);
