const ADDRESS_CHARS_MAX = 1000;

/** Where somebody logs in and is led on from, to where they wanted to go. */
export function loginAddress(wanted: string): string {
  const next = ownAddress(wanted);
  return next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
}

/** An address of this page, or the start page for whatever could lead elsewhere or round in a circle. */
export function ownAddress(wanted: string): string {
  const isOwn = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted) || wanted === "/";
  const isForLogin = /^\/log(?:in|out)\b/.test(wanted);
  return isOwn && !isForLogin && wanted.length <= ADDRESS_CHARS_MAX ? wanted : "/";
}
