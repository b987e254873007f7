import type { ServerId } from "../domain/snapshot.js";
import type { Credentials, ServerConfig } from "./config.js";
import type { ServerContent } from "./file-schema.js";
import { isLoopback } from "./values.js";

const MINUTE_MS = 60_000;

/** What holds for a server where nothing else is configured. */
export const SERVER_DEFAULTS = {
  intervalMs: MINUTE_MS,
  timeouts: { connectMs: 10_000, headersMs: 30_000, bodyMs: MINUTE_MS },
  bytesMax: 64 * 1024 * 1024,
} as const;

/** One server from checked content. `proxyUrl` is what the environment asks for; the content's own wins. */
export function serverConfigOf(
  content: ServerContent,
  fallback: { receiver: string; proxyUrl: string | null },
): ServerConfig {
  const { connect, headers, body } = content.timeouts ?? {};
  const slots = Object.entries(content.attributes ?? {}).filter(([, attribute]) => attribute !== undefined);
  return {
    name: serverIdOf(content.name),
    url: content.url,
    credentials: credentialsOf(content),
    intervalMs: content.interval ?? SERVER_DEFAULTS.intervalMs,
    ca: content.ca ?? null,
    proxyUrl: content.proxy_url ?? fallback.proxyUrl,
    tlsVerify: content.tls_verify ?? true,
    attributes: Object.fromEntries(slots),
    receiver: content.receiver ?? fallback.receiver,
    timeouts: {
      connectMs: connect ?? SERVER_DEFAULTS.timeouts.connectMs,
      headersMs: headers ?? SERVER_DEFAULTS.timeouts.headersMs,
      bodyMs: body ?? SERVER_DEFAULTS.timeouts.bodyMs,
    },
    bytesMax: content.bytes_max ?? SERVER_DEFAULTS.bytesMax,
  };
}

/** For names that are known to be good: those that passed the schema, and our own. */
export function serverIdOf(name: string): ServerId {
  return name as ServerId;
}

/** What is worth a second look in a server that is otherwise fine. */
export function warningsOfServer({ name, url, tlsVerify, ca }: ServerConfig): string[] {
  const { protocol, hostname } = new URL(url);
  const warnings: string[] = [];
  if (protocol === "http:" && !isLoopback(hostname)) {
    warnings.push(`Server ${name} is read over http: its credentials cross the network in clear text`);
  }
  if (!tlsVerify) {
    const instead =
      ca === null ? "give its certificate authority instead" : "the certificates given for it are not used";
    warnings.push(`Server ${name} is read without verifying its certificate, so anyone may pose as it; ${instead}`);
  }
  return warnings;
}

function credentialsOf({ name, api_key, username, password }: ServerContent): Credentials {
  if (api_key !== undefined) return { kind: "api-key", apiKey: api_key };
  if (username !== undefined && password !== undefined) return { kind: "password", username, password };
  throw new Error(`Server ${name} passed the checks without credentials`);
}
