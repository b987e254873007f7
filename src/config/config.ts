import type { InhibitRule, VendorWidePolicy } from "../domain/inhibition.js";
import type { Matcher } from "../domain/matcher.js";
import type { RetentionPolicy } from "../domain/retention.js";
import type { Route } from "../domain/route.js";
import type { Rule } from "../domain/rule.js";
import type { AttributeSlot, ServerId } from "../domain/snapshot.js";
import type { TimeInterval } from "../domain/time-interval.js";
import type { LogFormat, LogLevel } from "../lib/logger.js";
import type { DestinationKindName, DestinationSettings } from "./destination-kinds.js";

/** Everything that was configured, checked as a whole and deeply frozen. */
export type Config = {
  readonly servers: readonly ServerConfig[];
  readonly receivers: readonly ReceiverConfig[];
  /**
   * Who is told what, as a tree with everything inherited filled in. The root's receiver is that of every server that
   * names no other. Every receiver in it is one of `receivers`, every interval one of `timeIntervals`.
   */
  readonly route: Route;
  /** By name. */
  readonly timeIntervals: Readonly<Record<string, TimeInterval>>;
  /** What raises alerts, in the order in which it is asked. Never empty, no name twice. */
  readonly rules: readonly Rule[];
  readonly inhibitRules: readonly InhibitRule[];
  readonly vendorWide: VendorWidePolicy;
  readonly retention: RetentionPolicy;
  /** No name twice. */
  readonly digests: readonly DigestConfig[];
  /** Null: none is sent. Its address is a secret. */
  readonly heartbeat: { readonly url: string; readonly intervalMs: number } | null;
  readonly drill: DrillConfig;
  /** Null: the embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Of each pool of connections to it. */
  readonly databaseConnectionsMax: number;
  /** Null: the queue lives in Postgres. */
  readonly redisUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly http: HttpConfig;
  /** Null: nobody is sent any. */
  readonly traces: TracesConfig | null;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /** One sentence each, free of secrets: what was understood, but deserves a look. */
  readonly warnings: readonly string[];
};

type HttpConfig = {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Never null when `host` is not a loopback address. */
  readonly apiToken: string | null;
  /** The address under which people reach the page, without a trailing slash; null when it is not known. */
  readonly publicUrl: string | null;
  /** Addresses and networks of proxies that are believed about whom they forward. */
  readonly trustProxy: readonly string[];
};

/** Who is sent traces. The endpoint may hold a password; the headers are secret. */
export type TracesConfig = {
  /** `http` or `https`: where OTLP over HTTP is taken, without the path of a signal. */
  readonly endpoint: string;
  /** No name twice; each can be sent as it is. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
};

export type Credentials =
  | { readonly kind: "api-key"; readonly apiKey: string }
  | { readonly kind: "password"; readonly username: string; readonly password: string };

/** One Polarity server and how to read it. */
export type ServerConfig = {
  readonly name: ServerId;
  /** `http` or `https`, without user, query, fragment or trailing slash. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly intervalMs: number;
  /** Certificates in PEM, all of them readable, to trust besides those of Node.js. */
  readonly ca: string | null;
  /** An `http` or `https` proxy, possibly with a user and password in it; null means a direct connection. */
  readonly proxyUrl: string | null;
  readonly tlsVerify: boolean;
  /** The server's own spelling of attributes, where it was configured; no name twice. */
  readonly attributes: Readonly<Partial<Record<AttributeSlot, string>>>;
  /** Always the name of one of `receivers`: where the route tells what none of its own branches takes. */
  readonly receiver: string;
  readonly timeouts: { readonly connectMs: number; readonly headersMs: number; readonly bodyMs: number };
  /** No more than this is read for one list. */
  readonly bytesMax: number;
};

/** `fallback`: the receiver that is told what this one did not get; null: the other destinations of this one. */
export type ReceiverConfig = {
  readonly name: string;
  readonly destinations: readonly DestinationConfig[];
  readonly fallback: string | null;
};

/** One channel, mailbox or endpoint. The id is unique, holds no secret and outlives a restart. */
export type DestinationConfig<Kind extends DestinationKindName = DestinationKindName> = {
  [Each in Kind]: { readonly id: string; readonly kind: Each; readonly settings: DestinationSettings[Each] };
}[Kind];

/** A report of what changed, sent by a schedule. */
export type DigestConfig = {
  readonly name: string;
  /** Five cron fields, in the local time of `timeZone`, an IANA name. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly receiver: string;
  /** Ids of the destinations of that receiver which get it. */
  readonly destinations: readonly string[];
  readonly whenEmpty: "skip" | "say";
  /** Of servers; an empty list matches all. */
  readonly servers: readonly Matcher[];
};

/** How polarwatch proves itself by an error of its own. */
export type DrillConfig = {
  /** Null: only when somebody asks for one. */
  readonly schedule: string | null;
  readonly timeZone: string;
  /** Told of drills and of nothing else; null: a destination inside polarwatch. */
  readonly receiver: string | null;
  /** Whether a heartbeat is sent only while the last drill arrived. */
  readonly heartbeat: boolean;
};

/** Something to put right before polarwatch can start. Neither part ever holds a configured value. */
export type ConfigProblem = {
  /** The name of a setting, or `file:line:column` and the path in the file. */
  readonly where: string;
  readonly message: string;
};

export type LoadedConfig =
  | { readonly kind: "valid"; readonly config: Config }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** All that a configuration is made of; nothing is read besides. */
export type ConfigInput = {
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths in the environment start here. */
  cwd: string;
  /** The text of a file. Throws when it cannot be read, with the system's `code` (`ENOENT`) where there is one. */
  readFile: (path: string) => string;
  /** The time zone of the machine, where TZ says no other. Default UTC. */
  timeZone?: string;
  /** Whether log lines go to a terminal, and so to a person. */
  isTerminal: boolean;
  /** False for a command that needs the database only: then a configuration without servers is fine. Default true. */
  serversRequired?: boolean;
  /** True: no configuration file is looked for. Default false. */
  ignoresFile?: boolean;
};
