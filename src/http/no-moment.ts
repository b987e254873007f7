import { noMomentWords } from "../app/no-moment-wording.js";
import type { NoMoment } from "../app/time-travel.js";
import { badParameter, NOT_FOUND, RequestRefused } from "./problem.js";

/** Refuses a request for a moment of which there is nothing to tell: 404 for what is not there, else the parameter. */
export function refusedFor(problem: NoMoment): RequestRefused {
  const detail = noMomentWords(problem, (at) => at.toISOString());
  switch (problem.kind) {
    case "no_servers":
    case "unknown_server":
    case "unknown_integration":
    case "never_read":
      return new RequestRefused([{ ...NOT_FOUND, detail }]);
    case "several_servers":
      return new RequestRefused([badParameter("filter[server]", detail)]);
    case "in_future":
    case "before_first":
      return new RequestRefused([badParameter(problem.moment, detail)]);
    case "not_forward":
      return new RequestRefused([badParameter("to", detail)]);
    default:
      throw new Error(`Unknown problem: ${JSON.stringify(problem satisfies never)}`);
  }
}
