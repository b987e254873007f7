import * as z from "zod";
import { type ErrorDetail, type ErrorTextRow, findError } from "../../store/history/error-detail.js";
import { attributesOf, many, type Resource } from "../document.js";
import { include } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { readQuery } from "../query.js";
import { idOf } from "../route.js";
import { alertResource, transitionResource } from "./alerts.js";
import { changeResource } from "./changes.js";
import type { Endpoint } from "./endpoint.js";
import { errorResource } from "./errors.js";
import { briefIntegration } from "./integrations.js";

const showQuery = z.strictObject({
  include: include(["integration", "changes", "alerts", "alerts.transitions"]).optional(),
});

/** One error with what it said, its ids and why rules decided as they did; its newest changes and alerts come along. */
export const showError: Endpoint = {
  path: "/api/errors/:id",
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
  return {
    ...resource,
    attributes: {
      ...resource.attributes,
      text: text === null ? null : textAttributes(text),
      "earlier-texts": earlierTexts.map(textAttributes),
      identities: identities.map(attributesOf),
      decisions: decisions.map(({ id: _, ...decision }) => attributesOf(decision)),
    },
    relationships: {
      ...resource.relationships,
      changes: many("changes", changeIds),
      alerts: many("alerts", alertIds),
    },
  };
}

function textAttributes({ id: _, ...text }: ErrorTextRow): Record<string, unknown> {
  return attributesOf(text);
}
