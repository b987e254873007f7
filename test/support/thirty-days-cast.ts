import { DAY, HOUR, isWithin, MINUTE, type Span, timeOf } from "./thirty-days-time.js";

/** One error of the simulated server, and its story. */
export type Character = {
  readonly integration: string;
  readonly text: string;
  readonly httpStatus?: number;
  /** What the server had counted when the thirty days begin; null for one that has yet to happen. */
  readonly known: number | null;
  /** How often it occurs at an instant. */
  readonly perHour: (atMs: number) => number;
  /** By chance around that rate, or as evenly as whole numbers allow. */
  readonly by: "chance" | "rule";
  /** Whether the server lists it once it has occurred; always, unless it says otherwise. */
  readonly isListed?: (atMs: number) => boolean;
};

/** So often within the span, and else as often as `otherwise` says. */
function during(span: Span, perHour: number, otherwise = 0): (atMs: number) => number {
  return (atMs) => (isWithin(span, atMs) ? perHour : otherwise);
}

/** Each night from 03:00, 300 in the first quarter of an hour and 100 in the second. */
function nightly(atMs: number): number {
  const minute = (atMs % DAY) / MINUTE;
  if (minute === 180) return 1200;
  return minute === 195 ? 400 : 0;
}

/** From 24 a day to a hundred times as many in thirty days. */
const ramp = (atMs: number) => 100 ** ((atMs - timeOf("03-02 00:00")) / (30 * DAY));

/** A night in which an error is on the list at one poll an hour, and off it at the others. */
const FLAPPING: Span = ["03-20 00:00", "03-20 08:00"];
const inFirstQuarter = (atMs: number) => isWithin(FLAPPING, atMs) && atMs % HOUR === 15 * MINUTE;

const noise = (integration: string, text: string, perHour: number): Character => ({
  integration,
  text,
  known: 40,
  perHour: () => perHour,
  by: "chance",
});

const outage = (text: string, from: string, until = "03-26 18:00"): Character => ({
  integration: "GreyNoise",
  text,
  httpStatus: 503,
  known: null,
  perHour: during([from, until], 8),
  by: "rule",
});

/** Everybody who takes part. Each integration has one story, so that no group mixes two. */
export const CAST: readonly Character[] = [
  // Steady noise of every strength, which nobody ever wants to hear of.
  noise("VirusTotal", "The request timed out", 20),
  noise("VirusTotal", "Rate limit reached", 2),
  noise("VirusTotal", "The answer is too large", 0.3),
  noise("URLhaus", "Connection reset by the server", 0.5),
  noise("URLhaus", "Bad gateway", 0.04),
  noise("MISP", "Could not connect to the server", 0.1),
  // A key that expires, and is replaced after five hours and a half.
  {
    integration: "Shodan",
    text: "Invalid API key",
    httpStatus: 401,
    known: null,
    perHour: during(["03-04 10:00", "03-04 15:30"], 12),
    by: "rule",
  },
  // A ramp that never makes a step.
  { integration: "Jira", text: "The search was refused", known: 900, perHour: ramp, by: "chance" },
  // A job that fails each night at the same hour.
  { integration: "Splunk", text: "The search job was cancelled", known: 5000, perHour: nightly, by: "rule" },
  // A step that lasts two days.
  {
    integration: "Censys",
    text: "The query could not be parsed",
    known: 8000,
    perHour: during(["03-13 08:00", "03-15 08:00"], 500, 50),
    by: "chance",
  },
  // Fourteen silent days, then a bad afternoon.
  {
    integration: "AbuseIPDB",
    text: "The service is temporarily unavailable",
    known: 70,
    perHour: (atMs) =>
      during(["03-02 00:00", "03-04 12:00"], 1)(atMs) + during(["03-18 12:00", "03-18 18:30"], 15)(atMs),
    by: "rule",
  },
  // What begins while the server cannot be read.
  {
    integration: "Zscaler",
    text: "The lookup returned no category",
    known: null,
    perHour: during(["03-12 14:15", "03-12 16:00"], 8),
    by: "rule",
  },
  // Two that begin during the maintenance: one ends with it, the other does not.
  {
    integration: "Okta",
    text: "Connection refused",
    known: null,
    perHour: during(["03-16 20:00", "03-16 21:00"], 20),
    by: "rule",
  },
  {
    integration: "Okta",
    text: "The certificate has expired",
    known: null,
    perHour: during(["03-16 22:00", "03-17 00:30"], 20),
    by: "rule",
  },
  // One that cannot make up its mind.
  {
    integration: "CrowdStrike",
    text: "The event stream was closed",
    known: null,
    perHour: during(FLAPPING, 4),
    by: "rule",
    isListed: inFirstQuarter,
  },
  // What begins while polarwatch is down, and goes on for a while.
  {
    integration: "Recorded Future",
    text: "The risk list is not available",
    known: null,
    perHour: during(["03-23 01:00", "03-23 09:00"], 4),
    by: "rule",
  },
  // A vendor is down: eight errors at once, two more a little later.
  outage("Service unavailable", "03-26 16:00"),
  outage("The noise lookup failed", "03-26 16:00"),
  outage("The quick lookup failed", "03-26 16:00"),
  outage("The bulk lookup failed", "03-26 16:00"),
  outage("The riot lookup failed", "03-26 16:00"),
  outage("The timeline failed", "03-26 16:00"),
  outage("The tag list failed", "03-26 16:00"),
  outage("The metadata failed", "03-26 16:00"),
  outage("The similarity search failed", "03-26 16:30"),
  outage("The statistics failed", "03-26 16:30", "03-26 18:30"),
];
