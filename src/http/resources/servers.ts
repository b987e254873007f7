import * as z from "zod";
import { findServers, type ServerRow, serverCursor } from "../../store/history/servers.js";
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

export const listServers: Endpoint = {
  path: "/api/servers",
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
    attributes: { ...attributesOf(fields), "last-failure": lastFailure === null ? null : attributesOf(lastFailure) },
    links: { self: `/api/servers/${encodeURIComponent(id)}` },
  };
}
