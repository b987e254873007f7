import type { JsonObject } from "./json.js";

/** The configured name of a Polarity server. */
export type ServerId = string & { readonly __brand: "ServerId" };

/** Every way in which a read of a server can fail. A failed read is never an empty one. */
export const READ_FAILURES = [
  "unauthorized",
  "forbidden",
  "unreachable",
  "tls",
  "timeout",
  "not-json",
  "truncated",
  "wrong-shape",
  "too-large",
  "server-error",
  "rate-limited",
  "visibility-unproved",
] as const;
export type ReadFailure = (typeof READ_FAILURES)[number];

/** What each says about the server, as a clause. */
export const READ_FAILURE_TEXTS = {
  unauthorized: "it refuses our credentials",
  forbidden: "our credentials lack the rights",
  unreachable: "it cannot be reached",
  tls: "its TLS certificate or handshake is not accepted",
  timeout: "it does not answer in time",
  "not-json": "it answers with something other than JSON",
  truncated: "its answers are cut short",
  "wrong-shape": "its answers do not have the expected form",
  "too-large": "its answers are too large",
  "server-error": "it answers with server errors",
  "rate-limited": "it limits our requests",
  "visibility-unproved": "its empty answer may be a lack of rights",
} as const satisfies Record<ReadFailure, string>;

/** One integration as one read saw it. Any `status` but `running` means that it is not running. */
export type IntegrationRead = {
  polarityId: string;
  name: string;
  acronym: string;
  status: string;
  /** Ids of the errors to which the integration itself refers: a cross-check of the errors list. */
  errorIds: readonly string[];
};

/** What the server said about an error besides its count and time; redacted and capped before it gets here. */
export type ErrorText = {
  title: string | null;
  shortText: string | null;
  longText: string | null;
  httpStatus: number | null;
  meta: JsonObject;
  /** Every other attribute as it came, redacted, so that a better reading later can be applied to the past. */
  rest: JsonObject;
};

/** One error as one read saw it. What the server did not say is null: an unknown total is not zero. */
export type ErrorRead = ErrorText & {
  polarityId: string;
  integrationPolarityId: string;
  /** The server's running total. */
  occurrences: number | null;
  lastOccurredAt: Date | null;
};

/** The slots of an error that a server's own attribute names are matched with. */
export const ATTRIBUTE_SLOTS = [
  "shortText",
  "title",
  "longText",
  "occurrences",
  "integrationId",
  "meta",
  "extra",
  "lastOccurredAt",
  "httpStatus",
] as const;
export type AttributeSlot = (typeof ATTRIBUTE_SLOTS)[number];

/** Which attribute, as the server spells it, fills each slot; null where none was found. */
export type AttributeNames = Readonly<Record<AttributeSlot, string | null>>;

export type FailedRead = {
  kind: "failed";
  reason: ReadFailure;
  /** One sentence for people, free of secrets, URLs' queries and bodies. */
  detail: string;
  httpStatus: number | null;
  retryAfterMs: number | null;
};

/** The server's answer is, byte for byte, the one whose digest the caller knew. */
type UnchangedRead = { kind: "unchanged"; digest: string; bytes: number; serverTime: Date | null };

export type CompleteRead = {
  kind: "complete";
  /** SHA-256, hex, of everything that decided the content: the bodies and the configured attribute names. */
  digest: string;
  bytes: number;
  /** The `Date` header of the errors answer, the clock that its times are to be compared with. */
  serverTime: Date | null;
  names: AttributeNames;
  integrations: readonly IntegrationRead[];
  errors: readonly ErrorRead[];
};

export type ServerRead = FailedRead | UnchangedRead | CompleteRead;
