import * as z from "zod";
import { tokenStateOf } from "../../domain/api-token.js";
import { findApiTokens } from "../../store/api-tokens.js";
import { attributesOf } from "../document.js";
import { readQuery } from "../query.js";
import type { Endpoint } from "./endpoint.js";

const noQuery = z.strictObject({});
/** They come whole: people make them, by hand. */
const TOKENS_MAX = 1000;

/** The tokens that there are and were; of what they are only a digest is kept, and not told. */
export const listTokens: Endpoint = {
  path: "/api/tokens",
  role: "admin",
  async answer({ db, clock }, { url, query }) {
    readQuery(noQuery, query);
    const now = clock();
    const rows = await findApiTokens(db, TOKENS_MAX);
    return {
      links: { self: url },
      data: rows.map(({ id, ...fields }) => ({
        type: "tokens",
        id,
        attributes: { ...attributesOf(fields), state: tokenStateOf(fields, now) },
      })),
    };
  },
};
