import type { ConfigProblem } from "./config.js";
import { UNREADABLE } from "./environment.js";

/** The way to a value, by the keys of polarwatch.yaml: `["servers", 0, "api_key"]`. */
export type Path = readonly (string | number)[];

/** Something wrong with the value at a path, in words that do not repeat the value. */
export type Finding = { path: Path; message: string; isAboutKey?: true };

/** Where servers, receivers and the route come from: the file or the environment, in the shape of the file. */
export type Source = {
  /** Not checked yet. */
  readonly data: unknown;
  /** Where the value or, if it is not there, what should hold it stands: for people, and as a place in their order. */
  readonly locate: (finding: Finding) => { where: string; order: number };
  /** How this source spells the key at the end of a path. */
  readonly nameOf: (path: Path) => string;
  /** Says that the value at a path has to be given. */
  readonly sayMissing: (path: Path) => string;
};

/** Nobody reads more, and to find the place of each takes the longer the larger the file. */
const PROBLEMS_MAX = 200;

/**
 * The findings as problems, in the order of the source, each once, without those about what was not readable anyway. A
 * last one says how many there are beyond the limit.
 */
export function problemsOf(source: Source, findings: readonly Finding[]): ConfigProblem[] {
  const readable = findings.filter(({ path }) => !isUnreadable(source.data, path));
  const problems = readable
    .slice(0, PROBLEMS_MAX)
    .map((finding) => ({ ...source.locate(finding), message: finding.message }))
    .sort((a, b) => a.order - b.order)
    .map(({ where, message }) => ({ where, message }));
  const distinct = [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
  const rest = readable.length - problems.length;
  if (rest === 0) return distinct;
  return [...distinct, { where: source.locate({ path: [], message: "" }).where, message: `and ${rest} more problems` }];
}

/** The value at a path, undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => childOf(value, key), data);
}

/** The mappings in this list, as far as it is one. */
export function entriesOf(source: Source, section: string): { path: Path; record: Record<string, unknown> }[] {
  const list = valueAt(source.data, [section]);
  if (!Array.isArray(list)) return [];
  return list.flatMap((record: unknown, index) => (isRecord(record) ? [{ path: [section, index], record }] : []));
}

/** A mapping, as opposed to a list, a text or nothing. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function childOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isUnreadable(data: unknown, path: Path): boolean {
  return path.some((_, index) => valueAt(data, path.slice(0, index + 1)) === UNREADABLE);
}
