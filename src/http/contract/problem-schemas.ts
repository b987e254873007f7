import * as z from "zod";

const problem = z.strictObject({
  status: z.string().regex(/^[45]\d\d$/),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  source: z
    .union([
      z.strictObject({ parameter: z.string().meta({ description: "The query parameter that is to blame" }) }),
      z.strictObject({ pointer: z.string().meta({ description: "The place in the body that is to blame" }) }),
    ])
    .optional(),
});

/** What is wrong with a request, as its answer says it. */
export const problemsSchema = z.strictObject({ errors: z.array(problem).min(1) }).meta({ id: "Problems" });

/** What a request can end with instead of what it asked for, by HTTP status. */
export const FAILURES = {
  400: { name: "Wrong", description: "A parameter or a member of the body is unknown, missing, given twice or wrong" },
  401: { name: "TokenNeeded", description: "The token is missing or wrong" },
  403: { name: "Foreign", description: "The host name is not a loopback name, or another site's script asked" },
  404: { name: "NotFound", description: "What the request names is not there" },
  405: { name: "WrongMethod", description: "The address has no such method; `Allow` names those it has" },
  406: { name: "NotAcceptable", description: "`Accept` allows no form in which this can be answered" },
  409: { name: "Conflict", description: "As it is now it cannot be done" },
  413: { name: "TooLarge", description: "The body is larger than 64 KiB" },
  415: { name: "WrongMediaType", description: "The body is not declared as JSON:API" },
  500: { name: "Fault", description: "A fault of polarwatch; its log has the reason" },
  503: { name: "DatabaseAway", description: "Postgres cannot be reached" },
} as const;
export type FailureStatus = keyof typeof FAILURES;

/** What every request can meet. */
const COMMON = [400, 401, 403, 406, 500, 503] as const satisfies readonly FailureStatus[];
/** What a request with a body can meet besides. */
const OF_BODIES = [413, 415] as const satisfies readonly FailureStatus[];

/** All that a request can end with, in order. `own`: what only some requests can. */
export function failuresOf(own: readonly FailureStatus[], { hasBody }: { hasBody: boolean }): readonly FailureStatus[] {
  return [...COMMON, ...own, ...(hasBody ? OF_BODIES : [])].sort((a, b) => a - b);
}
