import { foldScrap, isText, type Scrap } from "./evidence.js";
import type { ErrorText } from "./snapshot.js";

export type HttpStatusFound = {
  httpStatus: number /** Where it was found; null for the error's own attribute. */;
  place: string | null;
};

/** Where integrations put the status of the answer that made them fail, most telling first; then any other depth. */
const PLACES_FIRST = [
  "meta.status",
  "meta.statusCode",
  "meta.httpStatus",
  "meta.err.status",
  "meta.err.statusCode",
  "meta.errors[0].status",
];
const STATUS_KEYS = new Set(["status", "statuscode", "httpstatus", "httpstatuscode", "httpcode", "responsecode"]);

/** A number in a text is a status only beside a word that says so: `500 rows of 503 were skipped` names none. */
const IN_TEXT = [
  /\b(?:http|http\/[\d.]{1,3}|(?:http|response)?[ _-]?status|(?:status|response|error)[ _-]?code|http error|error)(?: code)?(?: of| was| is)?[ :=#"'([-]{1,3}([45]\d\d)\b(?! [a-z]+s\b)/g,
  /\b(?:returned|responded with|answered with|answered|got|received)(?: an?)?(?: http)?(?: error)? ([45]\d\d)(?=[.,;:)\]]|$)/g,
  /\b([45]\d\d)[ :-]{1,3}(?:bad request|unauthorized|payment required|forbidden|not found|method not allowed|proxy auth|request time|conflict|gone|unprocessable|too many|internal server|bad gateway|service unavailable|service temporarily|gateway time)/g,
  /^[^a-z0-9]{0,2}([45]\d\d)(?=\s?[:)\]–—-]|$)/g,
];

/** Each of them names one. */
const NUMBER = /[45]\d\d/;

/**
 * The HTTP status that an error is about: its own attribute, else where `meta` is known to hold one, else one that the
 * text names without contradiction. Only 400 to 599 tell of a failure; what else the attribute says comes last.
 */
export function httpStatusOf(error: ErrorText, scraps: readonly Scrap[]): HttpStatusFound | null {
  const attribute = error.httpStatus;
  if (attribute !== null && isFailure(attribute)) return { httpStatus: attribute, place: null };
  const elsewhere = inMeta(scraps) ?? inTexts(scraps);
  if (elsewhere !== null) return elsewhere;
  const legal = attribute !== null && Number.isInteger(attribute) && attribute >= 100 && attribute < 400;
  return legal ? { httpStatus: attribute, place: null } : null;
}

function isFailure(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value < 600;
}

function inMeta(scraps: readonly Scrap[]): HttpStatusFound | null {
  const found = scraps.flatMap(({ key, value, place }) => {
    const httpStatus = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
    const fits = STATUS_KEYS.has(key) && typeof httpStatus === "number" && isFailure(httpStatus);
    return fits ? [{ httpStatus, place }] : [];
  });
  const first = PLACES_FIRST.flatMap((place) => found.filter((candidate) => candidate.place === place));
  return first[0] ?? found[0] ?? null;
}

function inTexts(scraps: readonly Scrap[]): HttpStatusFound | null {
  for (const scrap of scraps.filter(isText)) {
    const text = foldScrap(scrap);
    if (!NUMBER.test(text)) continue;
    const named = new Set(IN_TEXT.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1])));
    const [only] = named;
    if (named.size === 1 && only !== undefined) return { httpStatus: Number(only), place: scrap.place };
  }
  return null;
}
