import * as z from "zod";
import { CAUSES, type Cause } from "../../domain/cause.js";
import { DEFAULT_ERROR_SORT, ERROR_SORT_KEYS, type ErrorSort, errorOrder } from "../../store/history/error-order.js";
import type { ErrorRow } from "../../store/history/error-row.js";
import { ERROR_STATES, findErrors } from "../../store/history/errors.js";
import { attributesOf, distinct, one, type Resource } from "../document.js";
import { httpStatus, include, oneOf, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, type RawQuery, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";
import { briefIntegration } from "./integrations.js";

const sort = z.string().transform((value, context): ErrorSort => {
  const descending = value.startsWith("-");
  const by = ERROR_SORT_KEYS.find((key) => key === value.slice(descending ? 1 : 0));
  if (by !== undefined) return { by, descending };
  const message = `Must be one of: ${ERROR_SORT_KEYS.join(", ")}; with a - before it the highest or latest come first`;
  context.issues.push({ code: "custom", message, input: value });
  return z.NEVER;
});

const listQuery = z.strictObject({
  ...PAGE,
  sort: sort.optional(),
  include: include(["integration"]).optional(),
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
  "filter[cause]": oneOf(CAUSES).optional(),
  "filter[http-status]": httpStatus.optional(),
  "filter[state]": oneOf(ERROR_STATES).optional(),
  "filter[text]": text.optional(),
});

export const listErrors: Endpoint = {
  path: "/api/errors",
  async answer({ db }, { url, query }) {
    const asked = readQuery(listQuery, query, [cursorCheck(orderAskedFor)]);
    const filter = {
      server: asked["filter[server]"] ?? null,
      integration: asked["filter[integration]"] ?? null,
      cause: asked["filter[cause]"] ?? null,
      httpStatus: asked["filter[http-status]"] ?? null,
      state: asked["filter[state]"] ?? null,
      text: asked["filter[text]"] ?? null,
      sort: asked.sort ?? DEFAULT_ERROR_SORT,
    };
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findErrors(db, filter, page);
    const wanted = asked.include ?? [];
    return {
      links: { self: url, next: nextLink(url, next) },
      data: rows.map(errorResource),
      ...(wanted.includes("integration") && {
        included: distinct(rows.map(({ integration }) => briefIntegration(integration))),
      }),
    };
  },
};

/** Null while the order itself is wrong: then nothing can be said about the cursor. */
function orderAskedFor(raw: RawQuery): { decode(text: string): unknown } | null {
  const asked = raw.sort === undefined ? null : sort.safeParse(raw.sort);
  if (asked?.success === false) return null;
  const order = errorOrder(asked?.data ?? DEFAULT_ERROR_SORT);
  return { decode: (cursor) => order.behind(cursor) };
}

export function errorResource({ id, serverId, integration, ...fields }: ErrorRow): Resource {
  return {
    type: "errors",
    id,
    attributes: attributesOf(fields),
    relationships: { server: one("servers", serverId), integration: one("integrations", integration.id) },
    links: { self: `/api/errors/${encodeURIComponent(id)}` },
  };
}

/** An error as others name it: in brief. */
export function briefError({ id, ...fields }: { id: string; headline: string; cause: Cause }): Resource {
  return { type: "errors", id, attributes: fields, links: { self: `/api/errors/${encodeURIComponent(id)}` } };
}
