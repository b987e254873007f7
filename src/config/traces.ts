import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Parsed } from "./values.js";

/** Where a collector takes OTLP over HTTP; what comes back has no trailing slash. A user and password may be part of it. */
export function parseCollectorUrl(text: string): Parsed<string> {
  const url = /\s/.test(text) || !URL.canParse(text) ? null : new URL(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { kind: "problem", problem: "must be an address such as http://collector.example.com:4318" };
  }
  if (url.search !== "" || url.hash !== "") return { kind: "problem", problem: "must end before any ? or #" };
  return { kind: "value", value: url.href.replace(/\/+$/, "") };
}

/** As OpenTelemetry writes them: `name=value,name=value`, the values percent-encoded. A later one of a name counts. */
export function parseCollectorHeaders(text: string): Parsed<Readonly<Record<string, string>>> {
  const headers: [string, string][] = [];
  for (const [index, pair] of text.split(",").entries()) {
    if (pair.trim() === "") continue;
    const header = headerOf(pair);
    if (header === null) {
      return {
        kind: "problem",
        problem: `must be name=value pairs separated by commas, the values percent-encoded; number ${index + 1} is none`,
      };
    }
    headers.push(header);
  }
  return { kind: "value", value: Object.fromEntries(headers) };
}

function headerOf(pair: string): [string, string] | null {
  const equals = pair.indexOf("=");
  if (equals < 1) return null;
  try {
    const name = pair.slice(0, equals).trim().toLowerCase();
    const value = decodeURIComponent(pair.slice(equals + 1).trim());
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return [name, value];
  } catch {
    return null;
  }
}
