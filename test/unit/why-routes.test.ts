import { describe, expect, test } from "vitest";
import { parseRouteLabels, routeTestLines, testRoutes } from "../../src/cli/route-test.js";
import { CommandFailure } from "../../src/cli/terminal.js";
import { A_SERVER, validConfig } from "../support/config-input.js";

const NOON = new Date("2026-03-01T12:00:00.000Z"); // a Sunday
const TREE = `
receivers:
  - name: oncall
    console_configs: [{}]
  - name: managers
    console_configs: [{}]
time_intervals:
  - name: weekends
    time_intervals: [{ weekdays: ["saturday", "sunday"] }]
rules:
  - name: any
    on: new
    labels: { team: soc }
route:
  receiver: oncall
  routes:
    - matchers: ['severity="critical"', 'team="soc"']
      group_by: [integration]
      group_wait: 0s
      continue: true
      escalation: [{ after: 30m, receiver: managers }]
    - matchers: ['integration=~"Virus.*"']
      receiver: managers
      mute_time_intervals: [weekends]
`;

const server = (name: string) =>
  `  - name: ${name}\n    url: https://${name}.example.com\n    api_key: k\n    receiver: oncall\n`;
const configOf = (...servers: string[]) =>
  validConfig({}, { "polarwatch.yaml": `servers:\n${servers.map(server).join("")}${TREE}` });
const testOn = (config: ReturnType<typeof configOf>, ...labels: string[]) =>
  testRoutes(config, parseRouteLabels(labels), NOON);

describe("routes test", () => {
  test("tells each route that matches, whom it reaches, in which group, at what pace, and whether it is muted", () => {
    const tested = testOn(configOf("prod"), "severity=critical", "team=soc", "integration=VirusTotal");
    expect(tested.warnings).toEqual([]);
    expect(tested.routes).toEqual([
      expect.objectContaining({
        path: "0.0",
        receiver: "oncall",
        destinations: ["oncall/console"],
        groupKey: 'prod/0.0{integration="VirusTotal"}',
        groupWaitMs: 0,
        escalation: [{ afterMs: 1_800_000, receiver: "managers", destinations: ["managers/console"] }],
        mute: { muted: false },
      }),
      expect.objectContaining({
        path: "0.1",
        receiver: "managers",
        destinations: ["managers/console"],
        groupKey: '0.1{integration="VirusTotal",server="prod"}',
        mute: {
          muted: true,
          because: "The route is quiet during weekends",
          untilAt: new Date("2026-03-02T00:00:00.000Z"),
        },
      }),
    ]);
  });

  test("the lines for people say the same", () => {
    const tested = testOn(configOf("prod"), "severity=critical", "team=soc", "integration=VirusTotal");
    const lines = routeTestLines(tested, (at) => at.toISOString());
    expect(lines.join("\n")).toContain(`Route 0.0: severity="critical", team="soc"
  receiver         oncall
  destinations     oncall/console
  group            prod/0.0{integration="VirusTotal"}
  group wait       0 s
  group interval   5 min
  repeat interval  4 h, doubling up to 1 d
  escalation       after 30 min: managers (managers/console)
  now              not muted`);
    expect(lines.at(-1)).toBe(
      "  now              muted until 2026-03-02T00:00:00.000Z: The route is quiet during weekends",
    );
  });

  test("a label or a value that no alert has is a warning with the nearest there is", () => {
    const { warnings } = testOn(configOf("prod"), "severity=critcal", "teem=soc", "integraton=x", "server=prd");
    expect(warnings).toEqual([
      'No alert has the label "teem", did you mean "team"?',
      'No alert has the label "integraton", did you mean "integration"?',
      'No alert has severity "critcal", did you mean "critical"?',
      'No alert has server "prd", did you mean "prod"?',
      "Not given, and so taken as empty: integration, team",
    ]);
  });

  test("the only server is taken when none is given; of several none is, and that is said where a route asks for it", () => {
    expect(testOn(configOf("prod"), "severity=info").labels).toEqual({ severity: "info", server: "prod" });
    const several = testOn(configOf("prod", "lab"), "severity=info", "team=soc", "integration=x");
    expect(several.labels).not.toHaveProperty("server");
  });

  test("everything that is no label, or is given twice, is refused at once", () => {
    const refused = () => parseRouteLabels(["severity", "9x=1", "a=1", "a=2"]);
    expect(refused).toThrow(CommandFailure);
    expect(refused).toThrow(/"severity" is no label.*\n"9x=1" is no label.*\nThe label a is given more than once/);
    expect(() => parseRouteLabels([])).toThrow("Give the labels of an alert");
    expect(parseRouteLabels(["a=b=c", "x="])).toEqual({ a: "b=c", x: "" });
  });
});

test("the environment alone has a route too", () => {
  const { routes } = testRoutes(validConfig(A_SERVER), { severity: "critical" }, NOON);
  expect(routes.map(({ groupWaitMs, destinations }) => [groupWaitMs, destinations])).toEqual([
    [0, ["default/console"]],
  ]);
});
