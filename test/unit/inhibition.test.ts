import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALERT_STATES } from "../../src/domain/alert.js";
import type { AlertId } from "../../src/domain/ids.js";
import { createInhibitor, type InhibitingAlert, type InhibitRule } from "../../src/domain/inhibition.js";
import { type Labels, type Matcher, matchesAll, parseMatchers } from "../../src/domain/matcher.js";

function matchersOf(text: string): readonly Matcher[] {
  const matchers = parseMatchers(text);
  if ("problem" in matchers) throw new Error(matchers.problem);
  return matchers;
}

function aRule(source: string, target: string, equal: readonly string[] = []): InhibitRule {
  return { sourceMatchers: matchersOf(source), targetMatchers: matchersOf(target), equal };
}

function anAlert(alertId: number, labels: Labels, spec: Partial<InhibitingAlert> = {}): InhibitingAlert {
  return { alertId: BigInt(alertId) as AlertId, subject: "error", state: "firing", labels, ...spec };
}

const hiddenBy = (alerts: readonly InhibitingAlert[], rules: readonly InhibitRule[], target: InhibitingAlert) =>
  createInhibitor(alerts, rules)(target)?.by ?? null;

describe("an unreadable server", () => {
  const unreadable = anAlert(1, { server: "prod", rule: "server_unreadable" }, { subject: "server" });

  test("hides the alerts about its own errors, and says so", () => {
    const inhibitor = createInhibitor([unreadable], []);
    expect(inhibitor(anAlert(2, { server: "prod", integration: "VirusTotal" }))).toEqual({
      kind: "server_unreadable",
      by: 1n,
      because: "The server prod cannot be read, as alert 1 tells",
    });
    expect(inhibitor(anAlert(2, { server: "staging", integration: "VirusTotal" }))).toBeNull();
  });

  test("hides no alert about a server, its own least of all", () => {
    const second = anAlert(2, { server: "prod", rule: "another" }, { subject: "server" });
    expect(hiddenBy([unreadable, second], [], unreadable)).toBeNull();
    expect(hiddenBy([unreadable, second], [], second)).toBeNull();
  });

  test.each([
    { state: "pending", by: null },
    { state: "firing", by: 1n },
    { state: "acknowledged", by: 1n },
    { state: "resolved", by: null },
  ] as const)("whose alert is $state hides by $by", ({ state, by }) => {
    expect(hiddenBy([{ ...unreadable, state }], [], anAlert(2, { server: "prod" }))).toBe(by);
  });

  test("comes before the inhibit rules", () => {
    const critical = anAlert(0, { server: "prod", severity: "critical" });
    const rules = [aRule('severity="critical"', 'severity="info"')];
    const target = anAlert(2, { server: "prod", severity: "info" });
    expect(createInhibitor([critical, unreadable], rules)(target)?.kind).toBe("server_unreadable");
    expect(createInhibitor([critical], rules)(target)?.kind).toBe("inhibit_rule");
  });
});

