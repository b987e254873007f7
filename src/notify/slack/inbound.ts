import type { Clock } from "../../lib/clock.js";
import { type ReadRequest, readCommand, readInteraction } from "./request.js";
import { SeenSignatures, type SignedRequest, signedWith } from "./signature.js";

/** What came by HTTP: with the secret that proves it, or what is wrong with it. */
export type Received =
  | { kind: "unproved" }
  | { kind: "unreadable" }
  | { kind: "received"; secret: string; read: ReadRequest };

/**
 * Reads requests that Slack sends by HTTP. What is not signed with one of the secrets, is older than five minutes or
 * came before is not even looked into.
 */
export function createSlackInbound(clock: Clock) {
  const seen = new SeenSignatures();
  return (secrets: readonly string[], place: "interactions" | "commands", request: SignedRequest): Received => {
    const at = clock();
    const secret = signedWith(secrets, request, at);
    if (secret === null || !seen.add(request.signature ?? "", at)) return { kind: "unproved" };
    const form = new URLSearchParams(Buffer.from(request.body).toString("utf8"));
    if (form.has("ssl_check")) return { kind: "received", secret, read: { kind: "ignored" } };
    const read =
      place === "commands" ? readCommand(Object.fromEntries(form)) : readInteraction(jsonOf(form.get("payload")));
    return read.kind === "unreadable" ? { kind: "unreadable" } : { kind: "received", secret, read };
  };
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
