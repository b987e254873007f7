import * as z from "zod";
import { READ_FAILURES } from "../../domain/snapshot.js";
import { findServers, type ServerRow, serverCursor } from "../../store/history/servers.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, singleOf } from "../contract/document-schemas.js";
import { attributesOf, type Resource } from "../document.js";
import { oneOf, PAGE_SIZE_DEFAULT, text, yesOrNo } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import { idOf } from "../route.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["id"]).optional(),
  "filter[server]": text.optional(),
  "filter[watched]": yesOrNo.optional(),
});
const noQuery = z.strictObject({});

const serverAttributes = z.strictObject({
  url: z.string(),
  watched: z.boolean(),
  "interval-ms": z.int(),
  "created-at": z.date(),
  "credentials-proved-at": z.date().nullable(),
  "baseline-at": z.date().nullable(),
  "last-good-poll-at": z.date().nullable(),
  "failing-since": z.date().nullable(),
  "failed-polls": z.int(),
  "integrations-present": z.int(),
  "integrations-not-running": z.int(),
  "errors-present": z.int(),
  "open-alerts": z.int(),
  "last-failure": z
    .strictObject({
      failure: z.enum(READ_FAILURES),
      detail: z.string().nullable(),
      "http-status": z.int().nullable(),
      "failed-at": z.date(),
    })
    .nullable(),
});
const serverSchema = resourceSchema("Server", { type: "servers", attributes: serverAttributes, hasSelf: true });

export const listServers: Endpoint = {
  path: "/api/servers",
  operationId: "listServers",
  summary: "Lists servers and how they are doing",
  query: listQuery,
  document: listOf(serverSchema),
  examples: [{}, { query: { "filter[server]": "prod", "filter[watched]": "true", sort: "id", "page[size]": "1" } }],
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => serverCursor)]);
    const filter = { server: asked["filter[server]"] ?? null, watched: asked["filter[watched]"] ?? null };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findServers(db, filter, page);
    return { links: { self: url, next: nextLink(url, next) }, data: rows.map(serverResource) };
  },
};

export const showServer: Endpoint = {
  path: "/api/servers/:id",
  operationId: "showServer",
  summary: "Shows one server",
  query: noQuery,
  document: singleOf(serverSchema),
  problems: [404],
  examples: [{ params: { id: "prod" } }],
  async answer({ db }, asked) {
    readQuery(noQuery, asked.query);
    const id = idOf(asked.params);
    const { rows } = await findServers(db, { server: id, watched: null }, { size: 1, after: null });
    const [row] = rows;
    if (row === undefined) throw new RequestRefused([NOT_FOUND]);
    return { links: { self: asked.url }, data: serverResource(row) };
  },
};

function serverResource({ id, lastFailure, ...fields }: ServerRow): Resource {
  return {
    type: "servers",
    id,
    attributes: {
      ...attributesOf(fields),
      "last-failure": lastFailure === null ? null : attributesOf(lastFailure),
    } satisfies Described<typeof serverAttributes>,
    links: { self: `/api/servers/${encodeURIComponent(id)}` },
  };
}
