import { describe, expect, test } from "vitest";
import {
  ask,
  countsOf,
  loggedIn,
  readErrors,
  readIntegrations,
  refusedWith,
  startForTest,
} from "../support/simulator-client.js";

describe("the scenario", () => {
  test("gives the same bytes for the same seed, clock and calls, and others for another seed", async () => {
    const play = async (seed: number) => {
      const { simulator, clock } = await startForTest({ seed, scenario: "live", restartEveryMs: 600_000 });
      let bytes = "";
      for (const ms of [0, 8000, 60_000, 3_600_000]) {
        clock.advance(ms);
        simulator.raise({});
        bytes += await (await ask(simulator, "/api/integrations/errors")).text();
        bytes += await (await ask(simulator, "/api/integrations?page[size]=200")).text();
      }
      return bytes;
    };
    const [first, again, other] = [await play(5), await play(5), await play(6)];
    expect(again === first).toBe(true);
    expect(other === first).toBe(false);
  });

  test("does not depend on how often somebody looked", async () => {
    const [seldom, often] = [await startForTest({ scenario: "live" }), await startForTest({ scenario: "live" })];
    for (let minute = 0; minute < 600; minute += 1) {
      often.clock.advance(60_000);
      often.simulator.truth();
    }
    seldom.clock.advance(600 * 60_000);
    expect(seldom.simulator.truth()).toEqual(often.simulator.truth());
  });

  test("stands still when it is to, whatever the clock says", async () => {
    const { simulator, clock } = await startForTest();
    const before = simulator.truth();
    clock.advance(86_400_000);
    expect(simulator.truth()).toEqual(before);
  });

  test("stands still around what is moved by hand", async () => {
    const { simulator, clock } = await startForTest();
    const [moved, ...others] = simulator.truth().errors;
    if (moved === undefined) throw new Error("There are no errors");
    clock.advance(86_400_000);
    simulator.grow({ id: moved.id, integrationId: moved.integrationId }, 5);
    const [after, ...rest] = simulator.truth().errors;
    expect(rest).toEqual(others);
    expect(after?.lastOccurredAt).toEqual(clock());
  });

  test.each([1, 2, 3, 4, 5, 6])("lets an error grow fast within the first minute, with seed %i", async (seed) => {
    const { simulator, clock } = await startForTest({ seed, scenario: "live", errors: 0 });
    clock.advance(11_900);
    const before = simulator.truth().errors[0]?.occurrences ?? 0;
    clock.advance(48_100);
    expect((simulator.truth().errors[0]?.occurrences ?? 0) - before).toBeGreaterThan(100);
  });

  test("brings a new error, then a stopped integration, within a minute", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live" });
    const before = simulator.truth();
    clock.advance(7999);
    expect(simulator.truth().errors).toHaveLength(before.errors.length);
    clock.advance(1);
    const [fresh, ...more] = simulator.truth().errors.slice(before.errors.length);
    expect(more).toEqual([]);
    expect(fresh).toMatchObject({ occurrences: 1, lastOccurredAt: clock() });
    clock.advance(42_000);
    const after = simulator.truth();
    const stopped = after.integrations.filter(({ status }, index) => status !== before.integrations[index]?.status);
    expect(stopped.map(({ status }) => status)).toEqual(["stopped"]);
    clock.advance(180_000);
    expect(simulator.truth().integrations.map(({ status }) => status)).toEqual(
      before.integrations.map(({ status }) => status),
    );
  });

  test("waits for its first reader when told so, however long that takes, and says when it began", async () => {
    const begun: Date[] = [];
    const { simulator, clock } = await startForTest({ scenario: "live", onBegin: (at) => begun.push(at) });
    const before = simulator.truth().errors.length;
    clock.advance(60_000);
    await readIntegrations(simulator);
    expect(simulator.truth().errors).toHaveLength(before);
    expect(begun).toEqual([]);
    await readErrors(simulator);
    expect(begun).toEqual([clock()]);
    clock.advance(7_999);
    expect(simulator.truth().errors).toHaveLength(before);
    clock.advance(1);
    expect(simulator.truth().errors).toHaveLength(before + 1);
  });

  test("clears flapping errors and brings them back as new ones that count from 1, also after a restart", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live", firstNewAfterMs: 1e9 });
    simulator.restart({ rekey: false });
    const known = new Set(countsOf(simulator).keys());
    let [listed, returned] = [known.size, 0];
    const vanished = new Set<string>();
    for (let step = 0; step < 360; step += 1) {
      clock.advance(10_000);
      const counts = countsOf(simulator);
      for (const id of known) if (!counts.has(id)) vanished.add(id);
      for (const [id, occurrences] of counts) {
        expect(vanished.has(id)).toBe(false);
        expect(occurrences).toBeGreaterThanOrEqual(1);
        if (known.has(id)) continue;
        expect(occurrences).toBeLessThanOrEqual(2);
        known.add(id);
        returned += 1;
      }
      listed = Math.min(listed, counts.size);
    }
    expect(returned).toBeGreaterThan(0);
    expect(listed).toBeLessThan(known.size - returned);
  });

  test("runs faster than the clock when told so, and says no time that is still to come", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live", speed: 60, firstNewAfterMs: 60_000 });
    const before = simulator.truth().errors.length;
    clock.advance(1000);
    const { errors } = simulator.truth();
    expect(errors.length).toBe(before + 1);
    for (const { lastOccurredAt } of errors) expect(lastOccurredAt?.getTime()).toBeLessThanOrEqual(clock().getTime());
  });

  test("never counts backwards, also when the clock is set back", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live" });
    clock.advance(3_600_000);
    const before = simulator.truth();
    clock.advance(-1_800_000);
    expect(simulator.truth()).toEqual(before);
    expect(new Date((await ask(simulator, "/api/openapi")).headers.get("date") ?? "")).toEqual(clock());
  });

  test("restarts by itself as often as it is told", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live", restartEveryMs: 60_000, firstNewAfterMs: 1e9 });
    const token = await loggedIn(simulator);
    const before = countsOf(simulator);
    clock.advance(60_000);
    expect(await refusedWith(await ask(simulator, "/api/integrations/errors", { token }))).toBe(401);
    const { errors } = simulator.truth();
    expect(errors.filter(({ id }) => before.has(id))).toEqual([]);
    for (const error of errors) expect(error).toMatchObject({ occurrences: 1, lastOccurredAt: clock() });
  });
});

