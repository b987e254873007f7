import * as z from "zod";
import { CAUSES } from "../../domain/cause.js";
import { WEEKDAYS } from "../../domain/week-hour.js";
import { findStats } from "../../store/history/stats.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, singleOf } from "../contract/document-schemas.js";
import { attributesOf } from "../document.js";
import { instant, text, timeZone } from "../parameters.js";
import { readQuery, spanCheck } from "../query.js";
import { spanAsked } from "../span.js";
import type { Endpoint } from "./endpoint.js";

const INTEGRATIONS_MAX = 50;

const statsQuery = z.strictObject({
  "time-zone": timeZone.optional(),
  "filter[server]": text.optional(),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

const statsAttributes = z.strictObject({
  since: z.date(),
  until: z.date(),
  "time-zone": z.string(),
  added: z.int(),
  integrations: z.array(
    z.strictObject({
      id: z.string(),
      "server-id": z.string(),
      name: z.string(),
      acronym: z.string(),
      added: z.int(),
      "growing-ms": z.int(),
    }),
  ),
  causes: z.array(z.strictObject({ cause: z.enum(CAUSES), added: z.int() })),
  "week-hours": z.array(z.strictObject({ weekday: z.enum(WEEKDAYS), hour: z.int(), minute: z.int(), added: z.int() })),
});
const statsSchema = resourceSchema("Stats", { type: "stats", attributes: statsAttributes });

/** What was noisy in a span of time: integrations, causes, hours of the week. */
export const showStats: Endpoint = {
  path: "/api/stats",
  operationId: "showStats",
  summary: "Shows what was noisy in a span of time",
  query: statsQuery,
  document: singleOf(statsSchema),
  examples: [
    {},
    {
      query: {
        "time-zone": "Europe/Berlin",
        "filter[server]": "prod",
        "filter[since]": "2026-03-01",
        "filter[until]": "2026-03-02",
      },
    },
  ],
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(statsQuery, query, [spanCheck(instant)]);
    const span = spanAsked({ since: asked["filter[since]"], until: asked["filter[until]"] }, clock());
    const zone = asked["time-zone"] ?? "UTC";
    const filter = { server: asked["filter[server]"] ?? null, span, timeZone: zone };
    const { integrations, causes, weekHours, added } = await findStats(db, filter, INTEGRATIONS_MAX);
    return {
      links: { self: url },
      data: {
        type: "stats",
        id: `${span.since.toISOString()}--${span.until.toISOString()}`,
        attributes: {
          ...span,
          "time-zone": zone,
          added,
          integrations: integrations.map(attributesOf),
          causes,
          "week-hours": weekHours,
        } satisfies Described<typeof statsAttributes>,
      },
    };
  },
};
