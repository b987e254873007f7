import { STATUS_CODES } from "node:http";

/** An answer that is ready to be sent. */
export type Answer = {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

export const JSON_API = "application/vnd.api+json";

/** A JSON document, 200 unless said otherwise. */
export function documentOf(document: unknown, httpStatus = 200, headers: Answer["headers"] = {}): Answer {
  return { httpStatus, contentType: JSON_API, body: Buffer.from(JSON.stringify(document)), headers };
}

/** What the API says when it refuses: a JSON:API error that repeats nothing of what the caller sent. */
export function refusal(httpStatus: number, detail: string, headers: Answer["headers"] = {}): Answer {
  const title = STATUS_CODES[httpStatus] ?? "Error";
  return documentOf({ errors: [{ status: String(httpStatus), title, detail }] }, httpStatus, headers);
}
