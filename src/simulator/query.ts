/** What is asked of the integrations list. */
export type PageQuery = {
  readonly number: number;
  /** As granted, which may be less than asked for. */
  readonly size: number;
  readonly status: string | null;
  readonly onlyWithErrors: boolean;
};

const PAGE_SIZE_DEFAULT = 100;
const KNOWN = ["page[number]", "page[size]", "filter[integration.status]", "filter[integration.integration-errors]"];

/** Exact: what is unknown, doubled or oddly spelled is refused. A string says why. */
export function parsePageQuery(query: URLSearchParams, sizeMax: number): PageQuery | string {
  const names = [...query.keys()];
  if (names.some((name) => !KNOWN.includes(name))) return `Only these parameters are known: ${KNOWN.join(", ")}`;
  if (new Set(names).size < names.length) return "A parameter may stand only once";
  const number = wholeNumberOf(query.get("page[number]") ?? "1");
  if (number === null) return "page[number] starts at 1";
  const size = wholeNumberOf(query.get("page[size]") ?? String(PAGE_SIZE_DEFAULT));
  if (size === null) return "page[size] is at least 1";
  const withErrors = query.get("filter[integration.integration-errors]");
  if (withErrors !== null && withErrors !== "true") return "filter[integration.integration-errors] can only be true";
  return {
    number,
    size: Math.min(size, sizeMax),
    status: query.get("filter[integration.status]"),
    onlyWithErrors: withErrors !== null,
  };
}

const wholeNumberOf = (text: string) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : null);
