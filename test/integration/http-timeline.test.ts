import { expect } from "vitest";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { startHttp } from "../support/http-server.js";
import { readList, readPages, readProblems } from "../support/json-api.js";
import { aFailure, anError, aRead, MINUTE, Watch } from "../support/watch.js";

const SPAN = "filter[since]=2026-03-01T11:59:00Z&filter[until]=2026-03-01T12:18:00Z";
const gap = (length: number) => Array.from({ length }, () => null);

/** From 12:01 on: total 5, 7, 7, nobody there until 12:14, then 20, reset to 3, gone. */
async function aWatchedError(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  const total = (occurrences: number) =>
    aRead([anError({ occurrences }), anError({ polarityId: "e2", title: "Other" })]);
  for (const occurrences of [5, 7, 7]) await watch.minute(total(occurrences));
  await watch.minute(aFailure("timeout"));
  watch.clock.advance(9 * MINUTE);
  for (const occurrences of [20, 3]) await watch.minute(total(occurrences));
  await watch.minute(aRead([anError({ polarityId: "e2", title: "Other" })]));
  return watch;
}

databaseTest("a timeline counts what was added, and shows as gaps what nobody watched", async ({ db }) => {
  const server = await startHttp(await aWatchedError(db));
  const [error] = (await readList(server, "/api/errors?sort=first-seen-at")).data;
  const { data, meta } = await readList(server, `/api/errors/${error?.id}/timeline?bucket=1m&${SPAN}`);
  const added = data.map(({ attributes }) => attributes.added);
  expect(added).toEqual([...gap(2), 0, 2, 0, ...gap(10), 13, 3, 0, null]);
  expect(meta).toMatchObject({ bucket: "1m", "time-zone": "UTC", added: 18, since: "2026-03-01T11:59:00.000Z" });
  const [sum] = await db.$queryRaw<{ added: bigint }[]>`
    SELECT sum(added)::bigint AS added FROM change WHERE error_id::text = ${error?.id}`;
  expect(Number(sum?.added)).toBe(18);
});

databaseTest("a timeline of an error that changed more often than is read at once counts all", async ({ db }) => {
  const server = await startHttp(await aWatchedError(db));
  const [error] = (await readList(server, "/api/errors?sort=first-seen-at")).data;
  await db.$executeRaw`UPDATE change SET added_total = added_total + 600 WHERE error_id::text = ${error?.id} AND at > '2026-03-01T12:02:30Z'`;
  await db.$executeRaw`
    INSERT INTO change (at, server_id, integration_id, error_id, snapshot_id, kind, added, added_because, added_total, over_ms, restarted)
    SELECT at + n * interval '50 ms', server_id, integration_id, error_id, snapshot_id, kind, 1, added_because,
           added_total + n, 50, false
      FROM change CROSS JOIN generate_series(1, 600) AS n
     WHERE error_id::text = ${error?.id} AND at >= '2026-03-01T12:02Z' AND at < '2026-03-01T12:03Z'`;
  const { data, meta } = await readList(server, `/api/errors/${error?.id}/timeline?bucket=1m&${SPAN}`);
  const added = data.map(({ attributes }) => attributes.added);
  expect(added).toEqual([...gap(2), 0, 602, 0, ...gap(10), 13, 3, 0, null]);
  expect(meta).toMatchObject({ added: 618 });
});

databaseTest(
  "days of a timeline are those of the time zone, and a timeline has at most 2000 buckets",
  async ({ db }) => {
    const server = await startHttp(await aWatchedError(db));
    const path = "/api/errors/1/timeline";
    const days = await readList(server, `${path}?bucket=1d&time-zone=Asia/Kolkata&filter[since]=2026-02-28`);
    expect(days.data.map(({ attributes }) => [attributes.from, attributes.added])).toEqual([
      ["2026-02-27T18:30:00.000Z", null],
      ["2026-02-28T18:30:00.000Z", 18],
    ]);
    expect((await readList(server, path)).meta).toMatchObject({ bucket: "1h", added: 18 });
    for (const [query, problem] of [
      ["bucket=1m&filter[since]=2026-02-01", /^bucket: .*2000.*1h or longer/],
      ["filter[since]=2020-01-01", /^filter\[since\]: .*2000 days/],
      ["bucket=2h", /^bucket: .*1m, 5m/],
      ["bucket=1d&time-zone=Mars/Base", /^time-zone: .*Europe\/Berlin/],
      ["bucket=1h&time-zone=Asia/Kolkata", /^time-zone: .*bucket=1d/],
      ["filter[since]=2026-03-02", /^filter\[since\]: /],
      ["filter[since]=2026-02-02&filter[until]=2026-02-01", /^filter\[until\]: /],
      ["page[size]=1", /^page\[size\]: /],
    ] as const) {
      expect(await readProblems(server, `${path}?${query}`)).toEqual([expect.stringMatching(problem)]);
    }
    for (const id of ["99", "x", "%00"])
      expect(await readProblems(server, `/api/errors/${id}/timeline`, 404)).toHaveLength(1);
  },
);

databaseTest("observations tell when an error differed and how, page by page", async ({ db }) => {
  const server = await startHttp(await aWatchedError(db));
  const pages = await readPages(server, "/api/errors/1/observations?page[size]=2");
  const rows = pages.flatMap(({ data }) => data.map(({ attributes }) => attributes));
  expect(rows.map((row) => [row.occurrences, row.present, row["differs-in"]])).toEqual([
    [3, false, ["present"]],
    [3, true, ["occurrences"]],
    [20, true, ["occurrences"]],
    [7, true, ["occurrences"]],
    [5, true, null],
  ]);
  expect(rows[0]).toMatchObject({ "http-status": null, cause: "network", "observed-at": "2026-03-01T12:16:00.000Z" });
  const some = await readList(
    server,
    "/api/errors/1/observations?filter[since]=2026-03-01T12:02:00Z&filter[until]=2026-03-01T12:14:00Z",
  );
  expect(some.data.map(({ attributes }) => attributes.occurrences)).toEqual([7]);
  expect(await readProblems(server, "/api/errors/99/observations", 404)).toHaveLength(1);
  expect(await readProblems(server, "/api/errors/1/observations?page[after]=x")).toHaveLength(1);
});
