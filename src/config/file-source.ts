import type { ConfigProblem } from "./config.js";
import { kindOfKey, secretKeysOf } from "./destination-kinds.js";
import { SERVER_FILE_KEYS } from "./file-schema.js";
import { type Finding, isRecord, type Path, type Source, valueAt } from "./source.js";
import { substituteVariables } from "./substitution.js";
import { offsetsOf, parseYaml, plainValuesOf } from "./yaml-document.js";

export type FileSource = {
  source: Source;
  /** Problems found on the way; what they concern is unreadable in the source, and gets no other problem. */
  problems: ConfigProblem[];
  /** Names of the environment variables that the file asks for. */
  used: ReadonlySet<string>;
};

/** Parses the text of a configuration file and fills in its variables. A syntax problem makes the rest meaningless. */
export function fileSource(
  text: string,
  file: { name: string; env: Readonly<Record<string, string | undefined>> },
): ({ kind: "source" } & FileSource) | { kind: "problems"; problems: ConfigProblem[] } {
  const parsed = parseYaml(text);
  const whereOf = (line: number, column: number) => `${file.name}:${line}:${column}`;
  if (parsed.kind === "problems") {
    const problems = parsed.problems.map(({ line, column, message }) => ({ where: whereOf(line, column), message }));
    return { kind: "problems", problems };
  }
  const { yaml } = parsed;
  const { problems: unfilled, used } = substituteVariables(yaml, file.env);
  const plain = plainValuesOf(yaml);
  if (plain.kind === "problem") {
    const { line, column, message } = plain.problem;
    return { kind: "problems", problems: [{ where: whereOf(line, column), message }] };
  }
  const unmeasurable = pathOfUnmeasurable(plain.data);
  if (unmeasurable !== null) {
    const { line, column } = yaml.positionAt(offsetsOf(yaml, unmeasurable)?.key ?? 0);
    return { kind: "problems", problems: [{ where: whereOf(line, column), message: '"length" is not a known key' }] };
  }
  const place = (path: Path, offset: number) => {
    const { line, column } = yaml.positionAt(offset);
    return `${whereOf(line, column)}${path.length === 0 ? "" : ` ${pathText(path)}`}`;
  };
  const source: Source = {
    data: withoutExtensions(plain.data ?? {}),
    locate: ({ path, isAboutKey }: Finding) => {
      for (let length = path.length; length >= 0; length--) {
        const [parent, last] = [path.slice(0, Math.max(0, length - 1)), path[length - 1]];
        const exact = offsetsOf(yaml, path.slice(0, length));
        const found = exact ?? (length > 0 ? offsetsOf(yaml, [...parent, `${last}_file`]) : null);
        if (found === null) continue;
        const isKey = isAboutKey === true && length === path.length;
        const offset = isKey ? found.key : found.value;
        return { where: place(isKey ? parent : path, offset), order: offset };
      }
      return { where: place(path, 0), order: 0 };
    },
    nameOf: (path) => String(path.at(-1)),
    sayMissing: (path) => (canBeFile(path) ? `is required, or ${path.at(-1)}_file` : "is required"),
  };
  const problems = unfilled.map(({ path, offset, message }) => ({ where: place(path, offset), message }));
  return { kind: "source", source, problems, used };
}

/** Where a `length` is that is neither text nor a number: no key is called so, and what measures texts and lists trips over it. */
function pathOfUnmeasurable(data: unknown, path: Path = []): Path | null {
  if (typeof data !== "object" || data === null) return null;
  for (const [key, value] of Object.entries(data)) {
    const inner = [...path, Array.isArray(data) ? Number(key) : key];
    if (key === "length" && typeof value === "object" && value !== null) return inner;
    const found = pathOfUnmeasurable(value, inner);
    if (found !== null) return found;
  }
  return null;
}

/** `servers[0].api_key` */
function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${key}`)).join("");
}

/** Keys `x-...` of the top level are a place for anchors, and mean nothing themselves. */
function withoutExtensions(data: unknown): unknown {
  if (!isRecord(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith("x-")));
}

function canBeFile(path: Path): boolean {
  const [section, , list] = path;
  const key = String(path.at(-1));
  if (section === "servers") return path.length === 3 && (SERVER_FILE_KEYS as readonly string[]).includes(key);
  const kind = kindOfKey(list);
  return kind !== null && secretKeysOf(kind).includes(key) && path.length === 5;
}

/** Whether anything is written at the top level under this key. */
export function hasSection(source: Source, section: string): boolean {
  return valueAt(source.data, [section]) !== undefined;
}
