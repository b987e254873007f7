import { describe, expect, test } from "vitest";
import type { Acknowledgement } from "../../src/domain/acknowledgement.js";
import type { AlertId } from "../../src/domain/ids.js";
import { createInhibitor, type Inhibitor } from "../../src/domain/inhibition.js";
import { parseMatchers } from "../../src/domain/matcher.js";
import type { Silence, SilenceId } from "../../src/domain/silence.js";
import { type AlertToTell, judgeSuppression, SUPPRESSED_BY, type Suppressors } from "../../src/domain/suppression.js";

const HOUR = 3_600_000;
const AT = new Date("2026-03-02T08:00:00Z");
const later = (ms: number) => new Date(AT.getTime() + ms);

const matchers = parseMatchers('integration="VirusTotal"');
if ("problem" in matchers) throw new Error(matchers.problem);

const silence: Silence = {
  id: 4n as SilenceId,
  matchers,
  startsAt: later(-HOUR),
  endsAt: later(2 * HOUR),
  author: "Ada",
  reason: "New key\non Monday",
  endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
};
const acknowledgement: Acknowledgement = {
  author: "Bob",
  at: later(-HOUR),
  note: "",
  untilAt: later(3 * HOUR),
  severity: "warning",
  added: 5,
};
const inhibitorOf: Inhibitor = createInhibitor(
  [{ alertId: 1n as AlertId, subject: "server", state: "firing", labels: { server: "prod" } }],
  [],
);
const muted = { muted: true, because: "The route is quiet during nights", untilAt: later(4 * HOUR) } as const;

const alert: AlertToTell = {
  subject: "error",
  state: "firing",
  severity: "warning",
  added: 5,
  labels: { server: "prod", integration: "VirusTotal" },
  acknowledgement: null,
};
const acknowledged: AlertToTell = { ...alert, state: "acknowledged", acknowledgement };
const nothing: Suppressors = { silences: [], inhibitorOf: () => null, muted: { muted: false } };

describe("an alert about to be told is", () => {
  test("told when nothing keeps it", () => {
    expect(judgeSuppression(alert, nothing, AT)).toEqual({ kind: "told", because: "Nothing keeps it from being told" });
  });

  test("silenced until the silence ends, with its author and reason on one line", () => {
    expect(judgeSuppression(alert, { ...nothing, silences: [silence] }, AT)).toEqual({
      kind: "silenced",
      silence,
      untilAt: later(2 * HOUR),
      because: "Ada silenced it for another 2 h: New key on Monday",
    });
    expect(judgeSuppression(alert, { ...nothing, silences: [silence] }, later(2 * HOUR)).kind).toBe("told");
  });

  test("inhibited by what fires, for as long as that does", () => {
    const because = "The server prod cannot be read, as alert 1 tells";
    expect(judgeSuppression(alert, { ...nothing, inhibitorOf }, AT)).toEqual({
      kind: "inhibited",
      inhibition: { kind: "server_unreadable", by: 1n, because },
      untilAt: null,
      because,
    });
  });

  test("acknowledged by somebody until their time is over", () => {
    expect(judgeSuppression(acknowledged, nothing, AT)).toEqual({
      kind: "acknowledged",
      acknowledgement,
      untilAt: later(3 * HOUR),
      because: "Bob looks after it for another 3 h",
    });
    const openEnded = { ...acknowledgement, untilAt: null, note: "Asked the vendor" };
    expect(judgeSuppression({ ...acknowledged, acknowledgement: openEnded }, nothing, AT)).toMatchObject({
      untilAt: null,
      because: "Bob looks after it until it is resolved: Asked the vendor",
    });
  });

  test("muted by its route until that tells again", () => {
    expect(judgeSuppression(alert, { ...nothing, muted }, AT)).toEqual({
      kind: "muted",
      untilAt: later(4 * HOUR),
      because: "The route is quiet during nights",
    });
  });
});

test("of several reasons the first counts: a silence, an inhibition, an acknowledgement, a muted route", () => {
  const all: Suppressors = { silences: [silence], inhibitorOf, muted };
  const kinds = [
    judgeSuppression(acknowledged, all, AT).kind,
    judgeSuppression(acknowledged, { ...all, silences: [] }, AT).kind,
    judgeSuppression(acknowledged, { ...nothing, muted }, AT).kind,
    judgeSuppression(alert, { ...nothing, muted }, AT).kind,
  ];
  expect(kinds).toEqual(["silenced", "inhibited", "acknowledged", "muted"]);
  expect(SUPPRESSED_BY).toEqual(kinds);
});

describe("an acknowledgement keeps nothing back", () => {
  test.each<{ name: string; spec: Partial<AlertToTell>; at?: Date }>([
    { name: "once its alert is resolved, so that the end is told", spec: { state: "resolved" } },
    { name: "once its alert got more severe", spec: { severity: "critical" } },
    { name: "once its alert grew ten-fold", spec: { added: 100 } },
    { name: "once its time is over", spec: {}, at: later(3 * HOUR) },
  ])("$name", ({ spec, at }) => {
    expect(judgeSuppression({ ...acknowledged, ...spec }, nothing, at ?? AT).kind).toBe("told");
  });
});

test("a long reason is cut, so that the sentence stays one", () => {
  const { because } = judgeSuppression(
    alert,
    { ...nothing, silences: [{ ...silence, reason: "why ".repeat(999) }] },
    AT,
  );
  expect(because.length).toBeLessThan(250);
  expect(because).toMatch(/…$/);
});
