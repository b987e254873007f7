import * as z from "zod";
import { CAUSES } from "../../domain/cause.js";
import { VERDICTS } from "../../domain/rule.js";
import { type ErrorDetail, type ErrorTextRow, findError } from "../../store/history/error-detail.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, singleOf, toMany } from "../contract/document-schemas.js";
import { attributesOf, many, type Resource } from "../document.js";
import { include } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { readQuery } from "../query.js";
import { idOf } from "../route.js";
import { alertResource, alertSchema, transitionResource, transitionSchema } from "./alerts.js";
import { changeResource, changeSchema } from "./changes.js";
import type { Endpoint } from "./endpoint.js";
import { errorAttributes, errorRelationships, errorResource } from "./errors.js";
import { briefIntegration, briefIntegrationSchema } from "./integrations.js";

const showQuery = z.strictObject({
  include: include(["integration", "changes", "alerts", "alerts.transitions"]).optional(),
});

const errorText = z.strictObject({
  title: z.string().nullable(),
  "short-text": z.string().nullable(),
  "long-text": z.string().nullable(),
  "http-status": z.int().nullable(),
  meta: z.record(z.string(), z.unknown()),
  rest: z.record(z.string(), z.unknown()),
  headline: z.string(),
  body: z.string(),
  cause: z.enum(CAUSES),
  "cause-because": z.string(),
  "first-seen-at": z.date(),
});
/** What is said of an error besides what the list says. */
const detailOnly = z.strictObject({
  text: errorText.nullable(),
  "earlier-texts": z.array(errorText),
  identities: z.array(
    z.strictObject({ "polarity-id": z.string(), "snapshot-id": z.string(), "observed-at": z.date() }),
  ),
  decisions: z.array(
    z.strictObject({
      at: z.date(),
      rule: z.string(),
      verdict: z.enum(VERDICTS),
      because: z.string(),
      inputs: z.record(z.string(), z.union([z.number(), z.string()]).nullable()),
    }),
  ),
});
const detailSchema = resourceSchema("ErrorDetail", {
  type: "errors",
  attributes: errorAttributes.extend(detailOnly.shape),
  relationships: { ...errorRelationships, changes: toMany("changes"), alerts: toMany("alerts") },
  hasSelf: true,
});

/** One error with what it said, its ids and why rules decided as they did; its newest changes and alerts come along. */
export const showError: Endpoint = {
  path: "/api/errors/:id",
  operationId: "showError",
  summary: "Shows one error with its texts, ids, decisions, changes and alerts",
  query: showQuery,
  document: singleOf(detailSchema, { included: [briefIntegrationSchema, changeSchema, alertSchema, transitionSchema] }),
  problems: [404],
  examples: [{ params: { id: "34" } }, { params: { id: "34" }, query: { include: "integration,changes" } }],
  async answer({ db }, asked) {
    const query = readQuery(showQuery, asked.query);
    const error = await findError(db, idOf(asked.params));
    if (error === null) throw new RequestRefused([NOT_FOUND]);
    const wanted = query.include ?? ["integration", "changes", "alerts", "alerts.transitions"];
    return {
      links: { self: asked.url },
      data: detailResource(error),
      included: [
        ...(wanted.includes("integration") ? [briefIntegration(error.integration)] : []),
        ...(wanted.includes("changes") ? error.changes.map(changeResource) : []),
        ...(wanted.includes("alerts") || wanted.includes("alerts.transitions") ? error.alerts.map(alertResource) : []),
        ...(wanted.includes("alerts.transitions")
          ? error.alerts.flatMap((alert) => alert.transitions.map(transitionResource))
          : []),
      ],
    };
  },
};

function detailResource(error: ErrorDetail): Resource {
  const { text, earlierTexts, identities, decisions, changes, alerts, ...row } = error;
  const resource = errorResource(row);
  const changeIds = changes.map((change) => change.id);
  const alertIds = alerts.map((alert) => alert.id);
  const more = {
    text: text === null ? null : textAttributes(text),
    "earlier-texts": earlierTexts.map(textAttributes),
    identities: identities.map(attributesOf),
    decisions: decisions.map(({ id: _, ...decision }) => attributesOf(decision)),
  } satisfies Described<typeof detailOnly>;
  return {
    ...resource,
    attributes: { ...resource.attributes, ...more },
    relationships: {
      ...resource.relationships,
      changes: many("changes", changeIds),
      alerts: many("alerts", alertIds),
    },
  };
}

function textAttributes({ id: _, ...text }: ErrorTextRow): Described<typeof errorText> {
  return attributesOf(text);
}
