import * as z from "zod";
import { DELIVERY_OUTCOMES } from "../../domain/delivery.js";
import { type AttemptRow, type DeliveryRow, deliveryCursor, findDeliveries } from "../../store/history/deliveries.js";
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

export const listDeliveries: Endpoint = {
  path: "/api/deliveries",
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
    attributes: attributesOf(fields),
    relationships: {
      server: oneOrNone("servers", serverId),
      alerts: many("alerts", alertIds),
      attempts: many("attempts", attemptIds),
    },
  };
}

function attemptResource({ id, ...fields }: AttemptRow): Resource {
  return { type: "attempts", id, attributes: attributesOf(fields) };
}
