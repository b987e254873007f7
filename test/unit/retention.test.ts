import { describe, expect, test } from "vitest";
import { cutoffOf, DEFAULT_RETENTION, isToBePacked, type Month, monthOf } from "../../src/domain/retention.js";
import { configOfFile, problemsOfFile } from "../support/config-input.js";

const DAY_MS = 86_400_000;
const JANUARY: Month = {
  table: "observation_2026_01",
  startsAt: new Date("2026-01-01T00:00:00Z"),
  endsAt: new Date("2026-02-01T00:00:00Z"),
};
const at = (iso: string) => new Date(iso);

describe("a month", () => {
  test("is named by its partition, and nothing else is", () => {
    expect(monthOf("observation_2026_01")).toEqual(JANUARY);
    expect(monthOf("change_2025_12")?.endsAt).toEqual(at("2026-01-01T00:00:00Z"));
    for (const name of ["observation", "observation_pack", "other_2026_01", "observation_2026_01; DROP"]) {
      expect(monthOf(name)).toBeNull();
    }
  });

  test("is packed 35 days after its end, and not a moment before", () => {
    expect(isToBePacked(JANUARY, DEFAULT_RETENTION, at("2026-03-07T23:59:59.999Z"))).toBe(false);
    expect(isToBePacked(JANUARY, DEFAULT_RETENTION, at("2026-03-08T00:00:00Z"))).toBe(true);
  });

  test("is packed as soon as all of it is to be deleted, which only packs are", () => {
    const policy = { ...DEFAULT_RETENTION, observations: 10 * DAY_MS };
    expect(isToBePacked(JANUARY, policy, at("2026-02-10T23:59:59.999Z"))).toBe(false);
    expect(isToBePacked(JANUARY, policy, at("2026-02-11T00:00:00Z"))).toBe(true);
  });
});

describe("retention", () => {
  test("is what the file says, and the usual for the rest", () => {
    const { retention } = configOfFile("retention: { observations: 2000d, attempts: forever }\n");
    expect(retention).toEqual({ ...DEFAULT_RETENTION, observations: 2000 * DAY_MS, attempts: null });
    expect(cutoffOf(retention, "attempts", at("2026-03-01T00:00:00Z"))).toBeNull();
    expect(cutoffOf(retention, "polls", at("2026-03-31T00:00:00Z"))).toEqual(at("2026-03-01T00:00:00Z"));
  });

  test("is never less than growth and digests look back", () => {
    expect(problemsOfFile("retention: { changes: 59d, polls: never }\n")).toEqual([
      expect.stringContaining("retention.changes: must be in the range 60d to 36500d, or forever"),
      expect.stringContaining(
        "retention.polls: must be a duration with its unit, such as 30s, 1m or 1h30m, or forever",
      ),
    ]);
  });
});