describe("by hand", () => {
  test("an error is raised, grows, says something else and is cleared", async () => {
    const { simulator, clock } = await startForTest({ errors: 0 });
    const integrationId = "shodan_node_18_1725278902";
    const id = simulator.raise({ integrationId, title: "Down", occurrences: 3 });
    expect(simulator.truth().errors).toEqual([
      { id, integrationId, title: "Down", occurrences: 3, lastOccurredAt: clock() },
    ]);
    const raisedAt = clock();
    clock.advance(1000);
    expect(simulator.truth().errors[0]?.lastOccurredAt).toEqual(raisedAt);
    simulator.grow(id, 4);
    simulator.setText(id, { title: "Still down", description: undefined });
    const [error] = await readErrors(simulator);
    expect(error?.attributes).toMatchObject({
      count: 7,
      title: "Still down",
      "last-occurred": clock().toISOString(),
    });
    expect(error?.attributes).not.toHaveProperty("description");
    simulator.clear(id);
    expect(await readErrors(simulator)).toEqual([]);
    expect(() => simulator.grow(id, 1)).toThrow(`There is no error ${id}`);
  });

  test("an error of the live scenario grows on top of what comes by itself, until its counter is set", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live" });
    clock.advance(8000);
    const id = simulator.truth().errors.at(-1)?.id ?? "";
    simulator.grow(id, 1000);
    expect(countsOf(simulator).get(id)).toBe(1001);
    simulator.setCounter(id, { lastOccurredAt: clock() });
    expect(countsOf(simulator).get(id)).toBe(1001);
    const past = new Date("2020-01-01T00:00:00Z");
    const before = simulator.truth().errors;
    for (const error of before) simulator.setCounter(error.id, { occurrences: 5, lastOccurredAt: past });
    simulator.setCounter(id, { occurrences: null, lastOccurredAt: null });
    clock.advance(86_400_000);
    expect(simulator.truth().errors.slice(0, before.length)).toEqual(
      before.map((error) => ({
        ...error,
        ...(error.id === id ? { occurrences: null, lastOccurredAt: null } : { occurrences: 5, lastOccurredAt: past }),
      })),
    );
  });

  test("two errors of different integrations may share an id, and are told apart by their integration", async () => {
    const { simulator } = await startForTest({ errors: 0 });
    const [first, second] = simulator.truth().integrations.map((integration) => integration.id);
    for (const integrationId of [first ?? "", second ?? ""]) simulator.raise({ id: "same", integrationId });
    expect(() => simulator.grow("same", 1)).toThrow("Several errors have the id same");
    simulator.grow({ id: "same", integrationId: second ?? "" }, 1);
    expect(simulator.truth().errors.map(({ occurrences }) => occurrences)).toEqual([1, 2]);
  });

  test("an integration stops, and stays so", async () => {
    const { simulator, clock } = await startForTest({ scenario: "live" });
    for (const { id } of simulator.truth().integrations) simulator.setIntegrationStatus(id, "errored");
    clock.advance(60_000);
    const { meta } = await readIntegrations(simulator, "filter[integration.status]=errored");
    expect(meta.page.total).toBe(135);
    expect(() => simulator.setIntegrationStatus("nobody", "running")).toThrow("There is no integration nobody");
  });
});

