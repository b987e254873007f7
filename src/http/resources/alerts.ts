import * as z from "zod";
import { ALERT_STATES, ALERT_SUBJECTS, SEVERITIES } from "../../domain/alert.js";
import { type AlertRow, alertCursor, findAlerts, type TransitionRow } from "../../store/history/alerts.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toMany, toOne, toOneOrNone } from "../contract/document-schemas.js";
import { attributesOf, distinct, many, one, oneOrNone, type Resource } from "../document.js";
import { include, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";
import { briefError, briefErrorSchema } from "./errors.js";
import { briefIntegration, briefIntegrationSchema } from "./integrations.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-opened-at"]).optional(),
  include: include(["error", "integration", "transitions"]).optional(),
  "filter[server]": text.optional(),
  "filter[state]": oneOf([...ALERT_STATES, "open"]).optional(),
  "filter[error]": text.optional(),
  "filter[severity]": oneOf(SEVERITIES).optional(),
});

const alertAttributes = z.strictObject({
  subject: z.enum(ALERT_SUBJECTS),
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  "alert-state": z.enum(ALERT_STATES),
  labels: z.record(z.string(), z.string()),
  "opened-at": z.date(),
  "fired-at": z.date().nullable(),
  "last-active-at": z.date(),
  "resolved-at": z.date().nullable(),
  "quiet-ms": z.int(),
  acknowledgement: z
    .strictObject({ author: z.string(), at: z.date(), note: z.string(), "until-at": z.date().nullable() })
    .nullable(),
});
/** An alert with the moves that it made. */
export const alertSchema = resourceSchema("Alert", {
  type: "alerts",
  attributes: alertAttributes,
  relationships: {
    server: toOne("servers"),
    error: toOneOrNone("errors"),
    integration: toOneOrNone("integrations"),
    transitions: toMany("transitions"),
  },
});

const transitionAttributes = z.strictObject({
  at: z.date(),
  "from-state": z.enum(ALERT_STATES).nullable(),
  "to-state": z.enum(ALERT_STATES),
  because: z.string(),
  author: z.string().nullable(),
});
/** One recorded move of an alert. */
export const transitionSchema = resourceSchema("Transition", { type: "transitions", attributes: transitionAttributes });

export const listAlerts: Endpoint = {
  path: "/api/alerts",
  operationId: "listAlerts",
  summary: "Lists alerts",
  query: listQuery,
  document: listOf(alertSchema, { included: [briefErrorSchema, briefIntegrationSchema, transitionSchema] }),
  examples: [
    { query: { "filter[state]": "open", include: "error,integration,transitions" } },
    { query: { "filter[server]": "prod", "filter[severity]": "info", "page[size]": "1" } },
  ],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => alertCursor)]);
    const filter = {
      server: asked["filter[server]"] ?? null,
      alertState: asked["filter[state]"] ?? null,
      error: asked["filter[error]"] ?? null,
      severity: asked["filter[severity]"] ?? null,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findAlerts(db, filter, page);
    const wanted = asked.include ?? [];
    return {
      links: { self: url, next: nextLink(url, next) },
      data: rows.map(alertResource),
      ...(wanted.length > 0 && { included: distinct(rows.flatMap((row) => companionsOf(row, wanted))) }),
    };
  },
};

function companionsOf(row: AlertRow, wanted: readonly string[]): Resource[] {
  return [
    ...(wanted.includes("error") && row.error !== null ? [briefError(row.error)] : []),
    ...(wanted.includes("integration") && row.integration !== null ? [briefIntegration(row.integration)] : []),
    ...(wanted.includes("transitions") ? row.transitions.map(transitionResource) : []),
  ];
}

export function alertResource(row: AlertRow): Resource {
  const { id, serverId, error, integration, acknowledgement, transitions, ...fields } = row;
  return {
    type: "alerts",
    id,
    attributes: {
      ...attributesOf(fields),
      acknowledgement: acknowledgement === null ? null : attributesOf(acknowledgement),
    } satisfies Described<typeof alertAttributes>,
    relationships: {
      server: one("servers", serverId),
      error: oneOrNone("errors", error?.id ?? null),
      integration: oneOrNone("integrations", integration?.id ?? null),
      transitions: many(
        "transitions",
        transitions.map((transition) => transition.id),
      ),
    },
  };
}

export function transitionResource({ id, ...fields }: TransitionRow): Resource {
  return {
    type: "transitions",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof transitionAttributes>,
  };
}
