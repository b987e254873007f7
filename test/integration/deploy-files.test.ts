import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { databaseTest } from "../support/database.js";
import { seriesOf } from "../support/exposition.js";
import { metricNamesIn } from "../support/promql-names.js";
import { scrapeAfterThreePolls } from "../support/scrape.js";

const expression = z.string().min(1);
const rule = z.strictObject({
  alert: z.string().regex(/^Polarwatch[A-Za-z]+$/),
  expr: expression,
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(["warning", "critical"]) }),
  annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
});
const alertFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string().min(1), rules: z.array(rule).min(1) })).min(1),
});
const panel = z.looseObject({
  id: z.int(),
  title: z.string().min(1),
  type: z.enum(["stat", "timeseries"]),
  gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
  targets: z.array(z.looseObject({ refId: z.string(), expr: expression })).min(1),
});
const dashboard = z.looseObject({
  title: z.literal("polarwatch"),
  uid: z.string(),
  schemaVersion: z.int(),
  panels: z.array(panel).min(1),
});

/** What Prometheus itself says about whom it scrapes. */
const OF_PROMETHEUS = ["up"];

function fileOf(path: string): string {
  return readFileSync(new URL(`../../deploy/${path}`, import.meta.url), "utf8");
}

const rules = () => alertFile.parse(parse(fileOf("prometheus/alerts.yml"))).groups.flatMap((group) => group.rules);
const panels = () => dashboard.parse(JSON.parse(fileOf("grafana/polarwatch.json"))).panels;

databaseTest("the alerts and the dashboard ask for nothing that a scrape does not have", async ({ db }) => {
  const known = seriesOf(await scrapeAfterThreePolls(db));
  const asked = [...rules().map(({ expr }) => expr), ...panels().flatMap(({ targets }) => targets.map((t) => t.expr))];
  const names = new Set(asked.flatMap(metricNamesIn));
  expect([...names].filter((name) => !known.has(name) && !OF_PROMETHEUS.includes(name))).toEqual([]);
  const ours = [...known].filter((name) => name.startsWith("polarwatch_"));
  const shown = new Set(panels().flatMap(({ targets }) => targets.flatMap((target) => metricNamesIn(target.expr))));
  const isShown = (name: string) => shown.has(name) || /_(bucket|sum|count|interval_seconds)$/.test(name);
  expect(ours.filter((name) => !isShown(name))).toEqual([]);
});

test("each alert has a name of its own, and there is one for each way in which polarwatch can fail", () => {
  const names = rules().map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining([
      "PolarwatchDown",
      "PolarwatchPollsStale",
      "PolarwatchDeliveriesWaiting",
      "PolarwatchDeliveriesDead",
      "PolarwatchQueueAway",
    ]),
  );
});

test("no two panels of the dashboard share a place or an id", () => {
  const all = panels();
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const cells = all.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test("the names in an expression are told from functions, labels and texts", () => {
  const expression = 'sum by (le, server) (rate(polarwatch_a_bucket{server="x(y"}[5m])) > 0 or absent(up{job="z"})';
  expect(metricNamesIn(expression)).toEqual(["polarwatch_a_bucket", "up"]);
  expect(() => metricNamesIn("sum(up")).toThrow("Brackets do not match");
});
