import fc from "fast-check";
import { expect } from "vitest";
import { deliverNext } from "../../../src/app/deliver.js";
import { databaseTest } from "../../support/database.js";
import { fuzz } from "../../support/fuzz.js";
import { ask, startHttp } from "../../support/http-server.js";
import { jsonTextOf, nastyJson, spoilt } from "../../support/nasty.js";
import { QUOTA } from "../../support/past.js";
import { aFailure, anError, aRead, ONCALL, someErrors, Watch } from "../../support/watch.js";

const NAMES = [
  "kind",
  "item",
  "integration",
  "name",
  "headline",
  "severity",
  "facts",
  "on",
  "frozen",
  "occasion",
  "title",
  "meta",
];
/** What Postgres itself would refuse was never stored. */
const storable = (value: unknown) => jsonTextOf(value).replace(/\\u0000|\\ud[89a-f][0-9a-f]{2}/g, "?");
const column = fc
  .oneof(
    nastyJson(NAMES, 3),
    spoilt(
      {
        kind: "alerts",
        item: { integration: { name: "VT", acronym: "VT" }, headline: "h" },
        on: "new",
        occasion: "repeat",
      },
      NAMES,
    ),
  )
  .map(storable);

const COLUMNS = [
  ["server", "attribute_names"],
  ["alert", "labels"],
  ["alert", "evidence"],
  ["transition", "facts"],
  ["decision", "inputs"],
  ["error_text", "meta"],
  ["error_text", "rest"],
  ["audit_entry", "detail"],
] as const;

const PATHS = [
  "/api/servers",
  "/api/errors",
  "/api/alerts?include=error,integration,transitions",
  "/api/changes",
  "/api/deliveries",
  "/api/audit",
  "/api/stats",
  "/",
  "/servers/prod",
  "/api/errors/1",
  "/api/errors/1/why",
  "/api/errors/1/observations",
  "/api/alerts/1",
  "/errors/1",
];

databaseTest(
  "whatever is in the JSON columns of other releases, polls, diffs, messages and answers go on",
  { timeout: 3_600_000 },
  async ({ db }) => {
    const watch = await Watch.open(db);
    const server = await startHttp({ db, clock: watch.clock });
    await watch.minute(aRead(someErrors()));
    await watch.minute(aRead([...someErrors(), QUOTA]));
    let round = 0;
    await fuzz("stored rows", fc.record({ text: column, which: fc.nat(COLUMNS.length) }), async ({ text, which }) => {
      const [table, name] = COLUMNS[which] ?? [null, null];
      for (const [each, column] of table === null ? COLUMNS : [[table, name] as const]) {
        await db.$executeRawUnsafe(`UPDATE ${each} SET ${column} = $1::jsonb`, text);
      }
      round += 1;
      const grown = someErrors().map((error) => ({ ...error, occurrences: 5 + 50 * round }));
      const returning =
        round % 2 === 0
          ? [QUOTA]
          : [anError({ polarityId: `n${round}`, shortText: `Unlike ${"x".repeat(round % 50)}` })];
      await watch.minute(aRead([...grown, ...returning]));
      watch.clock.advance(5 * 60 * 60_000);
      await watch.sweep();
      await watch.deliverAll();
      for (const path of PATHS) {
        const { httpStatus, text: body } = await ask(server, path);
        if (httpStatus >= 500) throw new Error(`${path}: ${body}`);
      }
      const [stuck] = await db.$queryRaw<{ polls: number; deliveries: number }[]>`
      SELECT (SELECT count(*)::integer FROM poll WHERE outcome IS NOT NULL AND diffed_at IS NULL) AS polls,
             (SELECT count(*)::integer FROM delivery WHERE outcome IS NULL AND next_attempt_at <= ${watch.clock()}) AS deliveries`;
      expect(stuck).toEqual({ polls: 0, deliveries: 0 });
    });
  },
);

databaseTest("a server whose alert has facts that cannot be read is told of when it is back", async ({ db }) => {
  const watch = await Watch.open(db);
  await watch.minute(aRead(someErrors()));
  for (let failed = 0; failed < 5; failed += 1) await watch.minute(aFailure("timeout"));
  expect(watch.notifier.told.at(-1)).toMatchObject({ kind: "server", state: "firing" });
  await db.$executeRaw`UPDATE transition SET facts = '[1]'`;
  expect(await watch.minute(aRead(someErrors()))).toMatchObject([{ kind: "server", state: "resolved" }]);
});

databaseTest(
  "a message whose facts cannot be read is put aside with the place that is to blame, and the next one goes out",
  async ({ db }) => {
    const watch = await Watch.open(db);
    watch.clock.advance(60_000);
    await watch.poll(aRead(someErrors()));
    await watch.diffAll();
    await db.$executeRaw`UPDATE delivery SET facts = '{"occasion": "baseline", "at": 5}' WHERE kind = 'summary'`;
    expect(await deliverNext(watch.deliverDeps, ONCALL, new AbortController().signal)).toMatchObject({
      result: "dead",
      detail: expect.stringMatching(/^What it tells cannot be read: facts\.at: /),
    });
    expect(await watch.minute(aRead([...someErrors(), QUOTA]))).toHaveLength(1);
  },
);
