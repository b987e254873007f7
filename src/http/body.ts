import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { JSON_API } from "./document.js";
import { badBody, type Problem, RequestRefused } from "./problem.js";

/** Reads bodies as JSON. One that is none is refused in words of ours. */
export function registerBodies(app: FastifyInstance): void {
  app.addContentTypeParser(JSON_API, { parseAs: "string" }, async (_request: unknown, body: string | Buffer) => {
    try {
      const parsed: unknown = JSON.parse(String(body));
      return parsed;
    } catch {
      throw new RequestRefused([badBody("", "Must be JSON")]);
    }
  });
}

/** The body in its form. Throws a RequestRefused that names everything that is wrong with it at once, and where. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [first, ...rest] = parsed.error.issues.flatMap(problemsOf);
  if (first === undefined) throw new Error("A body was refused without a reason");
  throw new RequestRefused([first, ...rest]);
}

/** A new thing as JSON:API has it sent: of this type, with these attributes and nothing else. */
export function newResource<Type extends string, Attributes extends z.ZodType>(type: Type, attributes: Attributes) {
  return z.strictObject({ data: z.strictObject({ type: z.literal(type, { error: `Must be ${type}` }), attributes }) });
}

/** A line or more of text, as people write it. */
export function bodyText(charsMax: number) {
  // In two steps: zod measures what is no text too, and throws on a length that is no number
  return z.string({ error: "Must be a text" }).pipe(measuredText(charsMax));
}

function measuredText(charsMax: number) {
  return z
    .string()
    .min(1, "Must not be empty")
    .max(charsMax, `Must have at most ${charsMax} characters`)
    .refine((value) => !value.includes("\u0000"), "Must be text");
}

/** Who asks for a change: whoever holds the token may say so, for nothing else tells. */
export const author = bodyText(200);

/** The body of what takes something back: only who does. */
export const authorBody = z.strictObject({ meta: z.strictObject({ author }) });

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => badBody(pointerOf([...issue.path, key]), "No such member here"));
  }
  const isMissing = issue.code === "invalid_type" && issue.input === undefined;
  return [badBody(pointerOf(issue.path), isMissing ? "Is missing" : issue.message)];
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
