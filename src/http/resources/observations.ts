import * as z from "zod";
import { CAUSES } from "../../domain/cause.js";
import { findObservations, type ObservationRow, observationCursor } from "../../store/history/seen-errors.js";
import { findTimelineSubject } from "../../store/history/timeline.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, one, type Resource } from "../document.js";
import { instant, oneOf, PAGE_SIZE_DEFAULT } from "../parameters.js";
import { NOT_FOUND, RequestRefused } from "../problem.js";
import { cursorCheck, nextLink, PAGE, readQuery, spanCheck } from "../query.js";
import { idOf } from "../route.js";
import { spanAsked } from "../span.js";
import type { Endpoint } from "./endpoint.js";

const listQuery = z.strictObject({
  ...PAGE,
  sort: oneOf(["-observed-at"]).optional(),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

const observationAttributes = z.strictObject({
  "observed-at": z.date(),
  "text-id": z.string(),
  present: z.boolean(),
  occurrences: z.int().nullable(),
  "last-occurred-at": z.date().nullable(),
  headline: z.string(),
  cause: z.enum(CAUSES),
  "http-status": z.int().nullable(),
  "differs-in": z.array(z.string()).nullable(),
});
const observationSchema = resourceSchema("Observation", {
  type: "observations",
  attributes: observationAttributes,
  relationships: { error: toOne("errors"), snapshot: toOne("snapshots") },
});

/** When the server showed an error otherwise than before, and how. Always of a span, which the answer names. */
export const listObservations: Endpoint = {
  path: "/api/errors/:id/observations",
  operationId: "listObservations",
  summary: "Lists when an error was shown otherwise than before, and how",
  query: listQuery,
  document: listOf(observationSchema, { meta: z.strictObject({ since: z.date(), until: z.date() }) }),
  problems: [404],
  examples: [
    { params: { id: "34" } },
    {
      params: { id: "34" },
      query: { "filter[since]": "2026-03-01", "filter[until]": "2026-03-02", "page[size]": "1" },
    },
  ],
  async answer({ db, clock }, { url, query, params }) {
    const asked = readQuery(listQuery, query, [cursorCheck(() => observationCursor), spanCheck(instant)]);
    const subject = await findTimelineSubject(db, idOf(params));
    if (subject === null) throw new RequestRefused([NOT_FOUND]);
    const span = spanAsked({ since: asked["filter[since]"], until: asked["filter[until]"] }, clock());
    const page = { size: asked["page[size]"] ?? PAGE_SIZE_DEFAULT, after: asked["page[after]"] ?? null };
    const { rows, next } = await findObservations(db, subject.id, span, page);
    const decided = { "filter[since]": span.since.toISOString(), "filter[until]": span.until.toISOString() };
    return {
      links: { self: url, next: nextLink(url, next, decided) },
      meta: span,
      data: rows.map((row) => observationResource(String(subject.id), row)),
    };
  },
};

function observationResource(errorId: string, { id, textId, differsIn, ...fields }: ObservationRow): Resource {
  const named = differsIn === null ? null : differsIn.flatMap((field) => Object.keys(attributesOf({ [field]: null })));
  return {
    type: "observations",
    id: `${errorId}-${id}`,
    attributes: {
      ...attributesOf(fields),
      "text-id": textId,
      "differs-in": named,
    } satisfies Described<typeof observationAttributes>,
    relationships: { error: one("errors", errorId), snapshot: one("snapshots", id) },
  };
}
