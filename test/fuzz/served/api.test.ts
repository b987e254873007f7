import fc from "fast-check";
import { expect } from "vitest";
import { databaseTest } from "../../support/database.js";
import { fuzz } from "../../support/fuzz.js";
import { ask, startHttp } from "../../support/http-server.js";
import { damaged, jsonTextOf, NASTY_TEXTS, nastyJson, nastyText, STAND_IN_NAMES, spoilt } from "../../support/nasty.js";
import { watchedFor3Minutes } from "../../support/past.js";
import { createRecordingLog } from "../../support/recording-log.js";

const LISTS = [
  "servers",
  "integrations",
  "errors",
  "snapshots",
  "changes",
  "alerts",
  "deliveries",
  "destinations",
  "digests",
  "silences",
  "audit",
  "stats",
  "diff",
  "snapshots/at",
  "errors/:id",
  "errors/:id/why",
  "errors/:id/observations",
  "errors/:id/timeline",
  "alerts/:id",
  "silences/:id",
  "servers/:id",
  "integrations/:id/summary",
];
const PARAMETERS = [
  "page[size]",
  "page[after]",
  "sort",
  "include",
  "from",
  "to",
  "at",
  "bucket",
  "time-zone",
  ...[
    "server",
    "integration",
    "acronym",
    "cause",
    "http-status",
    "state",
    "severity",
    "alert-state",
    "text",
    "error",
    "kind",
    "outcome",
    "since",
    "until",
    "present",
    "added-min",
    "added-since",
    "first-seen-since",
    "first-seen-until",
    "last-seen-since",
    "last-seen-until",
    "destination",
    "subject",
    "author",
    "status",
    "watched",
    "http_status",
  ].map((name) => `filter[${name}]`),
];
const VALUES = [
  "prod",
  "vt",
  "1",
  "2",
  "0",
  "200",
  "201",
  "-occurrences",
  "-added",
  "last-grown-at",
  "error",
  "integration",
  "transitions",
  "2026-03-01",
  "2026-03-01T12:01:00Z",
  "2026-03-01T12:03:00+00:00",
  "1970-01-01",
  "9999-12-31T23:59:59Z",
  "1m",
  "1h",
  "1d",
  "Europe/Berlin",
  "Etc/GMT+12",
  "credential",
  "401",
  "present",
  "gone",
  "open",
  "firing",
  "critical",
  "new",
  "delivered",
  "true",
  "%",
  "_",
  "'",
  "\\",
  "quota:*",
  "100% used_up",
  "a & b | !c",
  "<->",
  "9223372036854775807",
  "9223372036854775808",
  "WyJlcnJvcnMiLG51bGwsIjEiXQ",
  "x,y",
  "integration,integration",
];
const ACCEPTS = [
  "application/vnd.api+json",
  "application/json",
  "text/csv",
  "application/x-ndjson",
  "text/html",
  "*/*",
  "a/b;q=x",
  ";;",
  "",
];

type Read = {
  path: string;
  id: string;
  query: readonly (readonly [string, string, boolean])[];
  accept: string;
  page: boolean;
};
const id = fc.oneof(
  fc.constantFrom("1", "2", "prod", "error-1", "alert-1", "99999999999999999999", "-1", "1e3", "%", "%2F", ".."),
  nastyText,
);
const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PARAMETERS) }, { weight: 1, arbitrary: nastyText });
const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES) }, { weight: 2, arbitrary: nastyText });
const reads: fc.Arbitrary<Read> = fc.record({
  path: fc.constantFrom(...LISTS),
  id,
  accept: fc.constantFrom(...ACCEPTS),
  page: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  query: fc.array(fc.tuple(name, value, fc.boolean()), { maxLength: 5 }),
});

/** As a client would write it, or with only that encoded without which it is no request at all. */
function encoded(text: string, isCareful: boolean): string {
  const whole = Buffer.from(text).toString();
  return isCareful ? encodeURIComponent(whole) : whole.replace(/[^\x21-\x7e]|[#]/gu, encodeURIComponent).slice(0, 3000);
}

function addressOf({ path, id: given, query, page }: Read): string {
  const filled = path.replace(":id", encoded(given, true).slice(0, 2000));
  const base = page
    ? `/${path.startsWith("servers") ? "servers" : "errors"}/${encoded(given, true).slice(0, 2000)}`
    : `/api/${filled}`;
  return `${base}?${query.map(([key, what, isCareful]) => `${encoded(key, isCareful)}=${encoded(what, isCareful)}`).join("&")}`.slice(
    0,
    12_000,
  );
}

const LONG = { timeout: 3_600_000 };

databaseTest("any parameters of any address are answered or named, never HTTP 500", LONG, async ({ db }) => {
  const { clock } = await watchedFor3Minutes(db);
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock, log });
  await fuzz("API reads", reads, async (read) => {
    const address = addressOf(read);
    const { httpStatus, text, headers } = await ask(server, address, { headers: { accept: read.accept } });
    if (httpStatus >= 500) throw new Error(`${address}: HTTP ${httpStatus}: ${JSON.stringify(lines.at(-1))}`);
    if (httpStatus === 400 && headers["content-type"] === "application/vnd.api+json") {
      const { errors } = JSON.parse(text);
      if (
        !errors.every(
          (each: { code: string; source?: object }) => each.source !== undefined || each.code === "bad-request",
        )
      ) {
        throw new Error(`${address}: ${text}`);
      }
    }
  });
  expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
});

