import { describe, expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { measureProcess } from "../support/measured-process.js";
import { queueBackends } from "../support/queue-backends.js";
import { openWorld } from "../support/world.js";

const POLLS = Number(process.env.CHAOS_POLLS ?? 150);
const WARM_UP = 100;
const INTERVAL_MS = 50;
const CHANGE_EVERY_MS = 150;
const GROWTH_MAX = 1.1;
/**
 * Pools open a connection when all others are busy, and keep it with a timer: four pools, each with one after the warm-up at
 * least. What each poll left behind would be hundreds.
 */
const CONNECTIONS_MAX = 4;
const POOLED_MAX = 4 * (CONNECTIONS_MAX - 1);

describe.each(queueBackends())("on $name", ({ settingsFor }) => {
  databaseTest(
    `${POLLS} polls leave no memory, timer or connection behind`,
    { timeout: 120_000 + POLLS * 400 },
    async ({ databaseUrl }) => {
      const world = await openWorld({ integrations: 6, errors: 30 });
      const { simulator } = world;
      const known = simulator.truth().errors.map(({ id }) => id);
      let changes = 0;
      let raised: string | null = null;
      const timer = setInterval(() => {
        changes += 1;
        simulator.grow(known[changes % known.length] ?? "", 1);
        if (changes % 10 !== 0) return;
        if (raised !== null) simulator.clear(raised);
        raised =
          raised !== null ? null : simulator.raise({ title: "Lookup failed", detail: "Invalid key", httpStatus: 401 });
      }, CHANGE_EVERY_MS);
      const env = { ...world.env, DATABASE_CONNECTIONS: String(CONNECTIONS_MAX) };
      const settings = { env, databaseUrl, queue: settingsFor(databaseUrl), intervalMs: INTERVAL_MS };
      const { before, after } = await measureProcess({ ...settings, warmUp: WARM_UP, polls: POLLS, looks: 100 });
      clearInterval(timer);

      expect(after.polls - before.polls).toBeGreaterThanOrEqual(POLLS);
      expect(changes).toBeGreaterThan(10);
      expect(world.slack.messages().length).toBeGreaterThan(0);
      expect(after.heapBytes / before.heapBytes).toBeLessThanOrEqual(GROWTH_MAX);
      for (const [kind, count] of Object.entries(after.resources)) {
        expect(count, kind).toBeLessThanOrEqual((before.resources[kind] ?? 0) + POOLED_MAX);
      }
      await world.close();
    },
  );
});
