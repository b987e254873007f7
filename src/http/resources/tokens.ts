import * as z from "zod";
import { TOKEN_ROLES, tokenStateOf } from "../../domain/api-token.js";
import { findApiTokens } from "../../store/api-tokens.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, wholeListOf } from "../contract/document-schemas.js";
import { attributesOf } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});
/** They come whole: people make them, by hand. */
const TOKENS_MAX = 1000;

const tokenAttributes = z.strictObject({
  name: z.string(),
  role: z.enum(TOKEN_ROLES),
  "created-at": z.date(),
  "created-by": z.string(),
  "expires-at": z.date().nullable(),
  "revoked-at": z.date().nullable(),
  "revoked-by": z.string().nullable(),
  "last-used-at": z.date().nullable(),
  state: z.enum(["active", "expired", "revoked"]),
});
const tokenSchema = resourceSchema("Token", { type: "tokens", attributes: tokenAttributes });

/** The tokens that there are and were; of what they are only a digest is kept, and not told. */
export const listTokens: Endpoint = {
  path: "/api/tokens",
  role: "admin",
  operationId: "listTokens",
  summary: "Lists the tokens that there are and were",
  query: noQuery,
  document: wholeListOf(tokenSchema),
  examples: [{}],
  async answer({ db, clock }, { url, query }) {
    readQuery(noQuery, query);
    const now = clock();
    const rows = await findApiTokens(db, TOKENS_MAX);
    return {
      links: { self: url },
      data: rows.map(({ id, ...fields }) => ({
        type: "tokens",
        id,
        attributes: {
          ...attributesOf(fields),
          state: tokenStateOf(fields, now),
        } satisfies Described<typeof tokenAttributes>,
      })),
    };
  },
};
