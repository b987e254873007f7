import { JSON_API } from "./document.js";
import { ROW_FORMS, type RowForm } from "./rows.js";

type Range = { type: string; quality: number };

const JSON_FORMS: readonly string[] = [JSON_API, "application/json"];

/** The form of JSON that an Accept header asks for, JSON:API where it is all the same; null when it takes neither. */
export function jsonTypeFor(accept: string | undefined): string | null {
  return bestOf(JSON_FORMS, accept);
}

/** The rows that an Accept header asks for rather than for any JSON; null when JSON will do. */
export function rowFormFor(accept: string | undefined): RowForm | null {
  const best = bestOf([...JSON_FORMS, ...ROW_FORMS], accept);
  return ROW_FORMS.find((form) => form === best) ?? null;
}

/** The form that is wanted most, the first one where it is all the same; null when none of them is taken. */
function bestOf(forms: readonly string[], accept: string | undefined): string | null {
  if (accept === undefined || accept.trim() === "") return forms[0] ?? null;
  const ranges = accept.split(",").map(rangeOf);
  const offered = forms.map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const [best] = offered.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  return best?.type ?? null;
}

/** Whether a person is asking: browsers name HTML, programs do not. */
export function wantsHtml(accept: string | undefined): boolean {
  return accept?.split(",").map(rangeOf).some(isHtml) ?? false;
}

const isHtml = ({ type, quality }: Range) => type === "text/html" && quality > 0;

/** A parameter of JSON:API that asks for an extension makes it another form, which is not offered. */
function rangeOf(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  const extended = parameters.some((parameter) => parameter.startsWith("ext="));
  return { type: extended ? "" : type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** What is named exactly counts, else what its kind, else what everything. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const name of [type, `${type.split("/", 1)[0]}/*`, "*/*"]) {
    const range = ranges.find((candidate) => candidate.type === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
