import type { TokenRole } from "../domain/api-token.js";

/** One thing that is wrong with a request, in the words of JSON:API. */
export type Problem = {
  httpStatus: number;
  /** Stable, for programs. */
  code: string;
  title: string;
  detail: string;
  /** The query parameter that is to blame. */
  parameter: string | null;
  /** The place in the body that is to blame, as a JSON pointer. */
  pointer?: string;
};

/** Ends a request with an answer for whoever asked. All problems have one HTTP status. */
export class RequestRefused extends Error {
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems.map(({ detail }) => detail).join(" "));
    this.name = "RequestRefused";
    this.problems = problems;
  }
}

export function badParameter(parameter: string, detail: string): Problem {
  return { httpStatus: 400, code: "bad-parameter", title: "A parameter is wrong", detail, parameter };
}

export const NOT_FOUND: Problem = {
  httpStatus: 404,
  code: "not-found",
  title: "There is nothing here",
  detail: "No such address, or what was here is no longer kept.",
  parameter: null,
};

/** A method that an address does not have. `allowed`: those that it has. */
export function wrongMethod(allowed: readonly string[]): Problem {
  return {
    httpStatus: 405,
    code: "wrong-method",
    title: "Not by this method",
    detail: `This address answers to ${new Intl.ListFormat("en").format(allowed)}.`,
    parameter: null,
  };
}

export const WRONG_BODY_TYPE: Problem = {
  httpStatus: 415,
  code: "wrong-media-type",
  title: "Not JSON:API",
  detail: "What changes something needs Content-Type: application/vnd.api+json, without parameters.",
  parameter: null,
};

export const BODY_TOO_LARGE: Problem = {
  httpStatus: 413,
  code: "body-too-large",
  title: "The body is too large",
  detail: "A body has at most 64 KiB.",
  parameter: null,
};

/** `pointer`: where in the body, empty for the body as a whole. */
export function badBody(pointer: string, detail: string): Problem {
  return { httpStatus: 400, code: "bad-body", title: "The body is wrong", detail, parameter: null, pointer };
}

/** Something that is as it is, so that what was asked for cannot be done. */
export function conflict(detail: string): Problem {
  return { httpStatus: 409, code: "conflict", title: "Not as it is now", detail, parameter: null };
}

export const NOT_ACCEPTABLE: Problem = {
  httpStatus: 406,
  code: "not-acceptable",
  title: "No acceptable form",
  detail: "The answer is application/vnd.api+json or application/json, and Accept allows neither.",
  parameter: null,
};

export const NOT_A_LIST: Problem = {
  httpStatus: 406,
  code: "not-acceptable",
  title: "No acceptable form",
  detail: "Only lists come as text/csv or application/x-ndjson; this is one thing, in JSON.",
  parameter: null,
};

export const UNAUTHORIZED: Problem = {
  httpStatus: 401,
  code: "unauthorized",
  title: "A token is needed",
  detail: "Send a token as Authorization: Bearer TOKEN, or as the password of any user. Browsers log in at /login.",
  parameter: null,
};

/** Whoever asks is known, but may not do this. */
export function roleTooLow(needed: TokenRole): Problem {
  const detail = `This needs a token whose role is ${needed}${needed === "admin" ? "" : " or more"}.`;
  return { httpStatus: 403, code: "role-too-low", title: "Not with this token", detail, parameter: null };
}

export const TOO_MANY_LOGINS: Problem = {
  httpStatus: 429,
  code: "too-many-logins",
  title: "Too many wrong tokens",
  detail: "Ten wrong tokens came from your address within a minute. Try again when that is over.",
  parameter: null,
};

export const FOREIGN_HOST: Problem = {
  httpStatus: 403,
  code: "foreign-host",
  title: "Not a local name",
  detail:
    "Without an API_TOKEN only requests to a loopback name are answered, such as http://127.0.0.1 or http://localhost.",
  parameter: null,
};

export const FOREIGN_ORIGIN: Problem = {
  httpStatus: 403,
  code: "foreign-origin",
  title: "Another site asked",
  detail: "Requests that scripts of other sites make are not answered.",
  parameter: null,
};

export const BAD_REQUEST: Problem = {
  httpStatus: 400,
  code: "bad-request",
  title: "The request cannot be read",
  detail: "Its address or its form is broken.",
  parameter: null,
};

export const DATABASE_AWAY: Problem = {
  httpStatus: 503,
  code: "database-away",
  title: "The database cannot be reached",
  detail: "Postgres did not answer. Polling and telling go on by themselves when it is back.",
  parameter: null,
};

export const QUEUE_AWAY: Problem = {
  httpStatus: 503,
  code: "queue-away",
  title: "The queue cannot be reached",
  detail: "It did not answer. What is owed is in Postgres, and goes on by itself when the queue is back.",
  parameter: null,
};

export const INTERNAL: Problem = {
  httpStatus: 500,
  code: "internal",
  title: "polarwatch failed",
  detail: "This is a fault of polarwatch; its log says more.",
  parameter: null,
};
