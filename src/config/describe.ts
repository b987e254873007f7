import type { InhibitRule } from "../domain/inhibition.js";
import { formatMatcher } from "../domain/matcher.js";
import type { Route } from "../domain/route.js";
import type { Rule } from "../domain/rule.js";
import type { Config, Credentials, DestinationConfig, DigestConfig, ServerConfig, TracesConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";
import { type SettingTerms, settingTermsOf } from "./destination-kinds.js";

const MASK = "***";

/** Matchers as texts, as people write them: a regular expression says nothing in JSON. */
type WithMatcherTexts<T, Key extends keyof T> = Omit<T, Key> & { readonly [Each in Key]: readonly string[] };

type RouteDescription = WithMatcherTexts<Omit<Route, "routes">, "matchers"> & {
  readonly routes: readonly RouteDescription[];
};

type DestinationDescription = Pick<DestinationConfig, "id" | "kind"> & {
  readonly settings: Readonly<Record<string, unknown>>;
};

/** A configuration to be shown, without secrets. */
export type ConfigDescription = Omit<Config, "receivers" | "route" | "rules" | "inhibitRules" | "digests"> & {
  readonly receivers: readonly {
    readonly name: string;
    readonly destinations: readonly DestinationDescription[];
    readonly fallback: string | null;
  }[];
  readonly route: RouteDescription;
  readonly rules: readonly WithMatcherTexts<Rule, "matchers">[];
  readonly digests: readonly WithMatcherTexts<DigestConfig, "servers">[];
  readonly inhibitRules: readonly WithMatcherTexts<InhibitRule, "sourceMatchers" | "targetMatchers">[];
};

/** The same configuration with every secret masked: safe to print, as text or as JSON. Fields are chosen, not removed. */
export function describeConfig(config: Config): ConfigDescription {
  const { databaseUrl, databaseConnectionsMax, redisUrl, dataDir, http, traces, log } = config;
  return deepFreeze({
    servers: config.servers.map(describeServer),
    receivers: config.receivers.map(({ name, destinations, fallback }) => ({
      name,
      fallback,
      destinations: destinations.map(describeDestination),
    })),
    route: describeRoute(config.route),
    timeIntervals: config.timeIntervals,
    rules: config.rules.map((rule) => ({ ...rule, matchers: rule.matchers.map(formatMatcher) })),
    inhibitRules: config.inhibitRules.map(({ sourceMatchers, targetMatchers, equal }) => ({
      sourceMatchers: sourceMatchers.map(formatMatcher),
      targetMatchers: targetMatchers.map(formatMatcher),
      equal,
    })),
    digests: config.digests.map((digest) => ({ ...digest, servers: digest.servers.map(formatMatcher) })),
    vendorWide: { ...config.vendorWide },
    retention: { ...config.retention },
    heartbeat: config.heartbeat === null ? null : { ...config.heartbeat, url: maskPath(config.heartbeat.url) },
    drill: { ...config.drill },
    databaseUrl: databaseUrl === null ? null : maskUrl(databaseUrl),
    databaseConnectionsMax,
    redisUrl: redisUrl === null ? null : maskUrl(redisUrl),
    dataDir,
    http: { ...http, apiToken: http.apiToken === null ? null : MASK },
    traces: traces === null ? null : describeTraces(traces),
    log: { ...log },
    warnings: [...config.warnings],
  });
}

function describeRoute(route: Route): RouteDescription {
  return { ...route, matchers: route.matchers.map(formatMatcher), routes: route.routes.map(describeRoute) };
}

function describeServer(server: ServerConfig): ServerConfig {
  const count = server.ca?.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  return {
    ...server,
    credentials: describeCredentials(server.credentials),
    ca: server.ca === null ? null : `${count} ${count === 1 ? "certificate" : "certificates"}`,
    proxyUrl: server.proxyUrl === null ? null : maskUrl(server.proxyUrl),
  };
}

function describeTraces({ endpoint, headers, serviceName }: TracesConfig): TracesConfig {
  const masked = Object.keys(headers).map((name) => [name, MASK] as const);
  return { endpoint: maskUrl(endpoint), headers: Object.fromEntries(masked), serviceName };
}

function describeCredentials(credentials: Credentials): Credentials {
  switch (credentials.kind) {
    case "api-key":
      return { kind: "api-key", apiKey: MASK };
    case "password":
      return { kind: "password", username: credentials.username, password: MASK };
    default:
      throw new Error(`Unknown credentials: ${(credentials satisfies never as Credentials).kind}`);
  }
}

/** Fields are chosen: one that its kind says nothing about is not shown. */
function describeDestination({ id, kind, settings }: DestinationConfig): DestinationDescription {
  const given: Readonly<Record<string, unknown>> = settings;
  const shown = settingTermsOf(kind).flatMap(([key, terms]) =>
    given[key] === undefined ? [] : [[key, shownOf(given[key], terms.shown)] as const],
  );
  return { id, kind, settings: Object.fromEntries(shown) };
}

function shownOf(value: unknown, shown: SettingTerms["shown"]): unknown {
  switch (shown) {
    case "all":
      return value;
    case "address":
      return maskUrl(String(value));
    case "origin":
      return maskPath(String(value));
    case "nothing":
      return MASK;
    default:
      throw new Error(`Unknown way to show a setting: ${shown satisfies never}`);
  }
}

/** A password can stand in the user part or in the query, as `?password=`. A user without one may itself be a token. */
function maskUrl(text: string): string {
  if (!URL.canParse(text)) return MASK;
  const url = new URL(text);
  if (url.password !== "") url.password = MASK;
  else if (url.username !== "") url.username = MASK;
  const bare = url.href.split(/[?#]/)[0] ?? MASK;
  return url.search === "" && url.hash === "" ? bare : `${bare}?${MASK}`;
}

function maskPath(text: string): string {
  if (!URL.canParse(text)) return MASK;
  return `${new URL(text).origin}/${MASK}`;
}
