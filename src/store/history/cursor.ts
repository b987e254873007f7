import * as z from "zod";
import { ROW_ID_MAX } from "./row-id.js";

/** The place behind which the next page begins: the last row's sort key, and its id for rows with the same key. */
export type Place<Key> = { key: Key; id: bigint };

/** The text of a place, as the outside hands it back. One of another list, or of another order, is not taken. */
export type Cursor<Key> = {
  encode(key: Key, id: string): string;
  /** Null when the text is no cursor of this list. */
  decode(text: string): Place<Key> | null;
};

/** A cursor that is none, or not one of this list in this order. */
export class BadCursorError extends Error {
  constructor() {
    super("This is not a cursor of this list in this order: take the one that came with the last page");
    this.name = "BadCursorError";
  }
}

const CHARS_MAX = 2000;
const id = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt)
  .refine((value) => value <= ROW_ID_MAX);

export type KeyForm<Key> = { parse: z.ZodType<Key>; write: (key: Key) => string | number | null };

/** What both JavaScript and Postgres can write with four digits of a year. */
const instantMs = z.int().min(-62_135_596_800_000).max(253_402_300_799_999);

export const instantKey: KeyForm<Date> = {
  parse: instantMs.transform((ms) => new Date(ms)),
  write: (at) => at.getTime(),
};
export const instantOrNullKey: KeyForm<Date | null> = {
  parse: z.nullable(instantKey.parse),
  write: (at) => at?.getTime() ?? null,
};
export const countOrNullKey: KeyForm<number | null> = { parse: z.nullable(z.int()), write: (count) => count };
export const countKey: KeyForm<number> = { parse: z.int(), write: (count) => count };
export const textKey: KeyForm<string> = {
  parse: z.string().refine((text) => !text.includes("\u0000")),
  write: (text) => text,
};
/** Of a list whose order is that of its ids. */
export const noKey: KeyForm<null> = { parse: z.null(), write: () => null };

export function createCursor<Key>(scope: string, form: KeyForm<Key>): Cursor<Key> {
  const place = z.tuple([z.literal(scope), form.parse, id]);
  const write = (key: Key, rowId: string) =>
    Buffer.from(JSON.stringify([scope, form.write(key), rowId])).toString("base64url");
  return {
    encode: write,
    decode: (text) => {
      if (text.length > CHARS_MAX || !/^[\w-]+$/.test(text)) return null;
      const parsed = place.safeParse(jsonOf(Buffer.from(text, "base64url").toString("utf8")));
      if (!parsed.success) return null;
      const [, key, rowId] = parsed.data;
      return write(key, String(rowId)) === text ? { key, id: rowId } : null; // one place, one spelling
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
