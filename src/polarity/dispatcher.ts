import * as tls from "node:tls";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { Timeouts } from "./transport.js";

export type ConnectionOptions = {
  /** PEM, trusted besides the system's roots. */
  ca: string | null;
  proxyUrl: string | null;
  /** False accepts every certificate of the server. */
  tlsVerify: boolean;
  timeouts: Timeouts;
};

/** The connections to one server: straight, or through a tunnel of an HTTP proxy. Throws on a CA that is not PEM. */
export function createDispatcher({ ca, proxyUrl, tlsVerify, timeouts }: ConnectionOptions): Dispatcher {
  const trust = { ...trusted(ca), timeout: timeouts.connectMs };
  const server = { ...trust, rejectUnauthorized: tlsVerify };
  const limits = { headersTimeout: timeouts.headersMs, bodyTimeout: timeouts.bodyMs };
  if (proxyUrl === null) return new Agent({ ...limits, connect: server });
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: server, proxyTls: trust });
}

/** A list of CAs replaces Node's own, so the system's come first in it. */
function trusted(ca: string | null): { ca?: string[] } {
  if (ca === null) return {};
  if (!/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(ca))
    throw new Error("The CA of a Polarity server is not PEM");
  return { ca: [...systemRoots(), ca] };
}

/** With what NODE_EXTRA_CA_CERTS adds, where Node can tell. */
function systemRoots(): readonly string[] {
  if (!("getCACertificates" in tls) || typeof tls.getCACertificates !== "function") return tls.rootCertificates;
  const roots: unknown = tls.getCACertificates("default");
  return Array.isArray(roots) ? roots.filter((root): root is string => typeof root === "string") : tls.rootCertificates;
}
