import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopback } from "../config/values.js";
import { FOREIGN_HOST, FOREIGN_ORIGIN, type Problem } from "./problem.js";

/** Whether the request carries the token: as a bearer, or as the password that a browser was asked for. */
export function carriesToken(authorization: string | undefined, apiToken: string): boolean {
  if (authorization === undefined) return false;
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return isSame(value, apiToken);
    case "basic": {
      const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, "base64").toString("utf8")) ?? [];
      return isSame(password, apiToken);
    }
    default:
      return false;
  }
}

/** Takes as long for a text that is nearly right as for one that is all wrong. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * What is wrong with a request where no token is needed. Such a place is meant for this machine alone, but a browser on
 * it may be led here by any web page: under a name of that page's own (DNS rebinding), or by its scripts.
 */
export function localRefusal(headers: { host?: string | undefined; origin?: string | undefined }): Problem | null {
  const { host, origin } = headers;
  const [, name] = /^(\[[^\]]*\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host ?? "") ?? [];
  if (host === undefined || name === undefined || !isLoopback(name)) return FOREIGN_HOST;
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}` ? null : FOREIGN_ORIGIN;
}
