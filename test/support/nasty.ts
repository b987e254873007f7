import fc from "fast-check";

/** Texts that have broken programs before, ours among them. */
export const NASTY_TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "x\udc00y",
  "\ufeff",
  "\ufeff{}",
  "\u202egnp.exe",
  "\u2028\u2029",
  "\u001b[31mred\u001b]8;;http://x\u0007",
  "\r\nX-Injected: 1",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "length",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "-0",
  "1e999",
  "0x10",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "-1",
  "00",
  "0000-01-01",
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00+14:00",
  "9999-12-31T23:59:59-14:00",
  "+275760-09-13T00:00:00.000Z",
  "-271821-04-20T00:00:00.000Z",
  "2026-02-30",
  "2026-03-01T24:00:00Z",
  "2016-12-31T23:59:60Z",
  "$" + "{HOME}",
  "$" + "{",
  "%",
  "%00",
  "%ff",
  "%ED%A0%80",
  "../../etc/passwd",
  "' OR 1=1 --",
  "<!channel> <@U0ADA> <script>alert(1)</script>",
  "{{constructor.constructor('return 1')()}}",
  "(a+)+$",
  "[",
  '{"',
  '{"a":'.repeat(50),
  '"'.repeat(40),
  "\\".repeat(41),
  "é".repeat(3000),
  "\u{10ffff}".repeat(600),
  "a\u0301\u0301\u0301\u0301".repeat(300),
  "x".repeat(20_000),
  "<html><body>502 Bad Gateway</body></html>",
];

const NASTY_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "\0", "\ud800", "0", "-1"];

/** Any UTF-16 at all, halves of surrogate pairs included. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 2, arbitrary: anyUnits },
);

const nastyNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, 99, 600, 401),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

/** JSON of any form, with names that mean something to JavaScript. `names` are those that mean something where it goes. */
export function nastyJson(names: readonly string[] = [], depthMax = 4): fc.Arbitrary<unknown> {
  const name = fc.oneof(fc.constantFrom(...NASTY_NAMES, ...names, ...names), nastyText);
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: depthMax, depthSize: "small" },
      fc.oneof(
        fc.constant(null),
        fc.constant(null).map(() => ({ length: { toString: null } })),
        fc.boolean(),
        nastyNumber,
        nastyText,
        ...(names.length > 0 ? [fc.constantFrom(...names)] : []),
      ),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map(objectOf),
    ),
  }));
  return value;
}

/** As `JSON.parse` makes it: `__proto__` is a name like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

type Change = { at: number; how: "replace" | "remove" | "add" | "twice"; name: string; value: unknown };

/** A good value with a few things wrong in it, anywhere: most of it is as it should be, so that it gets far. */
export function spoilt(good: unknown, names: readonly string[] = []): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.nat(100_000),
    how: fc.constantFrom<Change["how"][]>("replace", "replace", "remove", "add", "twice"),
    name: fc.oneof(fc.constantFrom(...NASTY_NAMES, ...names), nastyText),
    value: nastyJson(names, 2),
  });
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce(changed, structuredClone(good)));
}

type Holder = Record<string, unknown> | unknown[];
const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;

function changed(value: unknown, { at, how, name, value: spare }: Change): unknown {
  const holders: Holder[] = [];
  const collect = (one: unknown) => {
    if (!isHolder(one) || holders.length > 2000) return;
    holders.push(one);
    for (const inner of Object.values(one)) collect(inner);
  };
  collect(value);
  const holder = holders[at % Math.max(holders.length, 1)];
  if (holder === undefined) return spare;
  const keys = Object.keys(holder);
  const key = keys[Math.floor(at / 7) % Math.max(keys.length, 1)];
  const other = structuredClone(spare);
  const put = (target: string, what: unknown) =>
    Object.defineProperty(holder, target, { value: what, enumerable: true, configurable: true, writable: true });
  if (how === "add" || key === undefined) {
    if (Array.isArray(holder)) holder.push(other);
    else put(name, other);
  } else if (how === "remove") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (how === "twice" && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else put(key, other);
  return value;
}

/** Numbers and depths that no JavaScript value can stand for, where a text says so. */
const STAND_INS: readonly (readonly [string, string])[] = [
  ["@deep", `${"[".repeat(20_000)}1${"]".repeat(20_000)}`],
  ["@deep-object", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
  ["@infinite", "1e999"],
  ["@long-number", "9".repeat(400)],
  ["@fraction", `0.${"0".repeat(400)}1`],
];

/** Texts that `jsonTextOf` writes as what JSON can say and JavaScript cannot. */
export const STAND_IN_NAMES = STAND_INS.map(([name]) => name);

export function jsonTextOf(value: unknown): string {
  return STAND_INS.reduce((text, [name, what]) => text.replaceAll(`"${name}"`, what), JSON.stringify(value) ?? "null");
}

type Damage = { kind: "cut" | "insert" | "delete" | "double" | "bom" | "none"; at: number; text: string };
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom<Damage["kind"][]>("none", "none", "none", "none", "cut", "insert", "delete", "double", "bom"),
  at: fc.nat(100_000),
  text: fc.oneof(
    fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", "\0", "<", "\n", "\t", "&a ", "*a", "!!js "),
    nastyText,
  ),
});

/** Mostly whole texts, and some that are cut, doubled or have something in them that does not belong there. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, damage).map(([text, { kind, at, text: other }]) => {
    const place = at % (text.length + 1);
    switch (kind) {
      case "none":
        return text;
      case "cut":
        return text.slice(0, place);
      case "insert":
        return text.slice(0, place) + other + text.slice(place);
      case "delete":
        return text.slice(0, place) + text.slice(place + 3);
      case "double":
        return text + text;
      case "bom":
        return `\ufeff${text}`;
      default:
        throw new Error(`Unknown damage: ${JSON.stringify(kind satisfies never)}`);
    }
  });
}

/** Whether there is anything in it that Postgres stores neither as text nor as JSON: U+0000, or half of a surrogate pair. */
export function isUnstorable(value: unknown): boolean {
  if (typeof value === "string") return /\0|\p{Cs}/u.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => isUnstorable(key) || isUnstorable(inner));
}
