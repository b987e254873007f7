import * as z from "zod";
import { findWaiting, type Waiting } from "../../store/waiting.js";
import { attributesOf, type Resource } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});

/** What every destination is still to be told: there are no more of them than the configuration names. */
export const listDestinations: Endpoint = {
  path: "/api/destinations",
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
    },
  };
}
