import * as z from "zod";
import { findIntegrations, type IntegrationRow, integrationCursor } from "../../store/history/integrations.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, one, type Resource } from "../document.js";
import { oneOf, PAGE_SIZE_DEFAULT, text, yesOrNo } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["name"]).optional(),
  "filter[server]": text.optional(),
  "filter[status]": text.optional(),
  "filter[present]": yesOrNo.optional(),
});

const integrationAttributes = z.strictObject({
  "polarity-id": z.string(),
  name: z.string(),
  acronym: z.string(),
  "integration-status": z.string(),
  present: z.boolean(),
  "first-seen-at": z.date(),
  "observed-at": z.date(),
  "errors-present": z.int(),
});
const integrationSchema = resourceSchema("Integration", {
  type: "integrations",
  attributes: integrationAttributes,
  relationships: { server: toOne("servers") },
});

const briefAttributes = z.strictObject({ name: z.string(), acronym: z.string() });
/** An integration that comes along. */
export const briefIntegrationSchema = resourceSchema("BriefIntegration", {
  type: "integrations",
  attributes: briefAttributes,
});

export const listIntegrations: Endpoint = {
  path: "/api/integrations",
  operationId: "listIntegrations",
  summary: "Lists the integrations of servers",
  query: listQuery,
  document: listOf(integrationSchema),
  examples: [{}, { query: { "filter[status]": "not-running", "filter[present]": "true", sort: "name" } }],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => integrationCursor)]);
    const filter = {
      server: asked["filter[server]"] ?? null,
      integrationStatus: asked["filter[status]"] ?? null,
      present: asked["filter[present]"] ?? null,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findIntegrations(db, filter, page);
    return { links: { self: url, next: nextLink(url, next) }, data: rows.map(integrationResource) };
  },
};

function integrationResource({ id, serverId, ...fields }: IntegrationRow): Resource {
  return {
    type: "integrations",
    id,
    attributes: attributesOf(fields) satisfies Described<typeof integrationAttributes>,
    relationships: { server: one("servers", serverId) },
  };
}

/** An integration as others name it: in brief. */
export function briefIntegration({ id, ...fields }: { id: string; name: string; acronym: string }): Resource {
  return { type: "integrations", id, attributes: fields satisfies Described<typeof briefAttributes> };
}
