import * as z from "zod";
import { duration, labelName, matchers, name } from "./schema-parts.js";
import { ESCALATION, GROUP_INTERVAL, GROUP_WAIT, REPEAT_INTERVAL } from "./values.js";

const escalationStep = z
  .strictObject({
    after: duration(ESCALATION).describe("How long after the group's oldest unacknowledged alert fired, 1m to 28d."),
    receiver: name.describe("Who is told then, besides the receiver of the route."),
  })
  .meta({ id: "escalation" });

/** What the root and the routes below it can both say. */
const shared = {
  receiver: name.optional().describe("Who is told. Inherited; default at the root: the only receiver."),
  group_by: z
    .array(z.union([labelName, z.literal("...")]))
    .max(20)
    .optional()
    .describe("Labels that make a group; ['...'] is every label. Inherited; default [server, integration]."),
  group_wait: duration(GROUP_WAIT)
    .optional()
    .describe("How long a new group waits for more alerts, 0s to 1d. Inherited; default 30s."),
  group_interval: duration(GROUP_INTERVAL)
    .optional()
    .describe("Shortest time between two messages about a group, 1s to 1d. Inherited; default 5m."),
  repeat_interval: duration(REPEAT_INTERVAL)
    .optional()
    .describe("Time until what still fires is told again, 1m to 28d. Inherited; default 4h."),
  repeat_interval_max: duration(REPEAT_INTERVAL)
    .optional()
    .describe("The time doubles after each repeat, up to this, 1m to 28d. Inherited; default 24h."),
  escalation: z
    .array(escalationStep)
    .max(10)
    .optional()
    .describe("Who is told too when nobody acknowledges, in rising order. Not inherited."),
};

const intervalNames = z.array(name).max(100).optional();

/** A route below the root. Rules between fields, and how many and how deep, stand in route-checks.ts. */
const childRouteSchema = z
  .strictObject({
    matchers: matchers.optional().describe("All have to match. None: every alert. Not inherited."),
    continue: z
      .boolean()
      .optional()
      .describe("true goes on to the routes after this one, although it matched. Default false."),
    ...shared,
    mute_time_intervals: intervalNames.describe("Time intervals in which nothing is told. Not inherited."),
    active_time_intervals: intervalNames.describe("Time intervals outside of which nothing is told. Not inherited."),
    get routes(): z.ZodOptional<z.ZodArray<z.ZodType<ChildRouteContent>>> {
      return z
        .array(childRouteSchema)
        .optional()
        .describe("Routes below this one; the first that matches decides, else this one does.");
    },
  })
  .meta({ id: "route" });

export type ChildRouteContent = z.infer<z.ZodObject<typeof shared>> & {
  matchers?: z.infer<typeof matchers> | undefined;
  continue?: boolean | undefined;
  mute_time_intervals?: string[] | undefined;
  active_time_intervals?: string[] | undefined;
  routes?: ChildRouteContent[] | undefined;
};

/** The root of the tree, which takes every alert at any time. */
export const routeSchema = z.strictObject({
  ...shared,
  routes: z
    .array(childRouteSchema)
    .optional()
    .describe(
      'Routes below this one; the first that matches decides, else this one does. Default: one for severity="critical" ' +
        "with group_wait 0s.",
    ),
});
export type RouteContent = z.infer<typeof routeSchema>;

const matcherList = matchers.min(1);
export const inhibitRuleSchema = z.strictObject({
  source_matchers: matcherList.describe("While an alert fires that all of these match, it hides others."),
  target_matchers: matcherList.describe("What it hides: alerts that all of these match."),
  equal: z
    .array(labelName)
    .max(20)
    .optional()
    .describe("Only those that agree with it in these labels; a label that both lack agrees. Default: none."),
});
