import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Sends JSON, or says that it is still what the client has: then without the body. What the client keeps is its own, for
 * it may be meant for the bearer of a token alone, and it has to ask each time whether that still holds.
 */
export function sendIfChanged(
  request: FastifyRequest,
  reply: FastifyReply,
  { mediaType, body }: { mediaType: string; body: Uint8Array },
): FastifyReply {
  const etag = etagOf(mediaType, body);
  reply.headers({ etag, "cache-control": "private, no-cache" });
  if (isKnown(request.headers["if-none-match"], etag)) return reply.code(304).send();
  return reply.header("content-type", mediaType).send(body);
}

/** The same bytes in another form are another answer. */
function etagOf(mediaType: string, body: Uint8Array): string {
  const digest = createHash("sha256").update(`${mediaType}\n`).update(body).digest("base64url");
  return `"${digest.slice(0, 27)}"`;
}

/** Whether a client has it: a proxy may have made a weak tag of ours, which is as good here. */
function isKnown(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  const tags = asked.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
