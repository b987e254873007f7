import { describe, expect, test } from "vitest";
import { readSilenceOptions } from "../../src/cli/silence-options.js";
import { CommandFailure } from "../../src/cli/terminal.js";
import { formatMatcher } from "../../src/domain/matcher.js";

const NOW = new Date("2026-03-01T12:00:00.000Z");
const GIVEN = { matcher: ["integration=VirusTotal"], for: "2h", reason: "New key", author: "mia" };

/** What the person is told, a line each, without the hint that follows. */
function refusalOf(given: Record<string, unknown>): string[] {
  try {
    readSilenceOptions(given, NOW);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split("\n").slice(0, -1);
  }
  throw new Error("Nothing was refused");
}

describe("a silence to add", () => {
  test("begins now and lasts as long as it is given", () => {
    expect(readSilenceOptions(GIVEN, NOW)).toMatchObject({
      kind: "add",
      silence: {
        startsAt: NOW,
        endsAt: new Date("2026-03-01T14:00:00.000Z"),
        author: "mia",
        reason: "New key",
        endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
      },
    });
  });

  test("can begin later, and then lasts from there or until a time", () => {
    const from = "2026-03-02T08:00:00Z";
    const lasting = readSilenceOptions({ ...GIVEN, from }, NOW);
    expect(lasting).toMatchObject({ silence: { startsAt: new Date(from), endsAt: new Date("2026-03-02T10:00:00Z") } });
    const { for: _, ...rest } = GIVEN;
    const until = readSilenceOptions({ ...rest, from, until: "2026-03-02T09:00:00Z" }, NOW);
    expect(until).toMatchObject({ silence: { startsAt: new Date(from), endsAt: new Date("2026-03-02T09:00:00Z") } });
  });

  test("carries every matcher and every end that is given", () => {
    const asked = readSilenceOptions(
      {
        ...GIVEN,
        matcher: ["integration=VirusTotal", 'cause=~"a|b"'],
        untilQuiet: "3",
        untilCountDoubles: true,
        untilHttpStatusChanges: true,
        untilTextChanges: true,
      },
      NOW,
    );
    if (asked.kind !== "add") throw new Error("It is to be added");
    expect(asked.silence.matchers.map(formatMatcher)).toEqual(['integration="VirusTotal"', 'cause=~"a|b"']);
    expect(asked.silence.endsWhen).toEqual({
      unmatchedPolls: 3,
      countDoubles: true,
      httpStatusChanges: true,
      textChanges: true,
    });
  });

  test("is by the user of this system unless it says by whom", () => {
    const { author: _, ...rest } = GIVEN;
    expect(readSilenceOptions(rest, NOW)).toMatchObject({ silence: { author: expect.stringMatching(/./) } });
  });
});

describe("wrong options", () => {
  test("are told all at once, those of form and those of sense", () => {
    expect(
      refusalOf({
        matcher: ["integration", 'a=~".*"'],
        until: "2026-02-01T00:00:00Z",
        from: "2h",
        untilQuiet: "0",
        author: " ",
      }),
    ).toEqual([
      expect.stringMatching(/^--matcher must be like .*"integration": Expected/),
      expect.stringMatching(/^--from must be a time/),
      "--until-quiet must be a whole number from 1 to 999999999",
      "--reason is needed: it tells others why",
      "--until: It has to end after it starts",
      "--author: It has to say who silences",
    ]);
  });

  test("are those that are missing, without a word about what follows from that", () => {
    expect(refusalOf({ author: "mia" })).toEqual([
      "--matcher is needed: it says what to silence",
      "--for or --until is needed: it says when it ends",
      "--reason is needed: it tells others why",
    ]);
  });

  test.for<[string, Record<string, unknown>, RegExp]>([
    ["two ends", { until: "2026-03-03" }, /^--for and --until both say when it ends/],
    ["no duration", { for: "soon" }, /^--for must be a duration such as/],
    ["no time at all", { for: "0" }, /^--for must be a duration such as/],
    ["more than a year", { for: "9999d" }, /^--for must be a duration such as .* at most 366 d/],
    ["matchers that fit everything", { matcher: ['a!="b"'] }, /^--matcher: At least one matcher/],
    ["a pattern that is none", { matcher: ['a=~"("'] }, /Not a regular expression/],
    ["an empty reason", { reason: "" }, /^--reason must not be empty/],
  ])("%s", ([, wrong, told]) => {
    expect(refusalOf({ ...GIVEN, ...wrong })).toEqual([expect.stringMatching(told)]);
  });
});

describe("a preview", () => {
  test("needs matchers alone, and looks back from now", () => {
    expect(readSilenceOptions({ matcher: ["a=b"], preview: "7d" }, NOW)).toMatchObject({
      kind: "preview",
      fromAt: new Date("2026-02-22T12:00:00.000Z"),
      toAt: NOW,
    });
    expect(refusalOf({ preview: "a week" })).toEqual([
      expect.stringMatching(/^--preview must be a duration/),
      "--matcher is needed: it says what to silence",
    ]);
  });
});
