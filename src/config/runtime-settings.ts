import { resolve } from "node:path";
import { LOG_FORMATS, LOG_LEVELS } from "../lib/logger.js";
import type { Config, ConfigInput, ConfigProblem } from "./config.js";
import { parseCronFields } from "./digest-schema.js";
import { QUICK_DIGEST } from "./digests.js";
import { type Environment, UNREADABLE } from "./environment.js";
import type { SettingName } from "./settings.js";
import { parseCollectorHeaders, parseCollectorUrl } from "./traces.js";
import {
  isLoopback,
  type Parsed,
  parseApiToken,
  parseConnections,
  parseConnectionUrl,
  parseHost,
  parseOneOf,
  parsePort,
  parseProxyAddresses,
  parsePublicUrl,
  parseRedisUrl,
  parseTimeZone,
} from "./values.js";

export type RuntimeSettings = Pick<
  Config,
  "databaseUrl" | "databaseConnectionsMax" | "redisUrl" | "dataDir" | "http" | "traces" | "log"
>;

type Runtime = {
  settings: RuntimeSettings;
  /** Null: that of the machine. */
  timeZone: string | null;
  /** Of the digest for who configures no other; null when it is switched off. */
  digestSchedule: string | null;
  problems: ConfigProblem[];
  warnings: string[];
};

/** What always comes from the environment. The settings are usable only when there is no problem. */
export function readRuntimeSettings(
  environment: Environment,
  { cwd, isTerminal }: Pick<ConfigInput, "cwd" | "isTerminal">,
): Runtime {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const read = <T, U>(name: SettingName, parse: (text: string) => Parsed<T>, unset: U): T | U => {
    const text = environment.get(name);
    if (text === null || text === UNREADABLE) return unset;
    const parsed = parse(text);
    if (parsed.kind === "value") return parsed.value;
    problems.push({ where: environment.whereOf(name), message: parsed.problem });
    return unset;
  };

  const host = read("HOST", parseHost, "127.0.0.1");
  const port = read("PORT", parsePort, 8080);
  const apiToken = read("API_TOKEN", parseApiToken, null);
  if (environment.get("API_TOKEN") === null && !isLoopback(host)) {
    problems.push({ where: environment.whereOf("HOST"), message: REFUSED_WITHOUT_TOKEN });
  }
  const timeZone = read("TZ", parseTimeZone, null);
  const digestSchedule = read("DIGEST_SCHEDULE", parseDigestSchedule, QUICK_DIGEST.schedule);
  const endpoint = read("OTEL_EXPORTER_OTLP_ENDPOINT", parseCollectorUrl, null);
  const headers = read("OTEL_EXPORTER_OTLP_HEADERS", parseCollectorHeaders, {});
  const serviceName = read("OTEL_SERVICE_NAME", parseAsIs, "polarwatch");
  const settings: RuntimeSettings = {
    databaseUrl: read("DATABASE_URL", (text) => parseConnectionUrl(text, ["postgres", "postgresql"]), null),
    databaseConnectionsMax: read("DATABASE_CONNECTIONS", parseConnections, 10),
    redisUrl: read("REDIS_URL", parseRedisUrl, null),
    dataDir: resolve(cwd, read("POLARWATCH_DATA_DIR", parseAsIs, ".polarwatch")),
    http: {
      host,
      port,
      apiToken,
      publicUrl: read("PUBLIC_URL", parsePublicUrl, null) ?? addressOf(host, port),
      trustProxy: read("TRUST_PROXY", parseProxyAddresses, []),
    },
    traces: endpoint === null ? null : { endpoint, headers, serviceName },
    log: {
      level: read("LOG_LEVEL", (text) => parseOneOf(text, LOG_LEVELS), "info" as const),
      format: read("LOG_FORMAT", (text) => parseOneOf(text, LOG_FORMATS), isTerminal ? "pretty" : "json"),
    },
  };
  return { settings, timeZone, digestSchedule, problems, warnings };
}

const REFUSED_WITHOUT_TOKEN =
  "polarwatch refuses to start: this is not a loopback address, so whoever reaches the port could read everything, " +
  "and API_TOKEN is not set. Set API_TOKEN to a random text of at least 16 characters, or HOST to 127.0.0.1";

/** Null for the addresses that mean every interface, and for a port that the system chooses. */
function addressOf(host: string, port: number): string | null {
  if (port === 0 || /^[0.]+$|^[0:]+$/.test(host)) return null;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function parseAsIs(text: string): Parsed<string> {
  return { kind: "value", value: text };
}

/** Null for `off`. */
function parseDigestSchedule(text: string): Parsed<string | null> {
  if (text.toLowerCase() === "off") return { kind: "value", value: null };
  const parsed = parseCronFields(text);
  return parsed.kind === "value" ? parsed : { kind: "problem", problem: `${parsed.problem}, or off` };
}
