import fc from "fast-check";
import { expect, test } from "vitest";
import { BUCKETS, BUCKETS_MAX, bucketEdges, finestBucket } from "../../src/domain/buckets.js";

const span = (since: string, until: string) => ({ since: new Date(since), until: new Date(until) });
const edgesOf = (...given: Parameters<typeof bucketEdges>) => bucketEdges(...given).map((edge) => edge.toISOString());

test("a span is widened to whole buckets of UTC", () => {
  expect(edgesOf(span("2026-03-01T10:07:30Z", "2026-03-01T10:31:00Z"), "15m", "UTC")).toEqual(
    ["10:00", "10:15", "10:30", "10:45"].map((time) => `2026-03-01T${time}:00.000Z`),
  );
  expect(edgesOf(span("2026-03-01T06:00:00Z", "2026-03-01T12:00:00Z"), "6h", "UTC")).toEqual([
    "2026-03-01T06:00:00.000Z",
    "2026-03-01T12:00:00.000Z",
  ]);
});

test("days begin when they begin in the time zone, however long they are", () => {
  expect(edgesOf(span("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"), "1d", "Europe/Berlin")).toEqual([
    "2026-03-27T23:00:00.000Z",
    "2026-03-28T23:00:00.000Z",
    "2026-03-29T22:00:00.000Z",
    "2026-03-30T22:00:00.000Z",
  ]);
  // In Santiago clocks go from midnight to one: that day begins at one.
  expect(edgesOf(span("2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z"), "1d", "America/Santiago")).toEqual([
    "2026-09-05T04:00:00.000Z",
    "2026-09-06T04:00:00.000Z",
    "2026-09-07T03:00:00.000Z",
  ]);
  expect(edgesOf(span("2026-03-01T00:00:00Z", "2026-03-01T00:01:00Z"), "1d", "Asia/Kathmandu")).toEqual([
    "2026-02-28T18:15:00.000Z",
    "2026-03-01T18:15:00.000Z",
  ]);
});

test("edges rise, hold the span between them, and are never too many where the bucket fits", () => {
  const instant = fc.date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true });
  const zone = fc.constantFrom("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut");
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 2000 * 86_400_000 }), zone, (since, lengthMs, timeZone) => {
      const asked = { since, until: new Date(since.getTime() + lengthMs) };
      const fitting = finestBucket(asked, BUCKETS_MAX);
      if (fitting === null) return;
      const edges = bucketEdges(asked, fitting, fitting === "1d" ? timeZone : "UTC").map((edge) => edge.getTime());
      expect(edges.length - 1).toBeLessThanOrEqual(BUCKETS_MAX);
      expect(edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge))).toBe(true);
      expect(edges[0]).toBeLessThanOrEqual(asked.since.getTime());
      expect(edges.at(-1)).toBeGreaterThanOrEqual(asked.until.getTime());
      expect(edges.at(1)).toBeGreaterThan(asked.since.getTime());
      expect(edges.at(-2)).toBeLessThan(asked.until.getTime());
    }),
    { numRuns: 60 },
  );
});

test("the finest bucket that fits is found", () => {
  const days = (count: number) => ({ since: new Date(0), until: new Date(count * 86_400_000) });
  expect(BUCKETS.map((_, index) => finestBucket(days([0.1, 0.5, 2, 7, 30, 100][index] ?? 0)))).toEqual([...BUCKETS]);
  expect(finestBucket(days(2000), BUCKETS_MAX)).toBeNull();
});
