import * as z from "zod";
import { type DigestRow, listDigests as findDigests } from "../../app/digest-look.js";
import { attributesOf, type Resource } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});

/** All that are configured: they are few. */
export const listDigests: Endpoint = {
  path: "/api/digests",
  async answer({ db, clock, digests }, { url, query }) {
    readQuery(noQuery, query);
    const rows = await findDigests(db, digests(), clock());
    return { links: { self: url }, data: rows.map(digestResource) };
  },
};

function digestResource({ name, recipients, ...fields }: DigestRow): Resource {
  const told = recipients.map(({ last, ...recipient }) => ({
    ...attributesOf(recipient),
    last: last === null ? null : attributesOf(last),
  }));
  return { type: "digests", id: name, attributes: { ...attributesOf(fields), recipients: told } };
}
