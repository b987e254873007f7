import { expect } from "vitest";
import type { Database } from "../../src/store/prisma.js";
import { databaseTest } from "../support/database.js";
import { startHttp } from "../support/http-server.js";
import { readOne, readProblems } from "../support/json-api.js";
import { aFailure, anError, aRead, MINUTE, Watch } from "../support/watch.js";

/** Two integrations that grow over two hours, with a blind window between; the credential problem becomes one of quota. */
async function twoHours(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  const read = (key: number, quota: boolean, other: number) =>
    aRead(
      [
        anError({
          polarityId: "k",
          title: null,
          shortText: quota ? "Quota exceeded" : "Invalid API key",
          occurrences: key,
        }),
        anError({
          polarityId: "n",
          integrationPolarityId: "sh",
          title: null,
          shortText: "Refused by host",
          occurrences: other,
        }),
      ],
      [{ errorIds: ["k"] }, { polarityId: "sh", name: "Shodan", acronym: "SH", errorIds: ["n"] }],
    );
  for (let minute = 0; minute < 50; minute += 1) await watch.minute(read(minute, false, Math.floor(minute / 10)));
  await watch.minute(aFailure("timeout"));
  watch.clock.advance(20 * MINUTE);
  for (let minute = 0; minute < 30; minute += 1) await watch.minute(read(60 + 2 * minute, true, 5));
  return watch;
}

const added = (rows: unknown) =>
  Object.fromEntries(
    (rows as { name?: string; cause?: string; added: number }[]).map((row) => [row.name ?? row.cause, row.added]),
  );

databaseTest(
  "stats of any span are the sums of its changes, by integration and by the cause of then",
  async ({ db }) => {
    const server = await startHttp(await twoHours(db));
    for (const [since, until] of [
      ["12:00", "14:00"],
      ["12:10", "12:20"],
      ["12:10", "13:00"],
      ["12:30", "13:20"],
      ["13:00", "13:00:30"],
      ["12:59:59", "13:00:01"],
      ["12:10", "13:50"],
      ["12:20:30", "13:31"],
      ["12:50", "13:45"],
      ["11:15", "13:40"],
    ]) {
      const [from, to] = [`2026-03-01T${since}Z`, `2026-03-01T${until}Z`].map((iso) =>
        iso.replace(/T(\d\d:\d\d)Z/, "T$1:00Z"),
      );
      const { data } = await readOne(server, `/api/stats?filter[since]=${from}&filter[until]=${to}`);
      const sums = await db.$queryRaw<{ name: string; cause: string; added: number }[]>`
      SELECT i.name, t.cause, sum(c.added)::integer AS added FROM change AS c JOIN integration AS i ON i.id = c.integration_id
        JOIN observation AS o ON o.error_id = c.error_id AND o.observed_at = c.at JOIN error_text AS t ON t.id = o.text_id
       WHERE c.at >= ${from}::timestamptz AND c.at < ${to}::timestamptz AND c.added > 0 GROUP BY 1, 2`;
      const by = (key: "name" | "cause") => {
        const totals: Record<string, number> = {};
        for (const row of sums) totals[row[key]] = (totals[row[key]] ?? 0) + row.added;
        return totals;
      };
      expect([since, until, added(data.attributes.integrations)]).toEqual([since, until, by("name")]);
      expect(added(data.attributes.causes)).toEqual(by("cause"));
      expect(data.attributes.added).toBe(sums.reduce((sum, row) => sum + row.added, 0));
      const grew = await db.$queryRaw<{ name: string; growingMs: number }[]>`
      SELECT i.name, sum(poll.ms)::integer AS "growingMs" FROM integration AS i JOIN
             (SELECT integration_id, max(over_ms) FILTER (WHERE blind_ms IS NULL) AS ms FROM change
               WHERE at >= ${from}::timestamptz AND at < ${to}::timestamptz AND added > 0 GROUP BY integration_id, at) AS poll
             ON poll.integration_id = i.id GROUP BY 1`;
      const shown = data.attributes.integrations as { name: string; "growing-ms": number }[];
      const growing = new Map(shown.map((row) => [row.name, row["growing-ms"]]));
      expect(growing).toEqual(new Map(grew.map((row) => [row.name, row.growingMs ?? 0])));
    }
  },
);

databaseTest("hours of the week are those of the time zone, half hours included", async ({ db }) => {
  const server = await startHttp(await twoHours(db));
  const hoursIn = async (zone: string) =>
    (await readOne(server, `/api/stats?time-zone=${zone}`)).data.attributes["week-hours"] as { added: number }[];
  const utc = await hoursIn("UTC");
  expect(utc).toEqual([
    { weekday: "sunday", hour: 12, minute: 0, added: expect.any(Number) },
    { weekday: "sunday", hour: 13, minute: 0, added: expect.any(Number) },
  ]);
  expect(await hoursIn("Asia/Kolkata")).toEqual([
    { weekday: "sunday", hour: 17, minute: 30, added: utc[0]?.added },
    { weekday: "sunday", hour: 18, minute: 30, added: utc[1]?.added },
  ]);
  expect(await hoursIn("Pacific/Auckland")).toEqual([
    { weekday: "monday", hour: 1, minute: 0, added: utc[0]?.added },
    { weekday: "monday", hour: 2, minute: 0, added: utc[1]?.added },
  ]);
});

databaseTest(
  "a summary counts the watched time, and that in which an error grew, against the budget",
  async ({ db }) => {
    const server = await startHttp(await twoHours(db));
    const { data } = await readOne(server, "/api/integrations/2/summary?target=50");
    const attributes = data.attributes as Record<string, number | unknown[]>;
    // 49 minutes before and 29 after the blind window were watched; it grew in each.
    expect(attributes).toMatchObject({ "watched-ms": 78 * MINUTE, "growing-ms": 78 * MINUTE, "new-errors": 0 });
    expect(attributes.budget).toEqual({
      "target-percent": 50,
      "reached-percent": 0,
      "allowed-ms": 39 * MINUTE,
      "used-ms": 78 * MINUTE,
      "left-ms": -39 * MINUTE,
    });
    const other = (await readOne(server, "/api/integrations/1/summary")).data.attributes;
    expect(other).toMatchObject({
      "watched-ms": 78 * MINUTE,
      "growing-ms": 4 * MINUTE,
      added: 5,
      "mean-ms-between": null,
    });
    expect(other.causes).toEqual([{ cause: expect.any(String), "errors-present": 1, added: 5 }]);
    for (const [path, parameter] of [
      ["integrations/1/summary?target=100", "target"],
      ["integrations/1/summary?target=0", "target"],
      ["integrations/1/summary?filter[since]=2026-03-02&filter[until]=2026-03-01", "filter[until]"],
      ["stats?time-zone=Nowhere", "time-zone"],
      ["stats?filter[cause]=tls", "filter[cause]"],
    ] as const) {
      expect(await readProblems(server, `/api/${path}`)).toEqual([expect.stringContaining(`${parameter}: `)]);
    }
    expect(await readProblems(server, "/api/integrations/99/summary", 404)).toHaveLength(1);
  },
);
