import * as z from "zod";
import { compareMoments, type Moment } from "../../app/time-travel.js";
import type { ComparedIntegration, ShownError } from "../../domain/compare.js";
import { type DifferenceRow, differenceCursor } from "../../store/history/differences.js";
import { attributesOf, one, type Resource } from "../document.js";
import { refusedFor } from "../no-moment.js";
import { moment, PAGE_SIZE_DEFAULT, text } from "../parameters.js";
import { cursorCheck, nextLink, PAGE, readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";
import { briefSnapshot } from "./snapshot-at.js";

const diffQuery = z.strictObject({
  ...PAGE,
  from: moment,
  to: moment,
  "filter[server]": text.optional(),
  "filter[integration]": text.optional(),
});

/** What differs between two moments of a server: in numbers, its integrations and how well it was watched in `meta`. */
export const showDiff: Endpoint = {
  path: "/api/diff",
  async answer({ db, clock }, { url, query }) {
    const asked = readQuery(diffQuery, query, [cursorCheck(() => differenceCursor)]);
    const { from, to } = asked;
    const [server, integration] = [asked["filter[server]"] ?? null, asked["filter[integration]"] ?? null];
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const found = await compareMoments(db, { server, integration, from, to }, page, clock());
    if (found.kind !== "compared") throw refusedFor(found);
    const { coverage } = found;
    return {
      links: { self: url, next: nextLink(url, found.errors.next) },
      meta: {
        server: found.server,
        from: momentAttributes(found.from),
        to: momentAttributes(found.to),
        summary: attributesOf(found.counts),
        integrations: found.integrations.map(integrationAttributes),
        coverage: { ...attributesOf(coverage), "longest-blind": coverage.longestBlind.map(attributesOf) },
      },
      data: found.errors.rows.map(differenceResource),
    };
  },
};

function momentAttributes({ at, snapshot }: Moment): Record<string, unknown> {
  return { at, snapshot: briefSnapshot(snapshot) };
}

function integrationAttributes({ before, after, ...fields }: ComparedIntegration): Record<string, unknown> {
  return {
    ...fields,
    before: before === null ? null : attributesOf(before),
    after: after === null ? null : attributesOf(after),
  };
}

function differenceResource({ id, integration, before, after, ...fields }: DifferenceRow): Resource {
  const isWorded = fields.differences.includes("text_changed");
  return {
    type: "differences",
    id,
    attributes: {
      ...attributesOf(fields),
      integration: attributesOf(integration),
      before: before === null ? null : shownAttributes(before, isWorded),
      after: after === null ? null : shownAttributes(after, isWorded),
    },
    relationships: { integration: one("integrations", integration.id), error: one("errors", id) },
  };
}

/** What it said comes along where that is a difference. */
function shownAttributes({ text: said, ...fields }: ShownError, isWorded: boolean): Record<string, unknown> {
  const { httpStatus, ...words } = said;
  return { ...attributesOf({ ...fields, httpStatus }), ...(isWorded && { text: attributesOf(words) }) };
}
