import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { parseDurationMs } from "../domain/duration.js";
import { isTimeZone } from "../domain/local-clock.js";
import { parseRedisAddress } from "../lib/redis-address.js";

/** What a text means, or why it means nothing: words that follow the setting's name, and never repeat its value. */
export type Parsed<T> = { kind: "value"; value: T } | { kind: "problem"; problem: string };

const value = <T>(parsed: T): Parsed<T> => ({ kind: "value", value: parsed });
const problem = (text: string): Parsed<never> => ({ kind: "problem", problem: text });

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Limits of a duration, in milliseconds and in words. */
export type DurationLimits = { minMs: number; maxMs: number; words: string };
export const POLL_INTERVAL: DurationLimits = { minMs: SECOND_MS, maxMs: DAY_MS, words: "1s to 1d" };
export const GROUP_WAIT: DurationLimits = { minMs: 0, maxMs: DAY_MS, words: "0s to 1d" };
export const GROUP_INTERVAL: DurationLimits = { minMs: SECOND_MS, maxMs: DAY_MS, words: "1s to 1d" };
export const REPEAT_INTERVAL: DurationLimits = { minMs: MINUTE_MS, maxMs: 28 * DAY_MS, words: "1m to 28d" };
export const ESCALATION: DurationLimits = { minMs: MINUTE_MS, maxMs: 28 * DAY_MS, words: "1m to 28d" };
/** Of growth: how far back its windows and baselines may reach. */
export const WINDOW: DurationLimits = { minMs: SECOND_MS, maxMs: 28 * DAY_MS, words: "1s to 28d" };
export const HISTORY: DurationLimits = { minMs: 0, maxMs: 28 * DAY_MS, words: "0s to 28d" };
const HOLD: DurationLimits = { minMs: 0, maxMs: 7 * DAY_MS, words: "0s to 7d" };
export const KEEP_FIRING: DurationLimits = { minMs: 0, maxMs: 7 * DAY_MS, words: "0s to 7d" };
export const HEARTBEAT_INTERVAL: DurationLimits = { minMs: 10 * SECOND_MS, maxMs: DAY_MS, words: "10s to 1d" };
export const AWAY: DurationLimits = { minMs: 0, maxMs: 28 * DAY_MS, words: "0s to 28d" };
export const TIMEOUT: DurationLimits = { minMs: 100, maxMs: 600_000, words: "100ms to 10m" };

export function parseDuration(text: string, limits: DurationLimits): Parsed<number> {
  const durationMs = parseDurationMs(text);
  if (durationMs === null) return problem("must be a duration with its unit, such as 30s, 1m or 1h30m");
  if (durationMs < limits.minMs || durationMs > limits.maxMs) return problem(`must be in the range ${limits.words}`);
  return value(durationMs);
}

const POLLS_MAX = 1000;

/** How long something has to hold: `3 polls`, or a duration. */
export function parseHold(text: string): Parsed<{ polls: number; ms: number }> {
  const digits = /^(\d{1,6}) polls?$/.exec(text)?.[1];
  if (digits === undefined) {
    const parsed = parseDuration(text, HOLD);
    if (parsed.kind === "value") return value({ polls: 0, ms: parsed.value });
    return problem(/^\d/.test(text) ? `${parsed.problem}, or a number of polls, such as 3 polls` : HOLD_EXPECTED);
  }
  const polls = Number(digits);
  return polls >= 1 && polls <= POLLS_MAX ? value({ polls, ms: 0 }) : problem(`must be 1 to ${POLLS_MAX} polls`);
}
const HOLD_EXPECTED = "must be a number of polls or a duration, such as 3 polls or 10m";

/** The window of a growth condition in milliseconds; null for `poll`, the time from one good poll to the next. */
export function parseWindow(text: string): Parsed<number | null> {
  if (text === "poll") return value(null);
  const parsed = parseDuration(text, WINDOW);
  return parsed.kind === "value" ? parsed : problem(`${parsed.problem}, or poll for the time between two polls`);
}

