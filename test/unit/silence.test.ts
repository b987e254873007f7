import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Matcher, parseMatchers } from "../../src/domain/matcher.js";
import {
  isStale,
  type NewSilence,
  type Silence,
  type SilenceId,
  silencedBy,
  silenceProblems,
  silenceState,
} from "../../src/domain/silence.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = new Date("2026-03-02T08:00:00Z");
const later = (ms: number) => new Date(START.getTime() + ms);

function matchersOf(text: string): readonly Matcher[] {
  const matchers = parseMatchers(text);
  if ("problem" in matchers) throw new Error(matchers.problem);
  return matchers;
}

function aSilence(spec: Partial<Silence> = {}): Silence {
  return {
    id: 1n as SilenceId,
    matchers: matchersOf('integration="VirusTotal"'),
    startsAt: START,
    endsAt: later(2 * HOUR),
    author: "Ada",
    reason: "New key on Monday",
    endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
    ...spec,
  };
}

describe("when a silence hides", () => {
  test.each([
    { name: "a millisecond before its start", at: later(-1), state: "pending" },
    { name: "at its start", at: START, state: "active" },
    { name: "a millisecond before its end", at: later(2 * HOUR - 1), state: "active" },
    { name: "at its end", at: later(2 * HOUR), state: "expired" },
  ])("$name it is $state", ({ at, state }) => {
    expect(silenceState(aSilence(), at)).toBe(state);
  });

  test("of several that match, the active one that lasts longest is named, the oldest of those that last equally long", () => {
    const silences = [
      aSilence({ id: 1n as SilenceId, endsAt: later(HOUR) }),
      aSilence({ id: 3n as SilenceId, endsAt: later(3 * HOUR) }),
      aSilence({ id: 2n as SilenceId, endsAt: later(3 * HOUR) }),
      aSilence({ id: 4n as SilenceId, endsAt: later(9 * HOUR), matchers: matchersOf('integration="Shodan"') }),
      aSilence({ id: 5n as SilenceId, endsAt: later(9 * HOUR), startsAt: later(5 * HOUR) }),
    ];
    const at = later(HOUR / 2);
    expect(silencedBy(silences, { integration: "VirusTotal" }, at)?.id).toBe(2n);
    expect(silencedBy(silences.toReversed(), { integration: "VirusTotal" }, at)?.id).toBe(2n);
    expect(silencedBy(silences, { integration: "URLhaus" }, at)).toBeNull();
    expect(silencedBy(silences, { integration: "VirusTotal" }, later(9 * HOUR))).toBeNull();
  });

  test("no other silence that matches lasts longer than the one that is named", () => {
    const spans = fc.array(
      fc.record({ fromMs: fc.integer({ min: -50, max: 50 }), forMs: fc.integer({ min: 1, max: 99 }) }),
    );
    fc.assert(
      fc.property(spans, (each) => {
        const silences = each.map(({ fromMs, forMs }, index) =>
          aSilence({ id: BigInt(index) as SilenceId, startsAt: later(fromMs), endsAt: later(fromMs + forMs) }),
        );
        const active = silences.filter((one) => one.startsAt <= START && START < one.endsAt);
        const longestMs = active.length === 0 ? null : Math.max(...active.map(({ endsAt }) => endsAt.getTime()));
        expect(silencedBy(silences, { integration: "VirusTotal" }, START)?.endsAt.getTime() ?? null).toBe(longestMs);
      }),
    );
  });
});

describe("which silences may be added", () => {
  const valid: NewSilence = aSilence();

  test.each([
    { name: "an ordinary one", silence: {} },
    { name: "one that began in the past", silence: { startsAt: later(-DAY) } },
    { name: "one of a whole leap year", silence: { endsAt: later(366 * DAY) } },
    { name: "one with an empty matcher beside one that asks", silence: { matchers: matchersOf('a="", server=~".+"') } },
    { name: "one that ends after a single poll", silence: { endsWhen: { ...valid.endsWhen, unmatchedPolls: 1 } } },
  ])("$name may", ({ silence }) => {
    expect(silenceProblems({ ...valid, ...silence }, START)).toEqual([]);
  });

  test.each([
    { name: "no matchers", silence: { matchers: [] }, field: "matchers" },
    { name: "a matcher for an empty label", silence: { matchers: matchersOf('server=""') }, field: "matchers" },
    { name: "a matcher for anything", silence: { matchers: matchersOf('server=~".*"') }, field: "matchers" },
    { name: "only negative matchers", silence: { matchers: matchersOf('a!="b", c!~"d"') }, field: "matchers" },
    { name: "an end at its start", silence: { startsAt: later(HOUR), endsAt: later(HOUR) }, field: "endsAt" },
    { name: "an end in the past", silence: { startsAt: later(-DAY), endsAt: later(-HOUR) }, field: "endsAt" },
    { name: "more than a year", silence: { endsAt: later(366 * DAY + 1) }, field: "endsAt" },
    { name: "a start that is no time", silence: { startsAt: new Date(Number.NaN) }, field: "startsAt" },
    { name: "an end that is no time", silence: { endsAt: new Date(Number.NaN) }, field: "endsAt" },
    { name: "an invisible author", silence: { author: " \u200b" }, field: "author" },
    { name: "an empty reason", silence: { reason: "\n" }, field: "reason" },
    { name: "a limit of no polls", silence: { endsWhen: { ...valid.endsWhen, unmatchedPolls: 0 } }, field: "endsWhen" },
    { name: "half a poll", silence: { endsWhen: { ...valid.endsWhen, unmatchedPolls: 1.5 } }, field: "endsWhen" },
  ])("one with $name may not", ({ silence, field }) => {
    expect(silenceProblems({ ...valid, ...silence }, START).map((one) => one.field)).toEqual([field]);
  });

  test("every problem is told at once, in plain sentences", () => {
    const silence = { ...valid, matchers: [], endsAt: later(-HOUR), author: "", reason: "" };
    expect(silenceProblems(silence, START)).toEqual([
      {
        field: "matchers",
        problem: "At least one matcher has to ask for something: these also match an alert without any label",
      },
      { field: "endsAt", problem: "It has to end after it starts" },
      { field: "author", problem: "It has to say who silences" },
      { field: "reason", problem: "It has to say why" },
    ]);
    expect(silenceProblems({ ...valid, endsAt: later(400 * DAY) }, START)).toEqual([
      { field: "endsAt", problem: "It lasts 400 d; at most 366 d are allowed" },
    ]);
    expect(silenceProblems(valid, later(5 * HOUR))).toEqual([
      { field: "endsAt", problem: "It would have been over 3 h ago" },
    ]);
  });
});

describe("which silences are stale", () => {
  const week = { startsAt: START, endsAt: later(7 * DAY) };

  test.each([
    { name: "active for 24 h without a match", lastMatchedAt: null, at: later(DAY), stale: false },
    { name: "active for over 24 h without a match", lastMatchedAt: null, at: later(DAY + 1), stale: true },
    { name: "matched within the last 24 h", lastMatchedAt: later(DAY), at: later(2 * DAY), stale: false },
    { name: "matched before that only", lastMatchedAt: later(DAY - 1), at: later(2 * DAY), stale: true },
    { name: "matched only under an earlier start", lastMatchedAt: later(-DAY), at: later(HOUR), stale: false },
    { name: "over", lastMatchedAt: null, at: later(7 * DAY), stale: false },
    { name: "still to come", lastMatchedAt: null, at: later(-1), stale: false },
  ])("one that is $name: $stale", ({ lastMatchedAt, at, stale }) => {
    expect(isStale(week, lastMatchedAt, at)).toBe(stale);
  });
});
