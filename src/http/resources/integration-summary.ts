import * as z from "zod";
import { CAUSES } from "../../domain/cause.js";
import { errorBudget } from "../../domain/error-budget.js";
import { findIntegrationSummary } from "../../store/history/integration-summary.js";
import { rowIdOf } from "../../store/history/row-id.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, singleOf, toOne } from "../contract/document-schemas.js";
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
    .meta({ asParameter: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 100, default: 99.9 } })
    .default(99.9),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

const summaryAttributes = z.strictObject({
  since: z.date(),
  until: z.date(),
  name: z.string(),
  acronym: z.string(),
  "integration-status": z.string(),
  added: z.int(),
  "watched-ms": z.int(),
  "growing-ms": z.int(),
  "new-errors": z.int(),
  "returned-errors": z.int(),
  "mean-ms-between": z.number().nullable(),
  causes: z.array(z.strictObject({ cause: z.enum(CAUSES), "errors-present": z.int(), added: z.int() })),
  budget: z.strictObject({
    "target-percent": z.number(),
    "reached-percent": z.number().nullable(),
    "allowed-ms": z.int(),
    "used-ms": z.int(),
    "left-ms": z.int(),
  }),
});
const summarySchema = resourceSchema("IntegrationSummary", {
  type: "integration-summaries",
  attributes: summaryAttributes,
  relationships: { server: toOne("servers"), integration: toOne("integrations") },
});

/** What became of an integration in a span of time, and of the time that its errors may grow in. */
export const showIntegrationSummary: Endpoint = {
  path: "/api/integrations/:id/summary",
  operationId: "showIntegrationSummary",
  summary: "Sums up an integration in a span of time, with its error budget",
  query: summaryQuery,
  document: singleOf(summarySchema),
  problems: [404],
  examples: [
    { params: { id: "3" } },
    { params: { id: "3" }, query: { target: "99.5", "filter[since]": "2026-03-01", "filter[until]": "2026-03-02" } },
  ],
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
        } satisfies Described<typeof summaryAttributes>,
        relationships: { server: one("servers", serverId), integration: one("integrations", id) },
      },
    };
  },
};
