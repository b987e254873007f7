import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Agenda } from "../../src/simulator/agenda.js";
import { parseExact, stringifyExact } from "../../src/simulator/exact-json.js";
import { ErrorIds } from "../../src/simulator/ids.js";
import { inventIntegrations } from "../../src/simulator/integrations.js";
import { errorNamesOf, NAMINGS, SPELLINGS } from "../../src/simulator/naming.js";
import { populate } from "../../src/simulator/population.js";
import type { Sample } from "../../src/simulator/samples.js";

const aSample = (place: number, changes: Partial<Sample> = {}): Sample => ({
  integration: { id: `vendor_${place}_node_20_1725278818`, name: `Vendor ${place}`, acronym: "VEN" },
  title: null,
  detail: `Vendor ${place} refused the lookup of 192.0.2.10`,
  description: null,
  httpStatus: 500,
  meta: { hash: "44d88612fea8a8f36de82e1278abb02f" },
  cause: "vendor",
  growth: "steady",
  ...changes,
});
const SAMPLES = Array.from({ length: 60 }, (_, place) => aSample(place));
const INTEGRATIONS = inventIntegrations(SAMPLES, 80, 1);

describe("integrations", () => {
  test("come from the samples first and have ids of their own", () => {
    const integrations = inventIntegrations(SAMPLES, 700, 1);
    expect(integrations.slice(0, 60).map(({ id }) => id)).toEqual(SAMPLES.map(({ integration }) => integration.id));
    expect(new Set(integrations.map(({ id }) => id)).size).toBe(700);
    expect(new Set(integrations.map(({ name }) => name)).size).toBe(700);
  });

  test("do not all run, but those of the samples do", () => {
    const statuses = inventIntegrations(SAMPLES, 200, 1).map(({ status }) => status);
    expect(new Set(statuses.slice(0, 60))).toEqual(new Set(["running"]));
    expect(statuses.filter((status) => status !== "running").length).toBeGreaterThan(0);
  });
});

describe("errors", () => {
  test("are all samples, in an order that the seed decides", () => {
    const details = (seed: number) =>
      populate(SAMPLES, INTEGRATIONS, { seed, errors: null, isLive: false }).initial.map(({ texts }) => texts.detail);
    expect(new Set(details(1))).toEqual(new Set(SAMPLES.map(({ detail }) => detail)));
    expect(details(1)).toEqual(details(1));
    expect(details(1)).not.toEqual(details(2));
  });

  test("beyond the samples have other indicators, names and integrations", () => {
    const { initial } = populate([aSample(0)], INTEGRATIONS, { seed: 1, errors: 3, isLive: false });
    expect(initial.map(({ integrationId }) => integrationId)).toEqual(INTEGRATIONS.slice(0, 3).map(({ id }) => id));
    expect(initial[1]?.texts.detail).toMatch(/^Vendor 1 refused the lookup of 192\.0\.2\.\d+$/);
    expect(new Set(initial.map(({ texts }) => JSON.stringify(texts.meta))).size).toBe(3);
  });

  test("never repeat an integration with the same text while there are integrations left", () => {
    const { initial, arrival } = populate(SAMPLES, INTEGRATIONS, { seed: 1, errors: 100, isLive: true });
    const later = Array.from({ length: 2000 }, (_, index) => arrival(index));
    const pairs = [...initial, ...later].map((draft) => `${draft?.integrationId} ${JSON.stringify(draft?.texts)}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test("that arrive are everyday ones first", () => {
    const odd = Array.from({ length: 30 }, (_, place) =>
      aSample(place, { detail: "<!channel> is down for everybody" }),
    );
    const { arrival } = populate([...odd, ...SAMPLES], INTEGRATIONS, { seed: 1, errors: 10, isLive: true });
    expect(Array.from({ length: 24 }, (_, index) => arrival(index)?.isEveryday)).not.toContain(false);
  });

  test("do not arrive where there are no integrations", () => {
    const { initial, arrival } = populate(SAMPLES, [], { seed: 1, errors: 0, isLive: true });
    expect([initial, arrival(0)]).toEqual([[], null]);
  });
});

test("an id is never handed out twice, and looks like one", () => {
  const ids = new ErrorIds(7);
  const handedOut = Array.from({ length: 200_000 }, () => ids.next());
  expect(new Set(handedOut).size).toBe(200_000);
  expect(handedOut[0]).toMatch(/^[0-9a-f]{8}$/);
});

test("the names of the first set in kebab case and of the second in snake case are the documented ones", () => {
  expect(errorNamesOf("A", "kebab")).toMatchObject({
    integrationId: "integration-id",
    lastOccurredAt: "last-occurred",
  });
  expect(errorNamesOf("B", "kebab")).toMatchObject({ integrationId: "integrationId", occurrences: "error-count" });
  expect(errorNamesOf("B", "camel")).toMatchObject({ integrationId: "integrationId", occurrences: "errorCount" });
  expect(errorNamesOf("B", "snake")).toMatchObject({ integrationId: "integration_id", occurrences: "error_count" });
});

test("no naming set uses one name twice", () => {
  for (const naming of NAMINGS) {
    for (const spelling of SPELLINGS) {
      const names = Object.values(errorNamesOf(naming, spelling));
      expect(new Set(names).size).toBe(9);
    }
  }
});

describe("exact JSON", () => {
  test("is written as it came, also where a number does not fit", () => {
    const text = '{"a":9007199254740993123,"b":-0.0,"c":1.50,"d":[12,"9007199254740993123 \\"1.0\\""],"e":"\\ud83d"}';
    expect(stringifyExact(parseExact(text))).toBe(text);
  });

  test("is JSON for every value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(stringifyExact(parseExact(text))).toBe(text);
      }),
    );
  });
});

test("what is due runs in the order of its time, including what is added meanwhile", () => {
  const agenda = new Agenda();
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(name);
  agenda.add(30, note("c"));
  agenda.add(10, () => {
    ran.push("a");
    agenda.add(20, note("b"));
  });
  agenda.add(30, note("d"));
  agenda.add(41, note("too late"));
  const times: number[] = [];
  agenda.runUntil(40, (atMs) => times.push(atMs));
  expect([ran, times]).toEqual([
    ["a", "b", "c", "d"],
    [10, 20, 30, 30],
  ]);
});
