/** How surely the value under a name is a secret: `weak` names count only when the value looks like one as well. */
export type Secrecy = "strong" | "weak" | "none";

const STRONG = new RegExp(
  [
    "pass(?:w(?:or)?d|wrd|phrase|code)",
    "secret",
    "credential",
    "authorization",
    "cookie",
    "sess(?:ion)?(?:id|token|key)",
    "(?:api|access|private|auth|client|app|application|subscription|licen[cs]e|encryption|signing|shared|master)key",
    "(?:account|service|consumer|session|storage|function|ssh|rsa|pgp|gpg|aws|sas|hmac|jwt|user|host|admin|vault)key",
    "(?:access|refresh|id|auth|api|bearer|session|security|csrf|xsrf|secret|client)token",
    "csrf|xsrf|jwt|bearer|hmac",
    "tokens?$",
    "clientassertion|samlresponse|codeverifier",
    "^(?:pass|pwd|sig|otp|pfx|sid|privkey)$",
  ].join("|"),
);
/** What is said about a secret is none: `token_type`, `passwordPolicy`, `InvalidCredentialsError`. */
const ABOUT = new RegExp(
  `(?:${[
    "errors?|exception|failure|message|expire[sd]?(?:in|at|on)?|expiry|expiration(?:time)?|type|count|length|policy|status",
    "ur[il]|endpoint|path|file|name|hint|enabled|required|valid|invalid",
  ].join("|")})$`,
);
const WEAK = new Set(["key", "auth", "session", "pw", "signature"]);
/** In a query or a form these short names carry keys. */
const IN_PARAMETERS = new Set(
  "key k auth sign signature xamzsignature xgoogsignature session pw ticket assertion".split(" "),
);
const FOLDED_AWAY = /[-_.\s$[\]]/g;

const HARMLESS_HEADERS = new Set(
  `accept accept-charset accept-encoding accept-language accept-ranges age allow alt-svc apigw-requestid cache-control
  cf-cache-status cf-ray client-request-id connection content-disposition content-encoding content-language content-length
  content-location content-range content-security-policy content-type correlation-id date dnt etag expect expires host
  if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified link location max-forwards
  nel origin permissions-policy pragma proxy-authenticate proxy-connection range ratelimit-limit ratelimit-policy
  ratelimit-remaining ratelimit-reset referer referrer-policy report-to request-id retry-after server server-timing
  strict-transport-security te traceparent trailer transfer-encoding upgrade user-agent vary via warning www-authenticate
  x-amz-request-id x-amzn-requestid x-amzn-trace-id x-aspnet-version x-cache x-content-type-options x-correlation-id
  x-dns-prefetch-control x-download-options x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto
  x-frame-options x-ms-request-id x-powered-by x-rate-limit-limit x-rate-limit-remaining x-rate-limit-reset
  x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-real-ip x-request-id x-robots-tag x-runtime x-served-by
  x-trace-id x-vcap-request-id x-xss-protection`.split(/\s+/),
);

/** Lower case, without what spellings of one name differ in. */
export function foldSecretName(name: string): string {
  return name.toLowerCase().replace(FOLDED_AWAY, "");
}

/** What a name says of its value; `inParameters` when it stands in a query or a form. */
export function secrecyOf(name: string, inParameters: boolean): Secrecy {
  const folded = foldSecretName(name);
  if (ABOUT.test(folded)) return "none";
  if (STRONG.test(folded) || (inParameters && IN_PARAMETERS.has(folded))) return "strong";
  return WEAK.has(folded) ? "weak" : "none";
}

/** True when a header of this name is known to carry no secret. */
export function isHarmlessHeader(name: string): boolean {
  const lower = name.trim().toLowerCase();
  return HARMLESS_HEADERS.has(lower) || lower.startsWith("access-control-");
}

/** True when a key names a map, a list or a block of HTTP headers. */
export function namesHeaders(key: string): boolean {
  return /(?:headers?|trailers)$/.test(foldSecretName(key));
}

/** True when a key names a map of query or form parameters. */
export function namesParameters(key: string): boolean {
  return /^(?:qs|query|params|parameters|form|formdata|search|(?:query|search|url)(?:string)?(?:params|parameters|args))$/.test(
    foldSecretName(key),
  );
}

/** True for one long word of mixed letters and digits, as keys are; not for a plain word or an id with a few digits. */
export function looksLikeSecret(value: string): boolean {
  const part = value.slice(0, 500);
  return part.length >= 12 && /^[\w\-~+/=%]+$/.test(part) && /\d/.test(part) && /[a-z]/i.test(part);
}