const SILENCE = {
  data: {
    type: "silences",
    attributes: {
      matchers: ['integration=~"Virus.*"', 'constructor!=""'],
      "starts-at": "2026-03-01T12:00:00Z",
      "ends-at": "2026-03-02T12:00:00Z",
      author: "ada",
      reason: "a new key",
      "ends-when": { "unmatched-polls": 3, "count-doubles": true, "http-status-changes": false, "text-changes": true },
    },
  },
};
const ACKNOWLEDGEMENT = {
  data: { type: "acknowledgements", attributes: { author: "ada", note: "mine", "until-at": "2026-03-02T00:00:00Z" } },
};
const AUTHOR = { meta: { author: "ada" } };
const NAMES = [
  "data",
  "attributes",
  "meta",
  "author",
  "matchers",
  "reason",
  "ends-at",
  "note",
  "until-at",
  'a="b"',
  'a=~"(a*)*b"',
  'a=~"["',
  '__proto__=~".*"',
  'a="\ud800"',
  'a="\0"',
  "9999-12-31T23:59:59Z",
  "1970-01-01",
  "2026-03-01T12:03:00Z",
  ...STAND_IN_NAMES,
];
const WRITES = [
  ["POST", "/api/silences", SILENCE],
  ["DELETE", "/api/silences/1", AUTHOR],
  ["POST", "/api/alerts/1/acknowledgement", ACKNOWLEDGEMENT],
  ["DELETE", "/api/alerts/1/acknowledgement", AUTHOR],
  ["POST", "/api/alerts/:id/acknowledgement", ACKNOWLEDGEMENT],
  ["DELETE", "/api/silences/:id", AUTHOR],
  ["POST", "/unsubscribe/:id", AUTHOR],
  ["PUT", "/api/silences", SILENCE],
  ["POST", "/api/errors", SILENCE],
  ["POST", "/slack/commands", AUTHOR],
] as const;
const TYPES = [
  "application/vnd.api+json",
  "application/vnd.api+json",
  "application/vnd.api+json",
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "x",
  "multipart/form-data",
];
const writes = fc.constantFrom(...WRITES).chain(([method, path, good]) =>
  fc.record({
    method: fc.constant(method),
    path: id.map((given) => path.replace(":id", encoded(given, true).slice(0, 2000))),
    type: fc.constantFrom(...TYPES),
    body: damaged(
      fc.oneof(
        spoilt(good, NAMES).map(jsonTextOf),
        nastyJson(NAMES, 3).map(jsonTextOf),
        fc.constantFrom(...NASTY_TEXTS),
      ),
    ),
  }),
);

databaseTest("any body of any operation is done or refused with its place, never HTTP 500", LONG, async ({ db }) => {
  const { clock } = await watchedFor3Minutes(db);
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock, log });
  const post = async (method: string, path: string, type: string, body: string) => {
    const { httpStatus, text } = await ask(server, path, { method, headers: { "content-type": type }, body });
    if (httpStatus >= 500)
      throw new Error(`${method} ${path} ${body}: HTTP ${httpStatus}: ${JSON.stringify(lines.at(-1))}`);
    if (httpStatus === 400 && /"bad-body"/.test(text) && !/"pointer":"/.test(text))
      throw new Error(`No place: ${text}`);
  };
  const unmeasurable = { length: { toString: null } };
  for (const spoiltOne of [{ author: unmeasurable }, { matchers: unmeasurable }, { matchers: [unmeasurable] }]) {
    const attributes = { ...SILENCE.data.attributes, ...spoiltOne };
    await post(
      "POST",
      "/api/silences",
      "application/vnd.api+json",
      JSON.stringify({ data: { ...SILENCE.data, attributes } }),
    );
  }
  for (const text of NASTY_TEXTS) {
    const { attributes } = SILENCE.data;
    for (const spoiltOne of [
      { author: text },
      { reason: text },
      { matchers: [text] },
      { matchers: [`a="${text}"`] },
      { "ends-at": text },
    ]) {
      await post(
        "POST",
        "/api/silences",
        "application/vnd.api+json",
        JSON.stringify({ data: { ...SILENCE.data, attributes: { ...attributes, ...spoiltOne } } }),
      );
    }
    for (const alert of ["1", "2", "3"]) {
      const acknowledged = { ...ACKNOWLEDGEMENT.data, attributes: { author: text, note: text } };
      await post(
        "POST",
        `/api/alerts/${alert}/acknowledgement`,
        "application/vnd.api+json",
        JSON.stringify({ data: acknowledged }),
      );
      await post(
        "DELETE",
        `/api/alerts/${alert}/acknowledgement`,
        "application/vnd.api+json",
        JSON.stringify({ meta: { author: text } }),
      );
    }
  }
  await fuzz("API writes", writes, ({ method, path, type, body }) => post(method, path, type, body));
  for (const path of [
    "/api/silences?page[size]=200",
    "/api/audit?page[size]=200",
    "/api/alerts",
    "/errors/1",
    "/errors/4",
  ]) {
    expect((await ask(server, path)).httpStatus, path).toBeLessThan(500);
  }
  expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
});
