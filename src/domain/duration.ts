const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of a duration as people write it in Prometheus and Alertmanager: `30s`, `1h30m`, `7d`. Null if it is none. */
export function parseDurationMs(text: string): number | null {
  if (text === "0") return 0;
  if (!/^(\d+(ms|s|m|h|d|w))+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    totalMs += Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return Number.isSafeInteger(totalMs) ? totalMs : null;
}

/** A duration in at most two units, rounded down: `2 h 5 min`, `45 s`. What is below a second is `less than 1 s`. */
export function formatDuration(durationMs: number): string {
  const units: [string, number][] = [
    ["d", UNITS_MS.d],
    ["h", UNITS_MS.h],
    ["min", UNITS_MS.m],
    ["s", UNITS_MS.s],
  ];
  const first = units.findIndex(([, unitMs]) => durationMs >= unitMs);
  if (first === -1) return "less than 1 s";
  let restMs = durationMs;
  const parts = units.slice(first, first + 2).map(([name, unitMs]) => {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    return count === 0 ? "" : `${count} ${name}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}
