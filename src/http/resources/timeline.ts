import * as z from "zod";
import { BUCKETS, BUCKETS_MAX, bucketEdges, finestBucket } from "../../domain/buckets.js";
import { findTimeline, findTimelineSubject } from "../../store/history/timeline.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema } from "../contract/document-schemas.js";
import { instant, oneOf, timeZone } from "../parameters.js";
import { badParameter, NOT_FOUND, RequestRefused } from "../problem.js";
import { type Check, readQuery, spanCheck } from "../query.js";
import { idOf } from "../route.js";
import { spanAsked } from "../span.js";
import type { Endpoint } from "./endpoint.js";

const timelineQuery = z.strictObject({
  bucket: oneOf(BUCKETS).optional(),
  "time-zone": timeZone.optional(),
  "filter[since]": instant.optional(),
  "filter[until]": instant.optional(),
});

const bucketAttributes = z.strictObject({ from: z.date(), until: z.date(), added: z.int().nullable() });
const bucketSchema = resourceSchema("TimelineBucket", { type: "timeline-buckets", attributes: bucketAttributes });
const timelineMeta = z.strictObject({
  since: z.date().optional(),
  until: z.date().optional(),
  bucket: z.enum(BUCKETS),
  "time-zone": z.string(),
  added: z.int(),
});

/** Shorter buckets begin at whole minutes and hours of UTC, whoever looks. */
const zoneCheck: Check = (raw) =>
  raw["time-zone"] === undefined || raw.bucket === "1d"
    ? null
    : badParameter("time-zone", "Can only be chosen with bucket=1d");

/** What was added to an error in each bucket of a span; null where nobody was watching. */
export const showTimeline: Endpoint = {
  path: "/api/errors/:id/timeline",
  operationId: "showTimeline",
  summary: "Shows what was added to an error over time",
  query: timelineQuery,
  document: listOf(bucketSchema, { meta: timelineMeta }),
  problems: [404],
  examples: [
    { params: { id: "34" }, query: { bucket: "1h", "filter[since]": "2026-03-01", "filter[until]": "2026-03-02" } },
    { params: { id: "34" }, query: { bucket: "1d", "time-zone": "Europe/Berlin" } },
  ],
  async answer({ db, clock }, { url, query, params }) {
    const asked = readQuery(timelineQuery, query, [spanCheck(instant), zoneCheck]);
    const subject = await findTimelineSubject(db, idOf(params));
    if (subject === null) throw new RequestRefused([NOT_FOUND]);
    const span = spanAsked({ since: asked["filter[since]"], until: asked["filter[until]"] }, clock());
    const fitting = finestBucket(span, BUCKETS_MAX);
    if (fitting === null) {
      throw new RequestRefused([badParameter("filter[since]", `Must make a span of fewer than ${BUCKETS_MAX} days`)]);
    }
    const bucket = asked.bucket ?? finestBucket(span) ?? fitting;
    if (BUCKETS.indexOf(bucket) < BUCKETS.indexOf(fitting)) {
      const detail = `There are at most ${BUCKETS_MAX}: for this span, ${fitting} or longer`;
      throw new RequestRefused([badParameter("bucket", detail)]);
    }
    const zone = asked["time-zone"] ?? "UTC";
    const buckets = await findTimeline(db, subject, bucketEdges(span, bucket, zone));
    return {
      links: { self: url, next: null },
      meta: {
        since: buckets[0]?.from,
        until: buckets.at(-1)?.until,
        bucket,
        "time-zone": zone,
        added: buckets.reduce((sum, { added }) => sum + (added ?? 0), 0),
      } satisfies Described<typeof timelineMeta>,
      data: buckets.map(({ from, until, added }) => ({
        type: "timeline-buckets",
        id: `${subject.id}-${from.toISOString()}`,
        attributes: { from, until, added } satisfies Described<typeof bucketAttributes>,
      })),
    };
  },
};
