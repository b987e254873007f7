import type { Scrap } from "./evidence.js";

/** Keys under which programs put a text for people, the most telling first. */
const MESSAGE_KEYS = [
  "detail",
  "message",
  "errormessage",
  "errordescription",
  "msg",
  "error",
  "err",
  "errors",
  "text",
  "title",
  "reason",
  "summary",
  "description",
];
const CLASS_NAME = /^[A-Za-z]{0,60}(?:Error|Exception)$/;
const NO_VALUE = /^(?:(?:undefined|null|nan|\[object object\])[\s:;,.–—-]{0,9}){1,20}$/i;

/** Whether a text is only the class of an error, such as `TypeError`: it says little, so another text decides. */
export function isClassName(text: string): boolean {
  return CLASS_NAME.test(text);
}

/** Whether a text is empty, or was put together from values that were not there, such as `undefined: undefined`. */
export function saysNothing(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === "" || NO_VALUE.test(trimmed);
}

/** The most telling text for people among the scraps of an object; null when there is none. */
export function messageIn(scraps: readonly Scrap[]): string | null {
  for (const key of MESSAGE_KEYS) {
    const found = scraps.find((scrap) => scrap.key === key && isMessage(scrap.value));
    if (found !== undefined) return String(found.value);
  }
  return null;
}

function isMessage(value: Scrap["value"]): boolean {
  return typeof value === "string" && !saysNothing(value) && !isClassName(value) && !/^\s{0,9}</.test(value);
}
