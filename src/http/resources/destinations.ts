import * as z from "zod";
import { findWaiting, type Waiting } from "../../store/waiting.js";
import type { Described } from "../contract/described.js";
import { listOf, resourceSchema } from "../contract/document-schemas.js";
import { attributesOf, type Resource } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});

const destinationAttributes = z.strictObject({
  due: z.int(),
  later: z.int(),
  "oldest-due-at": z.date().nullable(),
  storm: z.strictObject({ folded: z.int(), "opened-at": z.date() }).nullable(),
  "last-day": z.strictObject({
    delivered: z.int(),
    folded: z.int(),
    suppressed: z.int(),
    expired: z.int(),
    dead: z.int(),
  }),
});
const destinationSchema = resourceSchema("Destination", { type: "destinations", attributes: destinationAttributes });

/** What every destination is still to be told: there are no more of them than the configuration names. */
export const listDestinations: Endpoint = {
  path: "/api/destinations",
  operationId: "listDestinations",
  summary: "Lists what every destination is still to be told",
  query: noQuery,
  document: listOf(destinationSchema),
  examples: [{}],
  async answer({ db, clock }, { url, query }) {
    readQuery(noQuery, query);
    return { links: { self: url, next: null }, data: (await findWaiting(db, clock())).map(destinationResource) };
  },
};

function destinationResource({ destination, lately, storm, ...fields }: Waiting): Resource {
  return {
    type: "destinations",
    id: destination,
    attributes: {
      ...attributesOf(fields),
      storm: storm === null ? null : attributesOf(storm),
      "last-day": attributesOf(lately),
    } satisfies Described<typeof destinationAttributes>,
  };
}
