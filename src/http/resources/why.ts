import * as z from "zod";
import { type AlertExplained, type Explanation, explainError } from "../../domain/why.js";
import { findWhy } from "../../store/history/why.js";
import { attributesOf, many, one, type Resource } from "../document.js";
import { instant } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { readQuery } from "../query.js";
import { idOf } from "../route.js";
import type { Endpoint } from "./endpoint.js";

const whyQuery = z.strictObject({ "filter[at]": instant.optional() });

/** Why an error was told, or was not: now, or at a moment that is asked for. */
export const showWhy: Endpoint = {
  path: "/api/errors/:id/why",
  async answer({ db, clock, rules }, { url, query, params }) {
    const asked = readQuery(whyQuery, query);
    const facts = await findWhy(db, idOf(params), asked["filter[at]"] ?? clock());
    if (facts === null) throw new RequestRefused([NOT_FOUND]);
    const explanation = explainError(facts, rules(), (at) => at.toISOString());
    return { links: { self: url }, data: whyResource(explanation) };
  },
};

function whyResource({ errorId, at, answer, alerts, verdicts, idleRules }: Explanation): Resource {
  return {
    type: "explanations",
    id: errorId,
    attributes: {
      at,
      answer,
      alerts: alerts.map(alertAttributes),
      verdicts: verdicts.map(attributesOf),
      "idle-rules": idleRules.map(attributesOf),
    },
    relationships: {
      error: one("errors", errorId),
      alerts: many(
        "alerts",
        alerts.map(({ id }) => id),
      ),
    },
  };
}

function alertAttributes({ acknowledgement, silence, told, ...alert }: AlertExplained): Record<string, unknown> {
  return {
    ...attributesOf(alert),
    acknowledgement: acknowledgement === null ? null : attributesOf(acknowledgement),
    silence: silence === null ? null : attributesOf(silence),
    told: told.map(({ hidden, ...one }) => ({
      ...attributesOf(one),
      hidden:
        hidden === null
          ? null
          : { ...attributesOf(hidden), silence: hidden.silence === null ? null : attributesOf(hidden.silence) },
    })),
  };
}
