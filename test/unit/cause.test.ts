import { describe, expect, test } from "vitest";
import { CAUSES, type Cause, classifyCause } from "../../src/domain/cause.js";
import type { JsonObject } from "../../src/domain/json.js";
import type { ErrorText } from "../../src/domain/snapshot.js";
import { anErrorText, loadSampleErrors } from "../support/sample-errors.js";

const samples = await loadSampleErrors();

/** What only a guess could get right: the texts name no cause, and the status is no number. */
const KNOWN_MISSES = ["Nested failure", "Numbers at the edge", "Status out of range", "Status in words"];

test("of the samples all but four are classified as a reader would, and those four are called other", () => {
  const missed = samples.filter(({ cause, error }) => classifyCause(error).cause !== cause);
  expect(missed.map(({ name }) => name)).toEqual(KNOWN_MISSES);
  expect(missed.map(({ error }) => classifyCause(error).cause)).toEqual(["other", "other", "other", "other"]);
  expect(1 - missed.length / samples.length).toBeGreaterThanOrEqual(0.95);
});

/** Wordings of common programs and services, none of them among the samples. */
const WORDINGS: [Cause, string, (number | null)?, JsonObject?][] = [
  ["credential", "Invalid API token provided"],
  ["credential", "Your API key has expired. Please renew it."],
  ["credential", "HTTP 401 Unauthorized"],
  ["credential", "You do not have permission to perform this action", 403],
  ["credential", "Failed to obtain access token: AADSTS7000222: The provided client secret keys are expired."],
  ["credential", "Login failed for user 'svc_polarity'."],
  [
    "credential",
    "The security token included in the request is invalid",
    400,
    { err: { code: "UnrecognizedClientException" } },
  ],
  ["credential", "INVALID_LOGIN: Invalid username, password, security token; or user locked out."],
  ["credential", "Wrong API key", 403],
  ["credential", "jwt expired", 401],
  ["credential", "Session expired or invalid", 401],
  ["credential", "Bad credentials"],
  ["credential", "Access Denied"],
  ["credential", "Insufficient privileges to complete the operation."],
  ["credential", "User account is locked"],
  ["quota", "You have exceeded your daily API request limit", 403],
  ["quota", "429 Too Many Requests"],
  ["quota", "Request rate is too large"],
  ["quota", "API calls quota exceeded! maximum admitted 2 per Second.", 429],
  ["quota", "You have run out of credits"],
  ["quota", "Monthly search quota has been reached"],
  ["quota", "Hourly rate limit exceeded, 0 requests remaining"],
  ["quota", "Maximum number of requests per minute exceeded"],
  ["quota", "Your plan does not include this many lookups: upgrade your plan", 402],
  ["network", "connect ECONNREFUSED 10.0.0.1:443"],
  ["network", "getaddrinfo ENOTFOUND api.example.com"],
  ["network", "socket hang up"],
  ["network", "TypeError: fetch failed"],
  [
    "network",
    "Client network socket disconnected before secure TLS connection was established",
    null,
    { err: { code: "ECONNRESET" } },
  ],
  ["network", "read ECONNRESET", 500],
  ["network", "Unable to reach the server"],
  ["network", "The remote host closed the connection"],
  ["network", "No route to host"],
  ["network", "connection to server at 10.1.1.1, port 5432 failed: Connection refused"],
  ["tls", "unable to verify the first certificate"],
  ["tls", "self signed certificate in certificate chain"],
  ["tls", "certificate has expired"],
  ["tls", "unable to get local issuer certificate"],
  ["tls", "Client certificate required"],
  ["tls", "ssl3_read_bytes:sslv3 alert handshake failure"],
  ["tls", "write EPROTO 140735:error:1408F10B:SSL routines"],
  ["tls", "The SSL connection could not be established"],
  ["timeout", "timeout of 30000ms exceeded", null, { err: { code: "ECONNABORTED" } }],
  ["timeout", "Request timed out after 60 seconds"],
  ["timeout", "Gateway Timeout"],
  ["timeout", "504 Gateway Time-out"],
  ["timeout", "The operation was aborted due to timeout"],
  ["timeout", "canceling statement due to statement timeout", null, { code: "57014" }],
  ["timeout", "Query exceeded the maximum execution time"],
  ["timeout", "No response received from the server within 30 seconds"],
  ["vendor", "Internal Server Error", 500],
  ["vendor", "Service Unavailable"],
  ["vendor", "502 Bad Gateway"],
  ["vendor", "The service is temporarily overloaded", 529],
  ["vendor", "Unexpected end of JSON input"],
  ["vendor", "Unexpected token 'I', \"Internal S\"... is not valid JSON"],
  ["vendor", "invalid json response body at https://api.example.com reason: Unexpected token <"],
  ["vendor", "Something went wrong on our end", 500],
  ["vendor", "Site is down for maintenance"],
  ["config", "You must provide a valid URL"],
  ["config", 'Invalid URI "htps:/foo"'],
  ["config", "Option 'url' is required"],
  ["config", "The API is not enabled for your project", 403],
  ["config", "Unknown index [logs-*]", 404],
  ["config", "no such index [polarity]", 404],
  ["config", 'column "ip" does not exist', null, { code: "42703" }],
  ["config", "Not Found", 404],
  ["config", "ENOENT: no such file or directory, open '/app/certs/ca.pem'"],
  ["config", "Your IP address is not whitelisted", 403],
  ["config", "connect EACCES /var/run/x.sock"],
  ["config", "Invalid URL: foo"],
  ["data", "Invalid IP address format", 400],
  ["data", "Bad Request", 400],
  ["data", "Unable to parse the query", 400],
  ["data", "Response body too large"],
  ["data", "Invalid hash"],
  ["data", "maxContentLength size of 2000 exceeded"],
  ["data", 'invalid input syntax for type inet: "foo"', null, { code: "22P02" }],
  ["data", "Query string is too long", 414],
  ["bug", "Cannot read property 'length' of null"],
  ["bug", "x.map is not a function"],
  ["bug", "Cannot find module 'lodash'", null, { err: { code: "MODULE_NOT_FOUND" } }],
  ["bug", "foo is not defined"],
  ["bug", "Maximum call stack size exceeded"],
  ["bug", "Converting circular structure to JSON"],
  ["bug", "Unhandled Promise Rejection"],
  [
    "bug",
    'The "path" argument must be of type string. Received undefined',
    null,
    { err: { code: "ERR_INVALID_ARG_TYPE" } },
  ],
  ["bug", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
  ["other", "Something went wrong"],
  ["other", "Unexpected error"],
];

test.each(WORDINGS)("%s: %s", (cause, shortText, httpStatus = null, meta = {}) => {
  expect(classifyCause(anErrorText({ shortText, httpStatus, meta })).cause).toBe(cause);
});

describe("what beats what", () => {
  const causeOf = (given: Partial<ErrorText>) => classifyCause(anErrorText(given)).cause;

  test("a code of the connection beats a status that was made up for it", () => {
    expect(causeOf({ httpStatus: 500, meta: { err: { code: "ECONNREFUSED" } } })).toBe("network");
  });

  test("a clear wording beats a status, because vendors say 403 for a quota", () => {
    expect(causeOf({ httpStatus: 403, shortText: "Your quota is used up" })).toBe("quota");
  });

  test("a clear wording beats a code that only repeats the status", () => {
    expect(causeOf({ meta: { body: { code: "Forbidden", message: "Quota exceeded" } } })).toBe("quota");
  });

  test("a proxy that wants a login beats the broken connection that it causes", () => {
    expect(causeOf({ shortText: "tunneling socket could not be established", meta: { code: "ECONNRESET" } })).toBe(
      "config",
    );
  });

  test("a status beats the class of the error and a vague wording", () => {
    expect(causeOf({ httpStatus: 429, title: "TypeError", shortText: "Unexpected response" })).toBe("quota");
  });

  test("the error's own words beat what meta quotes", () => {
    expect(causeOf({ shortText: "Rate limit reached", meta: { body: "<h1>Certificate expired</h1>" } })).toBe("quota");
  });

  test("the class of an error decides when nothing else tells", () => {
    expect(causeOf({ title: "RangeError", shortText: "Something is odd" })).toBe("bug");
  });

  test("an error inside an answer with status 200 is the vendor's", () => {
    expect(causeOf({ httpStatus: 200, shortText: "Something is odd" })).toBe("vendor");
  });
});

describe("where it looks", () => {
  const classify = (given: Partial<ErrorText>) => classifyCause(anErrorText(given));

  test.each<[string, Partial<ErrorText>, string]>([
    ["the attribute", { httpStatus: 401, meta: { status: 500 } }, "HTTP status 401"],
    [
      "meta, when the attribute is no failure",
      { httpStatus: 200, meta: { status: 500 } },
      "HTTP status 500 in meta.status",
    ],
    [
      "the places of meta in their order",
      { meta: { body: { status: 401 }, err: { statusCode: 500 } } },
      "HTTP status 500 in meta.err.statusCode",
    ],
    ["a list in meta", { meta: { errors: [{ status: "429" }] } }, "HTTP status 429 in meta.errors[0].status"],
    ["JSON inside a string", { meta: { err: '{"body":{"status":401}}' } }, "HTTP status 401 in meta.err.body.status"],
    ["a text that is JSON", { shortText: '{"err":{"status":401}}' }, "HTTP status 401 in the short text.err.status"],
    ["a text", { shortText: "Request failed with status code 403" }, "HTTP status 403 in the short text"],
    ["a code in meta", { meta: { cause: { code: "CERT_HAS_EXPIRED" } } }, "code CERT_HAS_EXPIRED in meta.cause.code"],
    ["a code in a text", { longText: 'It said "ENOTFOUND."' }, "code ENOTFOUND in the long text"],
    ["words", { title: "It was throttled" }, 'words "throttled" in the title'],
    ["a flag", { meta: { err: { isConnectionReset: true } } }, "meta.err.isConnectionReset is set"],
    ["nothing", { shortText: "Lookup failed" }, "nothing in its status, codes or texts tells"],
  ])("%s is named as the evidence", (_, given, because) => {
    expect(classify(given).because).toBe(because);
  });

  test("what was asked, with what and about whom is no evidence", () => {
    const asked = { status: 401, code: "ECONNREFUSED", message: "rate limit", value: "certificate expired" };
    const meta = { requestOptions: asked, entity: asked, headers: asked, err: { request: asked }, help: "timed out" };
    expect(classify({ shortText: "Lookup failed", meta }).cause).toBe("other");
  });

  test.each(["500 rows of 503 were skipped", "Lookup of 404 indicators failed", "Port 443, error 5003, code 18"])(
    "no status is read out of %j",
    (shortText) => {
      expect(classify({ shortText }).because).not.toContain("HTTP status");
    },
  );

  test("two statuses in one text contradict each other, so neither counts", () => {
    expect(classify({ shortText: "HTTP status 401 after HTTP status 500" }).cause).toBe("other");
  });

  test("keys from outside never reach the sentence unless they are plain words", () => {
    const meta = { "<!channel> \u202e": { code: "ECONNREFUSED" } };
    expect(classify({ meta }).because).toBe("code ECONNREFUSED in meta.?.code");
  });
});

test("every cause has a wording that leads to it", () => {
  expect(new Set(WORDINGS.map(([cause]) => cause))).toEqual(new Set(CAUSES));
});

/** An expression that backtracks would take minutes; what does not takes milliseconds, and seconds on a busy machine. */
const BACKTRACKING_MS = 20_000;

test.each(["a", "a.", "E_", "a_", "[", '{"a":', "access ", "invalid ", "limit ", "ldaperr ", "certificate ", "error "])(
  "texts and meta of 200,000 characters of %j are classified without backtracking",
  (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    const error = anErrorText({
      title: text,
      shortText: text,
      longText: text,
      meta: { message: text, errors: [text, text] },
    });
    const startedAt = performance.now();
    classifyCause(error);
    expect(performance.now() - startedAt).toBeLessThan(BACKTRACKING_MS);
  },
);
