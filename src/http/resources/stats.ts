import * as z from "zod";
import { findStats } from "../../store/history/stats.js";
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

/** What was noisy in a span of time: integrations, causes, hours of the week. */
export const showStats: Endpoint = {
  path: "/api/stats",
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
        },
      },
    };
  },
};
