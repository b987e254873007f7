import * as z from "zod";
import { DELIVERY_KINDS, DELIVERY_OUTCOMES, FAILURE_REASONS } from "../../domain/delivery.js";
import {
  ATTEMPT_VERDICTS,
  type AttemptRow,
  type DeliveryRow,
  deliveryCursor,
  findDeliveries,
} from "../../store/history/deliveries.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toMany, toOneOrNone } from "../contract/document-schemas.js";
import { attributesOf, many, oneOrNone, type Resource } from "../document.js";
import { include, instant, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-created-at"]).optional(),
  include: include(["attempts"]).optional(),
  "filter[server]": text.optional(),
  "filter[destination]": text.optional(),
  "filter[outcome]": oneOf([...DELIVERY_OUTCOMES, "owed"]).optional(),
  "filter[since]": instant.optional(),
});

const deliveryAttributes = z.strictObject({
  receiver: z.string(),
  destination: z.string(),
  "group-key": z.string(),
  kind: z.enum(DELIVERY_KINDS),
  "created-at": z.date(),
  "next-attempt-at": z.date(),
  "deadline-at": z.date(),
  "delivery-outcome": z.enum(DELIVERY_OUTCOMES).nullable(),
  "outcome-because": z.string().nullable(),
  "settled-at": z.date().nullable(),
  "provider-message-id": z.string().nullable(),
  "folded-into": z.string().nullable(),
  "possibly-repeated": z.boolean(),
  "dead-letter-id": z.string().nullable(),
  "redriven-at": z.date().nullable(),
  "redriven-by": z.string().nullable(),
});
const deliverySchema = resourceSchema("Delivery", {
  type: "deliveries",
  attributes: deliveryAttributes,
  relationships: { server: toOneOrNone("servers"), alerts: toMany("alerts"), attempts: toMany("attempts") },
});

const attemptAttributes = z.strictObject({
  number: z.int(),
  "worker-id": z.string(),
  "started-at": z.date(),
  "finished-at": z.date().nullable(),
  verdict: z.enum(ATTEMPT_VERDICTS).nullable(),
  reason: z.enum(FAILURE_REASONS).nullable(),
  "retry-after-ms": z.number().nullable(),
  "provider-message-id": z.string().nullable(),
  detail: z.string().nullable(),
  "request-digest": z.string().nullable(),
  "reply-code": z.number().nullable(),
  "elapsed-ms": z.number().nullable(),
});
const attemptSchema = resourceSchema("Attempt", { type: "attempts", attributes: attemptAttributes });

export const listDeliveries: Endpoint = {
  path: "/api/deliveries",
  operationId: "listDeliveries",
  summary: "Lists what was, or is to be, told to whom",
  query: listQuery,
  document: listOf(deliverySchema, { included: [attemptSchema] }),
  examples: [
    { query: { include: "attempts" } },
    { query: { "filter[outcome]": "delivered", "filter[destination]": "oncall/console", "page[size]": "1" } },
    { query: { "filter[server]": "prod", "filter[since]": "2026-03-01" } },
  ],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => deliveryCursor)]);
    const filter = {
      server: asked["filter[server]"] ?? null,
      destination: asked["filter[destination]"] ?? null,
      deliveryOutcome: asked["filter[outcome]"] ?? null,
      since: asked["filter[since]"] ?? null,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findDeliveries(db, filter, page);
    const wanted = asked.include ?? [];
    return {
      links: { self: url, next: nextLink(url, next) },
      data: rows.map(deliveryResource),
      ...(wanted.includes("attempts") && { included: rows.flatMap((row) => row.attempts.map(attemptResource)) }),
    };
  },
};

function deliveryResource({ id, serverId, alertIds, attempts, ...fields }: DeliveryRow): Resource {
  const attemptIds = attempts.map((attempt) => attempt.id);
  return {
    type: "deliveries",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof deliveryAttributes>,
    relationships: {
      server: oneOrNone("servers", serverId),
      alerts: many("alerts", alertIds),
      attempts: many("attempts", attemptIds),
    },
  };
}

function attemptResource({ id, ...fields }: AttemptRow): Resource {
  return { type: "attempts", id, attributes: attributesOf(fields) satisfies Described<typeof attemptAttributes> };
}