describe("a restart", () => {
  test("gives every error a new id and a count of 1, and ends sessions, but not the API key", async () => {
    const { simulator, clock } = await startForTest();
    const token = await loggedIn(simulator);
    const before = simulator.truth().errors;
    simulator.restart();
    const after = simulator.truth().errors;
    expect(after.map(({ integrationId, title }) => [integrationId, title])).toEqual(
      before.map(({ integrationId, title }) => [integrationId, title]),
    );
    const ids = new Set(before.map(({ id }) => id));
    expect(after.filter(({ id }) => ids.has(id))).toEqual([]);
    for (const error of after) expect(error).toMatchObject({ occurrences: 1, lastOccurredAt: clock() });
    expect((await ask(simulator, "/api/integrations/errors", { token })).status).toBe(401);
    expect((await ask(simulator, "/api/integrations/errors")).status).toBe(200);
  });

  test("may keep the ids, or the counts", async () => {
    const { simulator } = await startForTest();
    const before = simulator.truth().errors;
    simulator.restart({ rekey: false, resetCounters: false });
    expect(simulator.truth().errors).toEqual(before);
    simulator.restart({ rekey: false });
    expect(simulator.truth().errors.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(new Set(simulator.truth().errors.map(({ occurrences }) => occurrences))).toEqual(new Set([1]));
  });

  test("may number errors from 1, so that after the next one an id means another error", async () => {
    const { simulator } = await startForTest();
    const numbered = () => {
      simulator.restart({ sequentialIds: true });
      return new Map(simulator.truth().errors.map((error, place) => [error.id, place]));
    };
    const [first, second] = [numbered(), numbered()];
    expect([...first.keys()].sort()).toEqual(Array.from({ length: 119 }, (_, index) => String(index + 1)).sort());
    expect([...second.keys()].sort()).toEqual([...first.keys()].sort());
    expect([...second].filter(([id, place]) => first.get(id) === place).length).toBeLessThan(20);
    expect(simulator.raise({})).toBe("120");
    expect(() => simulator.restart({ sequentialIds: true, rekey: false })).toThrow("sequentialIds needs new ids");
  });
});
