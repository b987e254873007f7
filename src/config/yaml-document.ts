import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { Path } from "./source.js";
import { SYNTAX_MESSAGES } from "./yaml-messages.js";

/** Room for ten thousand servers, with two hundred characters each. */
const MEBICHARACTERS_MAX = 2;
const DEPTH_MAX = 48;
const ALIASES_MAX = 100;

/** Errors that leave the rest of the file readable. After any other, those that follow are only its echo. */
const LOCAL_ERRORS: readonly ErrorCode[] = ["BAD_DQ_ESCAPE", "TAG_RESOLVE_FAILED"];

export type YamlProblem = { line: number; column: number; message: string };

/** A YAML file that was understood, with the way back from a value to its place. */
export type YamlDocument = {
  readonly document: Document.Parsed;
  readonly positionAt: (offset: number) => { line: number; column: number };
};

/**
 * Parses a file of one document. Size, depth and aliases are bounded before anything recurses into it, and no message
 * repeats the text, which may be a secret.
 */
export function parseYaml(
  text: string,
): { kind: "document"; yaml: YamlDocument } | { kind: "problems"; problems: YamlProblem[] } {
  const lines = new LineCounter();
  const positionAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (message: string) => {
    return { kind: "problems" as const, problems: [{ line: 1, column: 1, message }] };
  };
  if (text.length > MEBICHARACTERS_MAX * 1024 * 1024)
    return refuse(`the file is longer than ${MEBICHARACTERS_MAX} MiB`);
  if (isTooDeep(text)) return refuse(`the file is nested more than ${DEPTH_MAX} levels deep`);
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    resolveKnownTags: false,
    uniqueKeys: false, // its check compares every key with every other; ours follows
  });
  const errors: YAMLError[] = [...document.errors, ...document.warnings];
  const [first] = errors.filter(({ code }) => !LOCAL_ERRORS.includes(code));
  const refused = errors
    .filter((error) => error === first || LOCAL_ERRORS.includes(error.code))
    .map(({ pos, code }) => ({ offset: pos[0], code }));
  const repeated = offsetsOfRepeatedKeys(document).map((offset) => ({ offset, code: "DUPLICATE_KEY" as const }));
  const problems = [...refused, ...repeated]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, code }) => ({ ...positionAt(offset), message: SYNTAX_MESSAGES[code] }));
  if (problems.length > 0) return { kind: "problems", problems };
  return { kind: "document", yaml: { document, positionAt } };
}

function offsetsOfRepeatedKeys(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name) && name !== "<<") offsets.push(offsetOf(key) ?? 0);
        seen.add(name);
      }
    },
  });
  return offsets;
}

/** The plain values of a document, or the one problem with its aliases. */
export function plainValuesOf(
  yaml: YamlDocument,
): { kind: "values"; data: unknown } | { kind: "problem"; problem: YamlProblem } {
  const { document, positionAt } = yaml;
  const problemAt = (offset: number, message: string) => {
    return { kind: "problem" as const, problem: { ...positionAt(offset), message } };
  };
  const dangling = offsetOfDanglingAlias(document);
  if (dangling !== null) return problemAt(dangling, "this alias (*name) names no anchor (&name) that stands before it");
  try {
    const data: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    JSON.stringify(data); // refuses what is circular
    return { kind: "values", data };
  } catch {
    return problemAt(
      0,
      "the file has aliases that go round in a circle or multiply beyond bounds, or a << of no mapping",
    );
  }
}

function offsetOfDanglingAlias(document: Document): number | null {
  const anchors = new Set<string>();
  let offset: number | null = null;
  visit(document, {
    Alias(_, alias) {
      if (anchors.has(alias.source)) return;
      offset = offsetOf(alias) ?? 0;
      return visit.BREAK;
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return offset;
}

/** The composer recurses, and a stack that overflows in it can end the process, so depth is counted by the parser. */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) {
      // the tokens are not needed
    }
    if (parser.stack.length > DEPTH_MAX) return true;
  }
  return false;
}

/** The offsets of the key and of the value at a path, through aliases and merged maps; null where there is no such value. */
export function offsetsOf({ document }: YamlDocument, path: Path): { key: number; value: number } | null {
  let node: unknown = document.contents;
  let key: number | null = null;
  for (const step of path) {
    const child = childOf(document, node, step);
    if (child === null) return null;
    key = offsetOf(child.key);
    node = child.value;
  }
  const value = offsetOf(node);
  const found = value ?? key;
  return found === null ? null : { key: key ?? found, value: found };
}

type Child = { key: unknown; value: unknown };

function childOf(document: Document, node: unknown, step: string | number): Child | null {
  const collection = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(collection)) {
    const item = collection.items[Number(step)];
    return item === undefined ? null : { key: item, value: item };
  }
  if (!isMap(collection)) return null;
  const own = collection.items.find(({ key }) => isScalar(key) && key.value === step);
  if (own !== undefined) return own;
  const merged = collection.items.find(({ key }) => isScalar(key) && key.value === "<<")?.value;
  for (const part of isSeq(merged) ? merged.items : [merged]) {
    const inherited = part === undefined ? null : childOf(document, part, step);
    if (inherited !== null) return inherited;
  }
  return null;
}

function offsetOf(node: unknown): number | null {
  if ((isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range) return node.range[0];
  return null;
}
