import type { Config, Credentials, DestinationConfig, ServerConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";

const MASK = "***";

/** The same configuration with every secret masked: safe to print, as text or as JSON. Fields are chosen, not removed. */
export function describeConfig(config: Config): Config {
  const { servers, receivers, route, databaseUrl, redisUrl, dataDir, http, log, warnings } = config;
  return deepFreeze({
    servers: servers.map(describeServer),
    receivers: receivers.map(({ name, destinations }) => ({
      name,
      destinations: destinations.map(describeDestination),
    })),
    route: { ...route },
    databaseUrl: databaseUrl === null ? null : maskUrl(databaseUrl),
    redisUrl: redisUrl === null ? null : maskUrl(redisUrl),
    dataDir,
    http: { ...http, apiToken: http.apiToken === null ? null : MASK },
    log: { ...log },
    warnings: [...warnings],
  });
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

function describeDestination(destination: DestinationConfig): DestinationConfig {
  const { id } = destination;
  switch (destination.kind) {
    case "slack": {
      const { channel, api_url } = destination.settings;
      const gateway = api_url === undefined ? {} : { api_url: maskUrl(api_url) };
      return { id, kind: "slack", settings: { bot_token: MASK, channel, ...gateway } };
    }
    case "email": {
      const { smtp_url, from, to } = destination.settings;
      return { id, kind: "email", settings: { smtp_url: maskUrl(smtp_url), from, to: [...to] } };
    }
    case "webhook": {
      const { url, secret } = destination.settings;
      const signed = secret === undefined ? {} : { secret: MASK };
      return { id, kind: "webhook", settings: { url: maskPath(url), ...signed } };
    }
    case "console":
      return { id, kind: "console", settings: {} };
    default:
      throw new Error(`Unknown destination: ${(destination satisfies never as DestinationConfig).kind}`);
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

/** The path of a webhook's address is what lets one in. */
function maskPath(text: string): string {
  if (!URL.canParse(text)) return MASK;
  return `${new URL(text).origin}/${MASK}`;
}
