import type { NoMoment } from "./time-travel.js";

/** In a sentence why there is nothing to tell of a moment. `show` writes an instant as its reader knows it. */
export function noMomentWords(problem: NoMoment, show: (at: Date) => string): string {
  switch (problem.kind) {
    case "no_servers":
      return "There is no server on record.";
    case "several_servers":
      return `There are several servers, so one has to be named: ${problem.servers.join(", ")}.`;
    case "unknown_server":
      return `There is no server "${problem.server}" on record. On record: ${problem.servers.join(", ")}.`;
    case "unknown_integration":
      return `${problem.server} never had an integration "${problem.integration}".`;
    case "never_read":
      return `${problem.server} was never read.`;
    case "in_future":
      return "Must not lie in the future.";
    case "before_first":
      return `Must not be before the first snapshot of ${problem.server}, which was taken at ${show(problem.firstAt)}.`;
    case "not_forward":
      return "Must be later than the moment that it is compared with.";
    default:
      throw new Error(`Unknown problem: ${JSON.stringify(problem satisfies never)}`);
  }
}
