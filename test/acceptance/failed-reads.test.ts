import { describe, expect } from "vitest";
import { pollServer } from "../../src/app/poll.js";
import type { Notification } from "../../src/domain/notification.js";
import type { ReadFailure } from "../../src/domain/snapshot.js";
import { systemClock } from "../../src/lib/clock.js";
import { createLogger } from "../../src/lib/logger.js";
import { createPolarityClient, type PolarityClient } from "../../src/polarity/client.js";
import type { FailureMode } from "../../src/simulator/failures.js";
import { type Simulator, startSimulator } from "../../src/simulator/start.js";
import { databaseTest } from "../support/database.js";
import { MINUTE, PROD, Watch } from "../support/watch.js";

/** What the client makes of each way in which a server can fail. */
const REASONS: Record<Exclude<FailureMode, "login-refused" | "blind">, ReadFailure> = {
  unauthorized: "unauthorized",
  forbidden: "forbidden",
  unreachable: "unreachable",
  timeout: "timeout",
  "not-json": "not-json",
  truncated: "truncated",
  "truncated-json": "truncated",
  "wrong-shape": "wrong-shape",
  "too-large": "too-large",
  "server-error": "server-error",
  "rate-limited": "rate-limited",
  "slow-drip": "timeout",
  "empty-list": "visibility-unproved",
};

/** A simulated server read by the real client, one poll at a time. */
class ReadWatch {
  readonly watch: Watch;
  readonly client: PolarityClient;

  constructor(watch: Watch, { url, apiKey }: Pick<Simulator, "url" | "apiKey">) {
    this.watch = watch;
    this.client = createPolarityClient(
      {
        url,
        credentials: { kind: "api-key", apiKey },
        ca: null,
        proxyUrl: null,
        tlsVerify: true,
        attributes: {},
        timeouts: { connectMs: 1000, headersMs: 1000, bodyMs: 2000 },
        bytesMax: 4 * 1024 * 1024,
        retry: { attemptsMax: 2, delayMsMin: 1, delayMsMax: 10 },
      },
      { clock: systemClock, random: () => 0.5, log: createLogger({ level: "silent", format: "json" }) },
    );
  }

  /** A minute passes, and everything that one poll brings with it is done. Gives what was told. */
  async minute(): Promise<readonly Notification[]> {
    const { watch, client } = this;
    watch.clock.advance(MINUTE);
    const server = { id: PROD, read: client.read.bind(client) };
    const turn = { kind: "scheduled", intervalMs: MINUTE } as const;
    await pollServer(watch.pollDeps, server, turn, new AbortController().signal);
    await watch.diffAll();
    const already = watch.notifier.told.length;
    await watch.deliverAll();
    return watch.notifier.told.slice(already);
  }
}

describe.each(Object.entries(REASONS))("a server that fails with %s", (mode, reason) => {
  databaseTest(
    "three times: nothing gone, nothing resolved, one alert about it, and its recovery told",
    async ({ db }) => {
      const simulator = await startSimulator({ seed: 3, clock: systemClock, integrations: 40, errors: 30 });
      const reading = new ReadWatch(await Watch.open(db), simulator);
      try {
        await reading.minute();
        simulator.raise({ title: "Something new", occurrences: 2 });
        expect(await reading.minute()).toMatchObject([{ kind: "alerts", items: [{ reason: "new" }] }]);

        simulator.fail(mode as FailureMode);
        const told = [...(await reading.minute()), ...(await reading.minute()), ...(await reading.minute())];
        expect(told).toMatchObject([{ kind: "server", state: "firing", reason, failedPolls: 3 }]);
        expect(await db.change.count({ where: { kind: "gone" } })).toBe(0);
        expect(await db.alert.count({ where: { subject: "error", state: "firing" } })).toBe(1);
        expect(await db.error.count({ where: { present: true } })).toBe(31);

        simulator.fail(null);
        expect(await reading.minute()).toMatchObject([{ kind: "server", state: "resolved", reason }]);
        expect(await reading.minute()).toEqual([]);
      } finally {
        await reading.client.close();
        await simulator.close();
      }
    },
  );
});
