import { isIP } from "node:net";

/**
 * `implicit`: TLS from the first byte. `required`: STARTTLS or nothing. `optional`: STARTTLS where offered. `local`: as
 * `optional`, with any certificate: on the way to this same machine plain text would do too. `none`: never.
 */
type SmtpTls = "implicit" | "required" | "optional" | "local" | "none";

export type SmtpServer = {
  host: string;
  port: number;
  tls: SmtpTls;
  auth: { user: string; pass: string } | null;
};

const TLS_CHOICES = ["required", "optional", "none"] as const;

/** Reads an `smtp://` or `smtps://` URL; a sentence that says what is wrong with it when it is none. */
export function parseSmtpUrl(text: string): SmtpServer | string {
  if (!URL.canParse(text)) return "this is no URL";
  const url = new URL(text);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") return "the URL has to begin with smtp:// or smtps://";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "") return "the URL names no host";
  if (url.pathname !== "" && url.pathname !== "/") return "the URL must have no path";
  // It is not quoted: it may be the rest of a password in which a question mark was not written %3F.
  if ([...url.searchParams.keys()].some((name) => name !== "tls")) return "the only option that is known is tls";
  const chosen = url.searchParams.get("tls");
  const choice = TLS_CHOICES.find((each) => each === chosen);
  if (chosen !== null && choice === undefined) return `tls has to be one of ${TLS_CHOICES.join(", ")}`;
  const isImplicit = url.protocol === "smtps:";
  if (isImplicit && choice !== undefined && choice !== "required") return "smtps:// always uses TLS";
  const tls = isImplicit ? "implicit" : (choice ?? (isLoopback(host) ? "local" : "required"));
  const auth = authOf(url);
  if (typeof auth === "string") return auth;
  return { host, port: url.port === "" ? (isImplicit ? 465 : 587) : Number(url.port), tls, auth };
}

function authOf(url: URL): SmtpServer["auth"] | string {
  if (url.username === "" && url.password === "") return null;
  if (url.username === "" || url.password === "") return "the URL has to name both a user and a password, or neither";
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    return "a percent sign in the user or password has to be written %25";
  }
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
