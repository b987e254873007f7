import * as z from "zod";
import { errorBudget } from "../../domain/error-budget.js";
import { findIntegrationSummary } from "../../store/history/integration-summary.js";
import { rowIdOf } from "../../store/history/row-id.js";
import { attributesOf, one } from "../document.js";
import { instant } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { readQuery, spanCheck } from "../query.js";
import { idOf } from "../route.js";
import { spanAsked } from "../span.js";
import type { Endpoint } from "./endpoint.js";

const TARGET = "Must be a percentage between 0 and 100, such as 99.9";

const summaryQuery = z.strictObject({
  target: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,4})?$/, TARGET)
    .transform(Number)
    .refine((target) => target > 0, TARGET)
    .default(99.9),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

/** What became of an integration in a span of time, and of the time that its errors may grow in. */
export const showIntegrationSummary: Endpoint = {
  path: "/api/integrations/:id/summary",
  async answer({ db, clock }, { url, query, params }) {
    const asked = readQuery(summaryQuery, query, [spanCheck(instant)]);
    const span = spanAsked({ since: asked["filter[since]"], until: asked["filter[until]"] }, clock());
    const summary = await findIntegrationSummary(db, rowIdOf(idOf(params)), span);
    if (summary === null) throw new RequestRefused([NOT_FOUND]);
    const { id, serverId, causes, ...fields } = summary;
    return {
      links: { self: url },
      data: {
        type: "integration-summaries",
        id,
        attributes: {
          ...span,
          ...attributesOf(fields),
          causes: causes.map(attributesOf),
          budget: attributesOf(errorBudget(summary, asked.target)),
        },
        relationships: { server: one("servers", serverId), integration: one("integrations", id) },
      },
    };
  },
};
