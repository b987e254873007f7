import * as z from "zod";

/**
 * How each kind of parameter is read, and what is said when it cannot be. None of them can reach SQL as odd bytes. All
 * come as texts: `asParameter` is how the contract describes those that stand for something else.
 */

export const text = z
  .string()
  .min(1, "Must not be empty")
  .max(200, "Must have at most 200 characters")
  .refine((value) => !value.includes("\u0000"), "Must be text");

/** What is searched for by its words. */
export const words = text.pipe(z.string().regex(/[\p{L}\p{N}]/u, "Must have a letter or a digit"));

export const count = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "Must be a whole number from 1 on")
  .transform(Number)
  .meta({ asParameter: { type: "integer", minimum: 1 } });

export function oneOf<const Options extends readonly [string, ...string[]]>(options: Options) {
  return z.enum(options, { error: `Must be one of: ${options.join(", ")}` });
}

export const yesOrNo = z
  .enum(["true", "false"], { error: "Must be true or false" })
  .transform((value) => value === "true")
  .meta({ asParameter: { type: "boolean" } });

export const httpStatus = z
  .string()
  .regex(/^[1-9]\d{2}$/, "Must be an HTTP status, such as 401")
  .transform(Number)
  .meta({ asParameter: { type: "integer", minimum: 100, maximum: 999 } });

const INSTANT = "Must be a time such as 2026-03-01T12:00:00Z or 2026-03-01 (then from 00:00 UTC), from 1970 on";
const isoInstant = z.iso.datetime({ offset: true });
const isoDay = z.iso.date();

const INSTANT_FORM = {
  description: "A time, or a day for its beginning in UTC; from 1970 on",
  anyOf: [{ format: "date-time" }, { format: "date" }],
};

/** A plus that was not encoded arrives as a blank. */
export const instant = z
  .string()
  .transform((value, context): Date => {
    const iso = value.replace(" ", "+");
    const at = new Date(iso);
    const isInstant = isoInstant.safeParse(iso).success || isoDay.safeParse(iso).success;
    if (isInstant && at.getTime() >= 0 && at.getUTCFullYear() <= 9999) return at;
    context.issues.push({ code: "custom", message: INSTANT, input: value });
    return z.NEVER;
  })
  .meta(INSTANT_FORM);

/** A moment that has to be named. */
export const moment = z
  .string({ error: "Must be given: a time such as 2026-03-01T12:00:00Z" })
  .pipe(instant)
  .meta(INSTANT_FORM);

/** A time in a body. */
export const bodyInstant = z.string({ error: "Must be a text" }).pipe(instant).meta(INSTANT_FORM);

/** An IANA time zone, in its usual spelling. */
export const timeZone = text.transform((value, context): string => {
  const known = zoneNamed(value);
  if (known !== null) return known;
  context.issues.push({ code: "custom", message: "Must be a time zone such as Europe/Berlin", input: value });
  return z.NEVER;
});

function zoneNamed(name: string): string | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

const SIZE = "Must be a whole number from 1 to 200";
export const PAGE_SIZE_DEFAULT = 50;
export const pageSize = z
  .string()
  .regex(/^\d{1,9}$/, SIZE)
  .transform(Number)
  .refine((size) => size >= 1 && size <= 200, SIZE)
  .meta({ asParameter: { type: "integer", minimum: 1, maximum: 200, default: PAGE_SIZE_DEFAULT } });

/** A comma-separated list of what is to come along. */
export function include<const Names extends readonly [string, ...string[]]>(names: Names) {
  const known: ReadonlySet<string> = new Set(names);
  return z
    .string()
    .transform((value) => (value === "" ? [] : value.split(",")))
    .refine((asked) => asked.every((name) => known.has(name)), `Can hold, separated by commas: ${names.join(", ")}`)
    .meta({ asParameter: { type: "array", items: { enum: names }, description: "What is to come along" } });
}
