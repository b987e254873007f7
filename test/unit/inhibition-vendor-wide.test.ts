import fc from "fast-check";
import { expect, test } from "vitest";
import { ALERT_STATES, SEVERITIES } from "../../src/domain/alert.js";
import type { AlertId } from "../../src/domain/ids.js";
import { DEFAULT_VENDOR_WIDE_POLICY, type FoldableAlert, foldVendorWide } from "../../src/domain/inhibition.js";

function aFamily(count: number, spec: Partial<FoldableAlert> = {}, firstId = 1): FoldableAlert[] {
  return Array.from({ length: count }, (_, index) => ({
    alertId: BigInt(firstId + index) as AlertId,
    state: "firing",
    severity: "warning",
    server: "prod",
    integration: "VirusTotal",
    cause: "vendor",
    ...spec,
  }));
}

const fold = (alerts: readonly FoldableAlert[]) => foldVendorWide(alerts, DEFAULT_VENDOR_WIDE_POLICY);

test("six alerts about one integration with one cause become one, five do not", () => {
  expect(fold(aFamily(5))).toEqual([]);
  expect(fold(aFamily(6))).toEqual([
    {
      integration: "VirusTotal",
      cause: "vendor",
      count: 6,
      severity: "warning",
      servers: ["prod"],
      children: [1n, 2n, 3n, 4n, 5n, 6n],
      because:
        "6 alerts about VirusTotal on one server have the cause The vendor's service; more than 5 are told as one",
    },
  ]);
});

test("the one alert is as severe as the worst of them, and names every server once", () => {
  const [first] = aFamily(1, { severity: "critical", server: "b" }, 9);
  const alerts = [...aFamily(6, { server: "c" }), ...aFamily(1, { severity: "info", server: "a" }, 8)];
  const [folded] = fold(first === undefined ? alerts : [first, ...alerts]);
  expect(folded).toMatchObject({ count: 8, severity: "critical", servers: ["a", "b", "c"] });
  expect(folded?.children).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 8n, 9n]);
  expect(folded?.because).toContain("on 3 servers");
});

test.each([
  { name: "of another integration", spec: { integration: "Shodan" } },
  { name: "with another cause", spec: { cause: "network" } },
  { name: "that is pending", spec: { state: "pending" } },
  { name: "that is resolved", spec: { state: "resolved" } },
] as const)("an alert $name does not count towards the limit", ({ spec }) => {
  expect(fold([...aFamily(5), ...aFamily(1, spec, 6)])).toEqual([]);
});

test("an acknowledged alert still counts, so that an acknowledgement does not tear the one alert apart", () => {
  expect(fold([...aFamily(5), ...aFamily(1, { state: "acknowledged" }, 6)])).toMatchObject([{ count: 6 }]);
});

test.each([
  { name: "no integration", spec: { integration: null } },
  { name: "no cause", spec: { cause: null } },
])("alerts with $name share nothing that could be broken", ({ spec }) => {
  expect(fold(aFamily(50, spec))).toEqual([]);
});

test("the largest comes first, equals by name", () => {
  const alerts = [
    ...aFamily(6, { integration: "Shodan" }, 100),
    ...aFamily(6, { integration: "Pulsedive" }, 200),
    ...aFamily(7, { integration: "VirusTotal", cause: "quota" }, 300),
  ];
  expect(fold(alerts).map(({ integration }) => integration)).toEqual(["VirusTotal", "Pulsedive", "Shodan"]);
});

test("the limit is the policy's", () => {
  expect(foldVendorWide(aFamily(2), { moreThan: 1 })).toMatchObject([{ count: 2 }]);
  expect(foldVendorWide(aFamily(6), { moreThan: 6 })).toEqual([]);
});

test("an alert is folded once at most, and exactly when more than the limit fire like it", () => {
  const alert = fc.record({
    state: fc.constantFrom(...ALERT_STATES),
    severity: fc.constantFrom(...SEVERITIES),
    server: fc.constantFrom("a", "b"),
    integration: fc.constantFrom("x", "y", null),
    cause: fc.constantFrom("vendor" as const, "tls" as const, null),
  });
  fc.assert(
    fc.property(fc.array(alert, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (each, moreThan) => {
      const alerts = each.map((one, index) => ({ ...one, alertId: BigInt(index) as AlertId }));
      const expected = alerts.filter(({ state, integration, cause }) => {
        const alike = (one: FoldableAlert) =>
          (one.state === "firing" || one.state === "acknowledged") &&
          one.integration === integration &&
          one.cause === cause;
        const fires = state === "firing" || state === "acknowledged";
        return fires && integration !== null && cause !== null && alerts.filter(alike).length > moreThan;
      });
      const folded = foldVendorWide(alerts, { moreThan });
      const byId = (a: bigint, b: bigint) => (a < b ? -1 : 1);
      expect(folded.flatMap(({ children }) => children).sort(byId)).toEqual(expected.map(({ alertId }) => alertId));
      expect(foldVendorWide(alerts.toReversed(), { moreThan })).toEqual(folded);
    }),
  );
});
