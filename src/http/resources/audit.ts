import * as z from "zod";
import { AUDIT_ACTIONS, VIAS } from "../../domain/audit.js";
import { type AuditRow, auditCursor, findAuditEntries } from "../../store/history/audit.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema } from "../contract/document-schemas.js";
import { attributesOf, type Resource } from "../document.js";
import { instant, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-at"]).optional(),
  "filter[actor]": text.optional(),
  "filter[via]": oneOf(VIAS).optional(),
  "filter[action]": oneOf(AUDIT_ACTIONS).optional(),
  "filter[subject]": text.optional(),
  "filter[since]": instant.optional(),
});

const auditAttributes = z.strictObject({
  at: z.date(),
  actor: z.string(),
  via: z.enum(VIAS),
  action: z.enum(AUDIT_ACTIONS),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
const auditSchema = resourceSchema("AuditEntry", { type: "audit-entries", attributes: auditAttributes });

/** Who did what, and from where. */
export const listAudit: Endpoint = {
  path: "/api/audit",
  operationId: "listAudit",
  summary: "Lists who did what, and from where",
  query: listQuery,
  document: listOf(auditSchema),
  examples: [
    {},
    {
      query: {
        "filter[via]": "command_line",
        "filter[action]": "silence",
        "filter[since]": "2026-03-01",
        "page[size]": "1",
      },
    },
  ],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => auditCursor)]);
    const filter = {
      actor: asked["filter[actor]"] ?? null,
      via: asked["filter[via]"] ?? null,
      action: asked["filter[action]"] ?? null,
      subject: asked["filter[subject]"] ?? null,
      since: asked["filter[since]"] ?? null,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findAuditEntries(db, filter, page);
    return { links: { self: url, next: nextLink(url, next) }, data: rows.map(auditResource) };
  },
};

function auditResource({ id, detail, ...fields }: AuditRow): Resource {
  const attributes = { ...attributesOf(fields), detail: attributesOf(detail) } satisfies Described<
    typeof auditAttributes
  >;
  return { type: "audit-entries", id, attributes };
}