const hasScheme = (text: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/** The address of a Polarity server: a bare host means https; what comes back has no trailing slash. */
export function parseServerUrl(text: string): Parsed<string> {
  return parseWebUrl(hasScheme(text) ? text : `https://${text}`, "https://polarity.example.com");
}

/** The address of our own page. */
export function parsePublicUrl(text: string): Parsed<string> {
  return parseWebUrl(text, "https://polarwatch.example.com");
}

function parseWebUrl(text: string, example: string): Parsed<string> {
  const url = /\s/.test(text) || !URL.canParse(text) ? null : new URL(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return problem(`must be an address such as ${example}`);
  if (url.username !== "" || url.password !== "") return problem("must not hold a user name or a password");
  if (url.search !== "" || url.hash !== "") return problem("must end before any ? or #");
  return value(`${url.origin}${url.pathname.replace(/\/+$/, "")}`);
}

/** A proxy; a bare `host:port` means http. User and password may be part of it. */
export function parseProxyUrl(text: string): Parsed<string> {
  const full = hasScheme(text) ? text : `http://${text}`;
  if (/\s/.test(text) || !URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    return problem("must be an http or https proxy, such as http://proxy.example.com:3128");
  }
  const { pathname, search, hash, username, password } = new URL(full);
  if (pathname !== "/" || search !== "" || hash !== "") return problem("must end after the host name or the port");
  if (!isEncoded(username) || !isEncoded(password)) {
    return problem("has a user name or a password with a % that encodes nothing; write %25 for %");
  }
  return value(full);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A connection string with one of these schemes. Where it leads is for the driver to find out. */
export function parseConnectionUrl(text: string, schemes: readonly string[]): Parsed<string> {
  const expected = schemes.map((scheme) => `${scheme}://`).join(" or ");
  if (!schemes.some((scheme) => text.startsWith(`${scheme}://`))) return problem(`must begin with ${expected}`);
  if (/\s/.test(text) || !URL.canParse(text)) {
    return problem("is not a valid URL; special characters in the user name or password must be percent-encoded");
  }
  return value(text);
}

export function parseRedisUrl(text: string): Parsed<string> {
  if (/^rediss?\+(?:sentinel|cluster):/.test(text)) {
    return parseRedisAddress(text) === null
      ? problem("must be redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port")
      : value(text);
  }
  if (!/^rediss?:\/\//.test(text)) {
    return problem(
      "must begin with redis:// or rediss://, or for several hosts with redis+sentinel:// or redis+cluster://",
    );
  }
  return parseConnectionUrl(text, ["redis", "rediss"]);
}

/** The whole address, for its path is what lets one in. */
export function parseHeartbeatUrl(text: string): Parsed<string> {
  const isUsable = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === "";
  return isUsable
    ? { kind: "value", value: text }
    : { kind: "problem", problem: "must be an http:// or https:// address without a user in it" };
}

/** Fewer than these, and the steps of a process would wait for each other. */
const CONNECTIONS = { min: 4, max: 200 };

export function parseConnections(text: string): Parsed<number> {
  const { min, max } = CONNECTIONS;
  return /^\d{1,3}$/.test(text) && Number(text) >= min && Number(text) <= max
    ? value(Number(text))
    : problem(`must be a number from ${min} to ${max}`);
}

export function parseBoolean(text: string): Parsed<boolean> {
  if (text === "true") return value(true);
  return text === "false" ? value(false) : problem("must be true or false");
}

export function parsePort(text: string): Parsed<number> {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? value(Number(text))
    : problem("must be a port from 0 to 65535");
}

/** A name or address to listen on; brackets around an IPv6 address are dropped. */
export function parseHost(text: string): Parsed<string> {
  const host = text.replace(/^\[(.*)\]$/, "$1");
  const isName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(host);
  return isIP(host) !== 0 || isName ? value(host) : problem("must be an IP address or a host name, without a port");
}

/** True only for what surely stays on this machine: 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

export function parseApiToken(text: string): Parsed<string> {
  if (!/^[\x21-\x7e]+$/.test(text)) return problem("must be printable ASCII without spaces");
  return text.length < 16 ? problem("must have at least 16 characters") : value(text);
}

/** Addresses and networks, separated by commas. */
export function parseProxyAddresses(text: string): Parsed<readonly string[]> {
  const addresses = text.split(",").map((part) => part.trim());
  return addresses.every((address) => isIP(address) !== 0 || ipaddr.isValidCIDR(address))
    ? value(addresses)
    : problem("must be IP addresses or networks such as 10.0.0.0/8, separated by commas");
}

export function parseTimeZone(text: string): Parsed<string> {
  return isTimeZone(text) ? value(text) : problem("is not a known time zone, such as Europe/Berlin or UTC");
}

export function parseOneOf<T extends string>(text: string, options: readonly T[]): Parsed<T> {
  const found = options.find((option) => option === text.toLowerCase());
  return found === undefined ? problem(`must be one of ${options.join(", ")}`) : value(found);
}

/** A bundle of certificates in PEM. Each must be readable: a broken one would only fail at the first connection. */
export function parseCertificates(text: string): Parsed<string> {
  if (text.includes("PRIVATE KEY-----")) return problem("holds a private key; only certificates belong here");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return problem("holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      return problem(`holds a certificate that cannot be read, number ${index + 1} of ${blocks.length}`);
    }
  }
  return value(blocks.join("\n"));
}
