import * as z from "zod";
import { type DigestRow, listDigests as findDigests } from "../../app/digest-look.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, wholeListOf } from "../contract/document-schemas.js";
import { attributesOf, type Resource } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});

const digestAttributes = z.strictObject({
  schedule: z.string(),
  "time-zone": z.string(),
  receiver: z.string(),
  "when-empty": z.enum(["skip", "say"]),
  "next-at": z.date().nullable(),
  recipients: z.array(
    z.strictObject({
      destination: z.string(),
      "told-until": z.date().nullable(),
      last: z
        .strictObject({
          "delivery-id": z.string(),
          "until-at": z.date(),
          "delivery-outcome": z.string().nullable(),
        })
        .nullable(),
    }),
  ),
});
const digestSchema = resourceSchema("Digest", { type: "digests", attributes: digestAttributes });

/** All that are configured: they are few. */
export const listDigests: Endpoint = {
  path: "/api/digests",
  operationId: "listDigests",
  summary: "Lists the digests that are configured, and how far their recipients were told",
  query: noQuery,
  document: wholeListOf(digestSchema),
  examples: [{}],
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
  return {
    type: "digests",
    id: name,
    attributes: { ...attributesOf(fields), recipients: told } satisfies Described<typeof digestAttributes>,
  };
}
