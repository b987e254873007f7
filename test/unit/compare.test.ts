import { describe, expect, test } from "vitest";
import { compareError, compareIntegrations, type ShownError, type ShownIntegration } from "../../src/domain/compare.js";
import { anError } from "../support/watch.js";

function shown(spec: Partial<Omit<ShownError, "text">> & { text?: Partial<ShownError["text"]> } = {}): ShownError {
  const { polarityId, occurrences, lastOccurredAt, integrationPolarityId: _, ...text } = anError();
  return { polarityId, occurrences, lastOccurredAt, ...spec, text: { ...text, ...spec.text } };
}

describe("an error at two moments", () => {
  const LATER = new Date("2026-03-01T12:00:00Z");

  test.for([
    ["nothing differs", { before: shown(), after: shown() }, []],
    ["it was not there before", { before: null, after: shown(), added: 3 }, ["appeared", "grew"]],
    ["it is not there any more", { before: shown(), after: null }, ["gone"]],
    ["it grew before it went", { before: shown(), after: null, added: 2 }, ["gone", "grew"]],
    ["it came and went", { before: null, after: null, added: 1 }, ["passed", "grew"]],
    ["it was never there", { before: null, after: null, shownBetween: false }, []],
    ["its total alone fell", { before: shown({ occurrences: 9 }), after: shown({ occurrences: 0 }) }, []],
    ["its last time moved", { before: shown(), after: shown({ lastOccurredAt: LATER }) }, ["last_seen_moved"]],
    [
      "its status is another",
      { before: shown(), after: shown({ text: { httpStatus: 429 } }) },
      ["http_status_changed"],
    ],
    ["its words are others", { before: shown(), after: shown({ text: { longText: "x" } }) }, ["text_changed"]],
    ["its data are others", { before: shown(), after: shown({ text: { meta: { a: 1 } } }) }, ["text_changed"]],
    ["the order of keys is another", keysTurned(), []],
    ["its id is another", { before: shown(), after: shown({ polarityId: "e2" }) }, ["id_changed"]],
    ["it says other things when it is back", { before: null, after: shown({ polarityId: "e2" }) }, ["appeared"]],
  ] as const)("is told right when %s", ([, pair, differences]) => {
    expect(compareError({ added: 0, shownBetween: true, ...pair })).toEqual(differences);
  });

  function keysTurned() {
    return { before: shown({ text: { meta: { a: 1, b: 2 } } }), after: shown({ text: { meta: { b: 2, a: 1 } } }) };
  }
});

describe("integrations at two moments", () => {
  const one = (spec: Partial<ShownIntegration> = {}): ShownIntegration => ({
    id: "1",
    polarityId: "vt",
    name: "VirusTotal",
    acronym: "VT",
    integrationStatus: "running",
    ...spec,
  });
  const down = one({ integrationStatus: "error" });

  test.for([
    ["stopped", [one()], [down], ["stopped"]],
    ["started", [down], [one()], ["started"]],
    ["another status while it does not run", [down], [one({ integrationStatus: "stopped" })], ["status_changed"]],
    ["renamed and stopped", [one()], [{ ...down, name: "VT 2" }], ["stopped", "renamed"]],
    ["another acronym", [one()], [one({ acronym: "V" })], ["renamed"]],
    ["appeared", [], [one()], ["appeared"]],
    ["vanished", [one()], [], ["vanished"]],
  ] as const)("are told right: %s", ([, before, after, differences]) => {
    expect(compareIntegrations(before, after).map((found) => found.differences)).toEqual([differences]);
  });

  test("are left out where nothing differs, and come by name", () => {
    const [b, a] = [one({ id: "2", name: "B" }), one({ id: "3", name: "A" })];
    expect(compareIntegrations([one(), b], [one(), a]).map(({ id }) => id)).toEqual(["3", "2"]);
  });
});
