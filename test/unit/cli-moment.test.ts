import { describe, expect, test } from "vitest";
import { createLocalFormat, formatAge, parseMoment } from "../../src/cli/moment.js";

const NOW = new Date("2026-11-23T14:05:12.345Z");
const localTime = (...parts: [number, number, number, number, number, number]) => new Date(...parts);

describe("a moment that somebody means", () => {
  test.each([
    ["24h", new Date("2026-11-22T14:05:12.345Z")],
    ["1h30m", new Date("2026-11-23T12:35:12.345Z")],
    ["0", NOW],
    ["9999w", new Date(0)],
    ["2026-11-20T10:00:00Z", new Date("2026-11-20T10:00:00Z")],
    ["2026-11-20 10:00 +02:00", new Date("2026-11-20T08:00:00Z")],
    ["2026-11-20t10:00:00.5z", new Date("2026-11-20T10:00:00.500Z")],
    ["2026-11-20", localTime(2026, 10, 20, 0, 0, 0)],
    ["2026-11-20 10:00", localTime(2026, 10, 20, 10, 0, 0)],
    ["2026-11-20T10:00:30", localTime(2026, 10, 20, 10, 0, 30)],
    ["0001-01-01", new Date(0)],
  ])("%s is understood", (text, at) => {
    expect(parseMoment(text, NOW)).toEqual(at);
  });

  test.each(["", "yesterday", "7", "-7d", "2026-02-30", "2026-13-01", "2026-11-20 25:00", "11/20/2026", "12:00"])(
    "%j is not",
    (text) => {
      expect(parseMoment(text, NOW)).toBeNull();
    },
  );

  test("what the tables print can be given back", () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const at = new Date("2026-06-01T12:34:56.000Z");
    expect(parseMoment(createLocalFormat(timeZone)(at), NOW)).toEqual(at);
  });
});

describe("a moment for people", () => {
  test.each([
    ["UTC", "2026-11-23 14:05:12"],
    ["Europe/Berlin", "2026-11-23 15:05:12"],
    ["Asia/Kolkata", "2026-11-23 19:35:12"],
  ])("is that of %s", (timeZone, text) => {
    expect(createLocalFormat(timeZone)(NOW)).toBe(text);
  });

  test("midnight is hour 00", () => {
    expect(createLocalFormat("UTC")(new Date("2026-01-01T00:00:00Z"))).toBe("2026-01-01 00:00:00");
  });

  test.each([
    [0, "now"],
    [999, "now"],
    [59_000, "59 s ago"],
    [200_000, "3 min ago"],
    [7_500_000, "2 h ago"],
    [400 * 86_400_000, "400 d ago"],
    [-90_000, "in 1 min"],
  ])("%i ms before now it was %s", (ageMs, text) => {
    expect(formatAge(new Date(NOW.getTime() - ageMs), NOW)).toBe(text);
  });
});
