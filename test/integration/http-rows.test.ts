import { expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { patchyErrors, watchedFor3Minutes } from "../support/past.js";
import { anError, aRead, Watch } from "../support/watch.js";

const LISTS = [
  "servers",
  "integrations",
  "errors",
  "errors/1/observations",
  "errors/1/timeline",
  "snapshots",
  "changes",
  "alerts",
  "deliveries",
  "destinations",
  "digests",
  "silences",
  "audit",
] as const;

const CSV = { headers: { accept: "text/csv" } };
const NDJSON = { headers: { accept: "application/x-ndjson" } };

databaseTest("every list comes as CSV and as lines of JSON, with a heading and the same rows", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  for (const list of LISTS) {
    const csv = await ask(server, `/api/${list}`, CSV);
    const lines = await ask(server, `/api/${list}`, NDJSON);
    expect([list, csv.httpStatus, lines.httpStatus]).toEqual([list, 200, 200]);
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
    expect(csv.headers["content-disposition"]).toBe(`attachment; filename="${list.split("/").at(-1)}.csv"`);
    expect(lines.headers["content-type"]).toBe("application/x-ndjson");
    expect([csv.headers.vary, lines.headers.vary]).toEqual(["accept", "accept"]);
    const rows = lines.text.split("\n").filter((line) => line !== "");
    const [heading, ...cells] = csv.text.split("\r\n");
    const headings = heading?.split(",") ?? [];
    expect(new Set(headings).size).toBe(headings.length);
    for (const row of rows) expect(headings).toEqual(expect.arrayContaining(Object.keys(JSON.parse(row))));
    expect(cells.filter((line) => /^[^ ]/.test(line)).length).toBeGreaterThanOrEqual(rows.length);
  }
});

databaseTest("an empty list has the headings of a full one", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const full = await ask(server, "/api/errors", CSV);
  const none = await ask(server, "/api/errors?filter[cause]=tls", CSV);
  expect(none.text).toMatch(/^id,[a-z-]+,[^\r]*,server-id,integration-id[^\r]*\r\n$/);
  expect(none.text).toBe(`${full.text.split("\r\n", 1)[0]}\r\n`);
});

databaseTest("all rows come unless a page is asked for, which says where the next one is", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead(patchyErrors(20)));
  await db.$executeRaw`
    INSERT INTO error (server_id, integration_id, polarity_id, fingerprint, present, headline, cause, first_seen_at, observed_at)
    SELECT 'prod', integration_id, 'more' || n, 'f', true, 'More', 'other', first_seen_at, observed_at
      FROM error, generate_series(1, 500) AS n WHERE error.id = 1`;
  const server = await startHttp(watch);
  const all = await ask(server, "/api/errors?sort=occurrences", NDJSON);
  const ids = all.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(ids).toHaveLength(520);
  expect(new Set(ids).size).toBe(520);
  const page = await ask(server, "/api/errors?sort=occurrences&page[size]=7", CSV);
  expect(page.text.trimEnd().split("\r\n")).toHaveLength(8);
  const [, next = ""] = /^<(.*)>; rel="next"$/.exec(String(page.headers.link)) ?? [];
  const second = await ask(server, next, NDJSON);
  expect(JSON.parse(second.text.split("\n")[0] ?? "").id).toBe(ids[7]);
  const head = await ask(server, "/api/errors", { ...CSV, method: "HEAD" });
  expect([head.httpStatus, head.text]).toEqual([200, ""]);
});

databaseTest("a text that a spreadsheet would run gets an apostrophe, and stays in its cell", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead([anError({ title: null, shortText: '=HYPERLINK("http://evil.example","x"), y' })]));
  const { text } = await ask(await startHttp(watch), "/api/errors", CSV);
  expect(text).toContain(`,"'=HYPERLINK(""http://evil.example"",""x""), y",`);
});

databaseTest("what is wrong with the request is said in JSON before any row", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const refused = async (path: string, asked = CSV) => {
    const { httpStatus, headers, text } = await ask(server, path, asked);
    expect(headers["content-type"]).toBe("application/vnd.api+json");
    return [httpStatus, JSON.parse(text).errors[0].source?.parameter ?? JSON.parse(text).errors[0].code];
  };
  expect(await refused("/api/errors?filter[cause]=odd")).toEqual([400, "filter[cause]"]);
  expect(await refused("/api/errors?page[after]=x")).toEqual([400, "page[after]"]);
  expect(await refused("/api/errors?include=integration")).toEqual([400, "include"]);
  expect(await refused("/api/errors/1")).toEqual([406, "not-acceptable"]);
  expect(await refused("/api/servers/prod", NDJSON)).toEqual([406, "not-acceptable"]);
  expect(await refused("/api/errors/99/timeline")).toEqual([404, "not-found"]);
});

databaseTest("rows are only for those who want them more than JSON", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const typeFor = async (accept: string) =>
    (await ask(server, "/api/errors", { headers: { accept } })).headers["content-type"];
  expect(await typeFor("*/*")).toBe("application/vnd.api+json");
  expect(await typeFor("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")).toBe(
    "application/vnd.api+json",
  );
  expect(await typeFor("text/*")).toMatch(/^text\/csv/);
  expect(await typeFor("application/json, text/csv;q=0.5")).toBe("application/json");
  expect(await typeFor("text/csv, application/json;q=0.5")).toMatch(/^text\/csv/);
});
