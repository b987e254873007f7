import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Labels, type Matcher, matchesAll, parseMatchers } from "../../src/domain/matcher.js";
import {
  describeRoutes,
  inheritRoutes,
  matchRoutes,
  type Route,
  type RouteDefaults,
  type RouteNode,
} from "../../src/domain/route.js";

const DEFAULTS: RouteDefaults = {
  receiver: "default",
  groupBy: ["server", "integration"],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 4 * 3_600_000,
  repeatIntervalMsMax: 24 * 3_600_000,
};

const matchers = (text: string): readonly Matcher[] => {
  const parsed = parseMatchers(text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
};
const node = (text: string, receiver?: string, rest: Omit<RouteNode, "matchers" | "receiver"> = {}): RouteNode => ({
  matchers: matchers(text),
  receiver,
  ...rest,
});
const tree = (...routes: RouteNode[]): Route => inheritRoutes(node("", "root", { routes }), DEFAULTS);
const told = (root: Route, labels: Labels) =>
  matchRoutes(root, labels).map(({ path, route }) => `${path} ${route.receiver}`);

describe("what a route inherits", () => {
  test("everything but its own matchers, continue, time intervals, escalation and routes", () => {
    const parent = node("a=b", "team", {
      groupBy: "all",
      groupWaitMs: 1,
      groupIntervalMs: 2,
      repeatIntervalMs: 3,
      repeatIntervalMsMax: 4,
      continue: true,
      muteTimeIntervals: ["nights"],
      activeTimeIntervals: ["office"],
      escalation: [{ afterMs: 5, receiver: "boss" }],
      routes: [node("c=d")],
    });
    const [child] = inheritRoutes(parent, DEFAULTS).routes;
    expect(child).toEqual({
      receiver: "team",
      groupBy: "all",
      groupWaitMs: 1,
      groupIntervalMs: 2,
      repeatIntervalMs: 3,
      repeatIntervalMsMax: 4,
      matchers: matchers("c=d"),
      continue: false,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      escalation: [],
      routes: [],
    });
  });

  test("over several levels, each may say it anew", () => {
    const root = tree(node("a=b", undefined, { groupWaitMs: 0, routes: [node("c=d", "deep", { groupBy: [] })] }));
    expect(root.routes[0]).toMatchObject({ receiver: "root", groupWaitMs: 0, groupBy: ["server", "integration"] });
    expect(root.routes[0]?.routes[0]).toMatchObject({ receiver: "deep", groupWaitMs: 0, groupBy: [] });
  });

  test("a repeat interval above the inherited maximum raises the maximum, for the routes below too", () => {
    const week = 7 * 24 * 3_600_000;
    const root = tree(node("a=b", undefined, { repeatIntervalMs: week, routes: [node("c=d")] }));
    expect(root.repeatIntervalMsMax).toBe(DEFAULTS.repeatIntervalMsMax);
    expect(root.routes[0]?.routes[0]).toMatchObject({ repeatIntervalMs: week, repeatIntervalMsMax: week });
  });
});

describe("which routes tell, as in Alertmanager", () => {
  const nested = tree(
    node("severity=critical", "pager", { continue: true }),
    node("integration=VirusTotal", "vt", {
      routes: [node("cause=quota", "vt-quota"), node("cause=~network|tls", "vt-net", { continue: true })],
    }),
    node("severity=~critical|warning", "ops"),
  );

  test.each<[string, Labels, readonly string[]]>([
    ["the root, when nothing below it matches", { severity: "info" }, ["0 root"]],
    ["the root, even for no labels at all", {}, ["0 root"]],
    ["the first child that matches, and no other", { severity: "warning" }, ["0.2 ops"]],
    ["continue goes on to the next siblings", { severity: "critical" }, ["0.0 pager", "0.2 ops"]],
    ["a nested route instead of its parent", { integration: "VirusTotal", cause: "quota" }, ["0.1.0 vt-quota"]],
    ["the parent, when none of its children matches", { integration: "VirusTotal", cause: "bug" }, ["0.1 vt"]],
    [
      "continue in a nested route goes on among its siblings, not among its parent's",
      { integration: "VirusTotal", cause: "tls", severity: "warning" },
      ["0.1.1 vt-net"],
    ],
    [
      "continue and nesting together",
      { integration: "VirusTotal", cause: "tls", severity: "critical" },
      ["0.0 pager", "0.1.1 vt-net"],
    ],
  ])("%s", (_, labels, expected) => {
    expect(told(nested, labels)).toEqual(expected);
  });

  test("a missing label matches !~, and so does not fall through", () => {
    const root = tree(node('acronym!~"VT|SH"', "others"));
    expect(told(root, {})).toEqual(["0.0 others"]);
    expect(told(root, { acronym: "VT" })).toEqual(["0 root"]);
  });

  test("a route without matchers matches everything", () => {
    expect(told(tree(node("", "first"), node("", "second")), { a: "b" })).toEqual(["0.0 first"]);
  });

  test("the root matches whatever its matchers say", () => {
    expect(told(inheritRoutes(node("a=b", "root"), DEFAULTS), { a: "c" })).toEqual(["0 root"]);
  });
});

describe("groups", () => {
  const groupOf = (groupBy: Route["groupBy"], labels: Labels) => {
    const [match] = matchRoutes(inheritRoutes(node("", "root", { groupBy }), DEFAULTS), labels);
    return match;
  };
  const labels = { server: "prod", integration: "VirusTotal", cause: "quota" };

  test.each<[string, Route["groupBy"], Labels, string]>([
    [
      "the path and the sorted group labels",
      ["server", "integration"],
      labels,
      '0{integration="VirusTotal",server="prod"}',
    ],
    ["every label, for '...'", "all", labels, '0{cause="quota",integration="VirusTotal",server="prod"}'],
    ["the path alone, when grouping by nothing", [], labels, "0{}"],
    ["no label that is absent", ["server", "team"], labels, '0{server="prod"}'],
    ["no label that is empty, which is the same", ["server", "team"], { ...labels, team: "" }, '0{server="prod"}'],
    ["values with quotes around what could be syntax", ["a"], { a: '"}' }, String.raw`0{a="\"}"}`],
  ])("a key is %s", (_, groupBy, given, key) => {
    expect(groupOf(groupBy, given)?.groupKey).toBe(key);
  });

  test("the order of labels and of group_by does not change the key", () => {
    const reversed = Object.fromEntries(Object.entries(labels).reverse());
    expect(groupOf(["integration", "server"], reversed)?.groupKey).toBe(
      groupOf(["server", "integration"], labels)?.groupKey,
    );
    expect(groupOf("all", reversed)?.groupKey).toBe(groupOf("all", labels)?.groupKey);
  });

  test("the same labels under two routes are two groups", () => {
    const root = tree(node("", "one", { continue: true }), node("", "two"));
    expect(matchRoutes(root, labels).map(({ groupKey }) => groupKey)).toEqual([
      '0.0{integration="VirusTotal",server="prod"}',
      '0.1{integration="VirusTotal",server="prod"}',
    ]);
  });
});

const labelSets = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "x", "y"));
const someMatchers = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("=", "!=", "=~", "!~"), fc.constantFrom("x", "y")))
  .map((parts) => matchers(parts.map((part) => part.join("")).join(",")));
