import { isLoopback } from "../config/values.js";
import { FOREIGN_HOST, FOREIGN_ORIGIN, type Problem } from "./problem.js";

/** The token that a request carries: as a bearer, or as the password of any user; null when it carries none. */
export function presentedToken(authorization: string | undefined): string | null {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return value;
    case "basic":
      return /^[^:]*:(.+)$/s.exec(Buffer.from(value, "base64").toString("utf8"))?.[1] ?? null;
    default:
      return null;
  }
}

/**
 * What is wrong with a request where no token is needed. Such a place is meant for this machine alone, but a browser on
 * it may be led here by any web page: under a name of that page's own (DNS rebinding), or by its scripts.
 */
export function localRefusal(headers: BrowserHeaders): Problem | null {
  const { host, origin } = headers;
  const [, name] = /^(\[[^\]]*\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host ?? "") ?? [];
  if (host === undefined || name === undefined || !isLoopback(name)) return FOREIGN_HOST;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) return FOREIGN_ORIGIN;
  return isEmbeddedElsewhere(headers) ? FOREIGN_ORIGIN : null;
}

/** What another site's page fetches or shows has no origin where only the answer's being there is asked for, as of images. */
function isEmbeddedElsewhere({ "sec-fetch-site": site, "sec-fetch-mode": mode }: BrowserHeaders): boolean {
  return (site === "cross-site" || site === "same-site") && mode !== "navigate";
}

type BrowserHeaders = {
  host?: string | undefined;
  origin?: string | undefined;
  "sec-fetch-site"?: string | string[] | undefined;
  "sec-fetch-mode"?: string | string[] | undefined;
};

/**
 * Whether a browser says that a page of ours made it send this. What a cookie lets in and changes something has to say
 * so: a page of another site can make a browser send a request, but not say that. A browser that speaks of sites is
 * believed; an older one has to name our own origin.
 */
export function isSameOrigin(headers: BrowserHeaders, publicUrl: string | null): boolean {
  const { host = "", origin, "sec-fetch-site": site } = headers;
  if (site !== undefined) return site === "same-origin";
  if (origin === undefined) return false;
  const own = publicUrl === null ? null : new URL(publicUrl).origin;
  if (own !== null && origin === own) return true;
  const isSecure = own?.startsWith("https:") === true;
  // Without an address of ours nobody knows whether a proxy in front speaks TLS.
  const schemes = isSecure ? ["https"] : ["http", "https"];
  return schemes.some((scheme) => origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`);
}
