import { createHash } from "node:crypto";
import type { Config, Credentials, ServerConfig } from "../src/config/config.js";
import { DEFAULT_RETRY, type PolarityClientOptions } from "../src/polarity/client.js";
import type { WatchedServer } from "../src/store/servers.js";

/** How the client is to read a configured server. */
export function clientOptionsOf(server: ServerConfig): PolarityClientOptions {
  const { url, credentials, ca, proxyUrl, tlsVerify, attributes, timeouts, bytesMax } = server;
  return { url, credentials, ca, proxyUrl, tlsVerify, attributes, timeouts, bytesMax, retry: DEFAULT_RETRY };
}

/** Tells other credentials from the same ones without holding them: what a key proved, another one has yet to prove. */
function credentialsDigestOf(credentials: Credentials): string {
  const identity = credentials.kind === "api-key" ? credentials.apiKey : credentials.username;
  return createHash("sha256").update(`${credentials.kind} ${identity}`).digest("hex").slice(0, 16);
}

/** The configured servers as they are put on record. */
export function watchedServersOf(config: Config): WatchedServer[] {
  return config.servers.map((server) => ({
    id: server.name,
    url: server.url,
    intervalMs: server.intervalMs,
    credentialsDigest: credentialsDigestOf(server.credentials),
  }));
}
