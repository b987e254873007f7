import * as z from "zod";
import { ALERT_STATES, ALERT_SUBJECTS, SEVERITIES } from "../../domain/alert.js";
import { DELIVERY_OUTCOMES } from "../../domain/delivery.js";
import { ALERT_OCCASIONS } from "../../domain/notification.js";
import { VERDICTS } from "../../domain/rule.js";
import { type AlertExplained, type Explanation, explainError } from "../../domain/why.js";
import { HIDDEN_BY } from "../../domain/why-facts.js";
import { findWhy } from "../../store/history/why.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, singleOf, toMany, toOne } from "../contract/document-schemas.js";
import { attributesOf, many, one, type Resource } from "../document.js";
import { instant } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { readQuery } from "../query.js";
import { idOf } from "../route.js";
import type { Endpoint } from "./endpoint.js";

const whyQuery = z.strictObject({ "filter[at]": instant.optional() });

const silenceThen = z
  .strictObject({ id: z.string(), author: z.string(), reason: z.string(), "ends-at": z.date() })
  .nullable();
const toldThen = z.strictObject({
  "delivery-id": z.string(),
  receiver: z.string(),
  destination: z.string(),
  move: z.strictObject({ to: z.enum(ALERT_STATES), at: z.date() }).nullable(),
  occasion: z.enum(ALERT_OCCASIONS).nullable(),
  "owed-at": z.date(),
  "next-attempt-at": z.date(),
  "delivery-outcome": z.enum(DELIVERY_OUTCOMES).nullable(),
  "outcome-because": z.string().nullable(),
  "settled-at": z.date().nullable(),
  hidden: z
    .strictObject({
      by: z.enum(HIDDEN_BY),
      because: z.string(),
      silence: silenceThen,
      "shown-again-at": z.date().nullable(),
    })
    .nullable(),
  sentence: z.string(),
});
const alertThen = z.strictObject({
  id: z.string(),
  subject: z.enum(ALERT_SUBJECTS),
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  "alert-state": z.enum(ALERT_STATES),
  "moved-at": z.date(),
  because: z.string().nullable(),
  "opened-at": z.date(),
  labels: z.record(z.string(), z.string()),
  "parent-id": z.string().nullable(),
  acknowledgement: z
    .strictObject({ author: z.string(), note: z.string(), at: z.date(), "until-at": z.date().nullable() })
    .nullable(),
  silence: silenceThen,
  sentences: z.array(z.string()),
  told: z.array(toldThen),
});
const verdictThen = z.strictObject({
  id: z.string(),
  at: z.date(),
  about: z.enum(["error", "integration"]),
  rule: z.string(),
  verdict: z.enum(VERDICTS),
  because: z.string(),
  inputs: z.record(z.string(), z.union([z.number(), z.string()]).nullable()),
  sentence: z.string(),
  numbers: z.array(z.string()),
});
const explanationAttributes = z.strictObject({
  at: z.date(),
  answer: z.string(),
  alerts: z.array(alertThen),
  verdicts: z.array(verdictThen),
  "idle-rules": z.array(z.strictObject({ rule: z.string(), because: z.string(), limits: z.array(z.string()) })),
});
const explanationSchema = resourceSchema("Explanation", {
  type: "explanations",
  attributes: explanationAttributes,
  relationships: { error: toOne("errors"), alerts: toMany("alerts") },
});

/** Why an error was told, or was not: now, or at a moment that is asked for. */
export const showWhy: Endpoint = {
  path: "/api/errors/:id/why",
  operationId: "showWhy",
  summary: "Explains why an error was told, or was not",
  query: whyQuery,
  document: singleOf(explanationSchema),
  problems: [404],
  examples: [{ params: { id: "34" } }, { params: { id: "34" }, query: { "filter[at]": "2026-03-01T12:00:00Z" } }],
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
    } satisfies Described<typeof explanationAttributes>,
    relationships: {
      error: one("errors", errorId),
      alerts: many(
        "alerts",
        alerts.map(({ id }) => id),
      ),
    },
  };
}

function alertAttributes({ acknowledgement, silence, told, ...alert }: AlertExplained): Described<typeof alertThen> {
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
