import type { Json } from "./json.js";
import { foldText } from "./plain-text.js";
import type { ErrorText } from "./snapshot.js";

/** One value that stands somewhere in what the server said about an error. */
export type Scrap = {
  /** Where it stands, for people: `the title`, `meta.err.code`. Holds no character that could harm a medium. */
  place: string;
  /** Name of the innermost key: lower case without `-` and `_`. An element of an array has the name of its array. */
  key: string;
  value: string | number | boolean;
  /** Whether it stands in one of the error's own texts, which sum up what `meta` only holds in detail. */
  own: boolean;
  /** Its text folded, once somebody asked for it. */
  folded?: string;
};

const OWN_TEXTS = [
  ["title", "the title"],
  ["shortText", "the short text"],
  ["longText", "the long text"],
] as const;

/** What was asked, with what and about whom: it says nothing about what went wrong, and `help` is only advice. */
const NOT_EVIDENCE = new Set(
  (
    "requestoptions request requestbody options useroptions config headers form qs query timings cert socket agent " +
    "entity entityvalue entities lookupobject user url uri path href host hostname address help privatekey"
  ).split(" "),
);
const VALUES_MAX = 2000;
const DEPTH_MAX = 16;

/** A key as it is compared: `status-code`, `statusCode` and `STATUS_CODE` are one. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/[-_]/g, "");
}

/**
 * Everything an error says, own texts first, then `meta` with the shallowest first; JSON inside a string is opened.
 * Requests, indicators and advice are left out. Bounded in depth and number, whatever came.
 */
export function scrapsOf(error: ErrorText): readonly Scrap[] {
  const own = OWN_TEXTS.flatMap(([slot, place]): Branch[] => {
    const text = error[slot];
    return text === null ? [] : [{ value: text, place, key: slot.toLowerCase(), depth: 0, own: true }];
  });
  return [...leavesOf(own), ...leavesOf([{ value: error.meta, place: "meta", key: "meta", depth: 0, own: false }])];
}

const FOLDED_META_CHARS_MAX = 2000;

/** The text of a scrap as phrases are looked for in it; what `meta` quotes is read from its beginning only. */
export function foldScrap(scrap: Scrap & { value: string }): string {
  scrap.folded ??= foldText(scrap.own ? scrap.value : scrap.value.slice(0, FOLDED_META_CHARS_MAX));
  return scrap.folded;
}

export function isText(scrap: Scrap): scrap is Scrap & { value: string } {
  return typeof scrap.value === "string" && scrap.key !== "stack";
}

type Branch = { value: Json; place: string; key: string; depth: number; own: boolean };

function leavesOf(roots: readonly Branch[]): Scrap[] {
  const queue = [...roots];
  const leaves: Scrap[] = [];
  for (let at = 0; at < queue.length && at < VALUES_MAX; at += 1) {
    const branch = queue[at];
    if (branch === undefined) break;
    const value = typeof branch.value === "string" ? opened(branch.value) : branch.value;
    if (value === null) continue;
    if (typeof value === "object") {
      if (branch.depth < DEPTH_MAX && queue.length < VALUES_MAX) queue.push(...branchesOf(value, branch));
    } else {
      leaves.push({ place: branch.place, key: branch.key, value, own: branch.own });
    }
  }
  return leaves;
}

function branchesOf(value: object & Json, parent: Branch): Branch[] {
  const { depth, own } = { depth: parent.depth + 1, own: parent.own };
  if (isList(value)) {
    return value.map((item, index) => ({
      value: item,
      place: `${parent.place}[${index}]`,
      key: parent.key,
      depth,
      own,
    }));
  }
  return Object.entries(value).flatMap(([name, item]) => {
    const key = foldKey(name);
    const place = `${parent.place}.${/^[\w-]{1,40}$/.test(name) ? name : "?"}`;
    return NOT_EVIDENCE.has(key) ? [] : [{ value: item, place, key, depth, own }];
  });
}

function isList(value: object & Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value inside a string that holds a JSON object or array; any other string as it is. */
function opened(text: string): Json {
  if (!/^\s{0,9}[[{]/.test(text)) return text;
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text; // it only looked like JSON, or was cut
  }
}