const treesOfDepth = (depth: number): fc.Arbitrary<RouteNode> =>
  fc.record({
    matchers: someMatchers,
    continue: fc.boolean(),
    groupBy: fc.oneof(fc.constant("all" as const), fc.subarray(["a", "b", "c"])),
    routes: depth === 0 ? fc.constant([]) : fc.array(treesOfDepth(depth - 1), { maxLength: 3 }),
  });
const trees = treesOfDepth(2);

describe("for every tree and all labels", () => {
  test("somebody is told, each route at most once, and always the same", () => {
    fc.assert(
      fc.property(trees, labelSets, (node, labels) => {
        const root = inheritRoutes(node, DEFAULTS);
        const matched = matchRoutes(root, labels);
        expect(matched.length).toBeGreaterThan(0);
        expect(new Set(matched.map(({ path }) => path)).size).toBe(matched.length);
        expect(matchRoutes(root, Object.fromEntries(Object.entries(labels).reverse()))).toEqual(matched);
      }),
      { numRuns: 200 },
    );
  });

  test("every route on the way from the root to the one that tells matches", () => {
    fc.assert(
      fc.property(trees, labelSets, (node, labels) => {
        const root = inheritRoutes(node, DEFAULTS);
        for (const { path, route } of matchRoutes(root, labels)) {
          let on: Route | undefined = root;
          for (const index of path.split(".").slice(1)) {
            on = on?.routes[Number(index)];
            expect(on !== undefined && matchesAll(on.matchers, labels)).toBe(true);
          }
          expect(on).toBe(route);
          expect(route.routes.some((child) => matchesAll(child.matchers, labels))).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("no line of the drawing is wider than 80 columns", () => {
    fc.assert(
      fc.property(trees, fc.string({ minLength: 1, maxLength: 200 }), (node, receiver) => {
        const lines = describeRoutes(inheritRoutes({ ...node, receiver }, DEFAULTS));
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      }),
    );
  });
});

test("a tree is drawn with what differs from the route above", () => {
  const root = tree(
    node("severity=critical", "pager", {
      continue: true,
      groupBy: "all",
      escalation: [{ afterMs: 1_800_000, receiver: "boss" }],
    }),
    node('integration=~"VirusTotal|Shodan|URLhaus|AbuseIPDB|GreyNoise", cause!="quota"', "enrichment", {
      muteTimeIntervals: ["nights", "weekends"],
      routes: [node("cause=credential", "keys", { repeatIntervalMs: 86_400_000 })],
    }),
    node("", "rest", { groupBy: [], activeTimeIntervals: ["office-hours"] }),
  );
  expect(describeRoutes(root).join("\n")).toMatchInlineSnapshot(`
    "everything -> root
    │ a message for each server, integration
    │ after 30 s, then every 5 min; repeated after 4 h up to 1 d
    ├─ severity="critical" -> pager, and on
    │    a message for each alert
    │    unacknowledged for 30 min -> boss
    ├─ integration=~"VirusTotal|Shodan|URLhaus|AbuseIPDB|GreyNoise", cause!="quota"
    │  │   -> enrichment
    │  │ never during nights, weekends
    │  └─ cause="credential" -> keys
    │       after 30 s, then every 5 min; repeated after 1 d
    └─ everything -> rest
         one message for all
         only during office-hours"
  `);
});