describe("an inhibit rule", () => {
  const source = { integration: "VirusTotal", server: "prod", severity: "critical" };
  const target = { integration: "VirusTotal", server: "prod", severity: "info" };
  const rule = aRule('severity="critical"', 'severity=~"info|warning"', ["server", "integration"]);

  test.each([
    { name: "hides a target whose labels are equal", alerts: [anAlert(1, source)], target, by: 1n },
    { name: "leaves a target with another value", alerts: [anAlert(1, { ...source, server: "qa" })], target, by: null },
    { name: "leaves what is no target", alerts: [anAlert(1, source)], target: source, by: null },
    { name: "asks only sources", alerts: [anAlert(1, { ...source, severity: "warning" })], target, by: null },
    { name: "asks no pending source", alerts: [anAlert(1, source, { state: "pending" })], target, by: null },
    { name: "asks no resolved source", alerts: [anAlert(1, source, { state: "resolved" })], target, by: null },
    { name: "asks an acknowledged one", alerts: [anAlert(1, source, { state: "acknowledged" })], target, by: 1n },
    { name: "names the oldest source", alerts: [anAlert(5, source), anAlert(3, source)], target, by: 3n },
  ])("$name", ({ alerts, target: labels, by }) => {
    expect(hiddenBy(alerts, [rule], anAlert(9, labels))).toBe(by);
  });

  test("takes a label that is missing on both sides for equal, and for equal to an empty one", () => {
    const byTeam = aRule('severity="critical"', 'severity="info"', ["team"]);
    const alerts = [anAlert(1, { severity: "critical" })];
    expect(hiddenBy(alerts, [byTeam], anAlert(9, { severity: "info" }))).toBe(1n);
    expect(hiddenBy(alerts, [byTeam], anAlert(9, { severity: "info", team: "" }))).toBe(1n);
    expect(hiddenBy(alerts, [byTeam], anAlert(9, { severity: "info", team: "a" }))).toBeNull();
  });

  test("takes a label named as a property of every object for missing", () => {
    const byConstructor = aRule('severity="critical"', 'severity="info"', ["constructor"]);
    const alerts = [anAlert(1, { severity: "critical", constructor: "" })];
    expect(hiddenBy(alerts, [byConstructor], anAlert(9, { severity: "info" }))).toBe(1n);
  });

  test("does not mix up values that read alike when joined", () => {
    const alerts = [anAlert(1, { severity: "critical", a: 'x","y', b: "z" })];
    const target = anAlert(9, { severity: "info", a: "x", b: 'y","z' });
    expect(hiddenBy(alerts, [aRule('severity="critical"', 'severity="info"', ["a", "b"])], target)).toBeNull();
  });

  test("never lets alerts that are source and target hide themselves or one another", () => {
    const both = aRule('cause="network"', 'server="prod"');
    const one = anAlert(1, { cause: "network", server: "prod" });
    const other = anAlert(2, { cause: "network", server: "prod" });
    const sourceOnly = anAlert(3, { cause: "network", server: "qa" });
    const targetOnly = anAlert(4, { cause: "data", server: "prod" });
    expect(hiddenBy([one, other], [both], one)).toBeNull();
    expect(hiddenBy([one, other], [both], other)).toBeNull();
    expect(hiddenBy([one, other, sourceOnly], [both], one)).toBe(3n);
    expect(hiddenBy([one, other], [both], targetOnly)).toBe(1n);
  });

  test("without matchers makes everything source and target, and so hides nothing", () => {
    expect(hiddenBy([anAlert(1, source), anAlert(2, target)], [aRule("", "")], anAlert(2, target))).toBeNull();
  });

  test("says which alert hides by which rule; the first rule of the list counts", () => {
    const inhibitor = createInhibitor([anAlert(7, source)], [aRule('severity="none"', ""), rule, rule]);
    expect(inhibitor(anAlert(9, target))).toEqual({
      kind: "inhibit_rule",
      by: 7n,
      rule: 1,
      because: "Alert 7 with the same server, integration fires, by inhibit rule 2",
    });
    const everywhere = createInhibitor([anAlert(7, source)], [aRule('severity="critical"', 'severity="info"')]);
    expect(everywhere(anAlert(9, target))?.because).toBe("Alert 7 fires, by inhibit rule 1");
  });

  test("hides exactly what asking every pair of alerts would hide", () => {
    const value = fc.constantFrom("a", "b", "");
    const labels = fc.record({ x: value, y: value }, { requiredKeys: [] });
    const asked = fc.constantFrom('x="a"', 'x!="a"', 'y="b"', 'x="a",y="b"', "");
    const alertsOf = fc.array(fc.record({ labels, state: fc.constantFrom(...ALERT_STATES) }), { maxLength: 6 });
    const equals = fc.subarray(["x", "y"]);
    fc.assert(
      fc.property(alertsOf, asked, asked, equals, (each, from, to, equal) => {
        const alerts = each.map((one, index) => anAlert(index, one.labels, { state: one.state }));
        const tested = aRule(from, to, equal);
        const isSource = (one: InhibitingAlert) => matchesAll(tested.sourceMatchers, one.labels);
        const isTarget = (one: InhibitingAlert) => matchesAll(tested.targetMatchers, one.labels);
        const inhibitor = createInhibitor(alerts.toReversed(), [tested]);
        for (const target of alerts) {
          const by = alerts.find(
            (one) =>
              (one.state === "firing" || one.state === "acknowledged") &&
              isSource(one) &&
              isTarget(target) &&
              !(isSource(target) && isTarget(one)) &&
              equal.every((label) => (one.labels[label] ?? "") === (target.labels[label] ?? "")),
          );
          expect(inhibitor(target)?.by).toBe(by?.alertId);
        }
      }),
    );
  });
});
