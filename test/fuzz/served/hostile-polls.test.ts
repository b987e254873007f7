import fc from "fast-check";
import { expect } from "vitest";
import type { Json } from "../../../src/domain/json.js";
import { decodeErrors, decodeIntegrations } from "../../../src/polarity/decode.js";
import { databaseTest } from "../../support/database.js";
import { fuzz } from "../../support/fuzz.js";
import { ask, startHttp } from "../../support/http-server.js";
import { nastyJson, nastyText, spoilt } from "../../support/nasty.js";
import { anError, anIntegration } from "../../support/polarity-stub.js";
import { aRead, Watch } from "../../support/watch.js";

const NAMES = [
  "id",
  "attributes",
  "detail",
  "title",
  "count",
  "meta",
  "last-occurred",
  "http-status",
  "integration-id",
  "long-description",
];
const GOOD = [
  anError("e1", { title: "t", meta: { a: 1 }, "last-occurred": "2026-03-01T00:00:00Z", "http-status": 401 }),
  anError("e2", { "last-occurred": "9999-12-31T23:59:59.999Z", count: 1_000_000_000_000 }),
  anError("e3", { count: 0, "last-occurred": "0001-01-01" }, "i2"),
];
const count = fc.oneof(fc.constantFrom(0, 1, 5, 1_000_000_000_000), fc.nat(1000));
const nasty = fc
  .array(
    fc.record({
      id: nastyText,
      text: nastyText,
      long: nastyText,
      count,
      at: nastyText,
      meta: nastyJson(NAMES, 3),
      integration: nastyText,
      status: nastyText,
    }),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ id, text, long, at, integration, status, meta, count: total }) => ({
      ...anError(
        id || "x",
        {
          detail: text,
          title: long,
          "long-description": long,
          count: total,
          "last-occurred": at,
          "http-status": 500,
          meta: meta as Json,
          [status]: text,
        },
        integration,
      ),
    })),
  );
const integrations = fc
  .array(fc.tuple(nastyText, nastyText, fc.constantFrom("running", "stopped", "")), { maxLength: 5 })
  .map((rows) =>
    rows.map(([id, name, status]) => ({
      ...anIntegration(id, ["e1"], status),
      attributes: { name, acronym: name, status },
    })),
  );
const polls = fc.record({ errors: fc.oneof(nasty, spoilt(GOOD, NAMES)), integrations });

databaseTest(
  "whatever a server says is stored, decided and told, and shown by every page",
  { timeout: 3_600_000 },
  async ({ db }) => {
    const watch = await Watch.open(db);
    const server = await startHttp({ db, clock: watch.clock });
    await fuzz("hostile polls", polls, async (said) => {
      const errors = decodeErrors(Array.isArray(said.errors) ? said.errors : [], { configured: {}, known: null });
      const listed = decodeIntegrations(said.integrations as Json[]);
      if (errors.kind === "wrong-shape" || listed.kind === "wrong-shape") return;
      for (const doubted of [1, 2]) {
        await watch.minute({
          ...aRead(errors.errors),
          integrations: listed.integrations,
          digest: `${Math.abs(doubted)}${watch.clock().getTime()}`,
        });
      }
      watch.clock.advance(4 * 60 * 60_000);
      await watch.sweep();
      await watch.deliverAll();
      const [stuck] = await db.$queryRaw<{ polls: number; deliveries: number; dead: number }[]>`
      SELECT (SELECT count(*)::integer FROM poll WHERE outcome IS NULL OR diffed_at IS NULL) AS polls,
             (SELECT count(*)::integer FROM delivery WHERE outcome IS NULL AND next_attempt_at <= ${watch.clock()}) AS deliveries,
             (SELECT count(*)::integer FROM delivery WHERE outcome = 'dead') AS dead`;
      expect(stuck).toEqual({ polls: 0, deliveries: 0, dead: 0 });
      const errorIds = await db.$queryRaw<{ id: string }[]>`SELECT id::text FROM error ORDER BY id DESC LIMIT 2`;
      const paths = [
        "/api/errors",
        "/api/integrations",
        "/api/alerts",
        "/api/changes",
        "/api/stats",
        "/api/deliveries",
        "/servers/prod",
      ];
      for (const path of [
        ...paths,
        ...errorIds.flatMap(({ id }) => [`/errors/${id}`, `/api/errors/${id}`, `/api/errors/${id}/why`]),
      ]) {
        const { httpStatus, text } = await ask(server, path);
        if (httpStatus >= 400) throw new Error(`${path}: ${text}`);
      }
    });
  },
);
