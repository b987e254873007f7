import type { Received } from "./http-fake.js";
import { checkBlocks, type SlackBlocks, visibleTextOf } from "./slack-block-kit.js";

export type Arguments = Record<string, unknown>;
export type Answer = { ok: boolean; error?: string } & Record<string, unknown>;
type SlackMetadata = { event_type: string; event_payload: Record<string, unknown> };

/** What a message is made of. `visibleText` is its blocks as a reader sees them, or its text when it has none. */
export type Content = { text: string; blocks: SlackBlocks; visibleText: string; metadata: SlackMetadata | null };

/** The content of a message, or the refusal that Slack would give. */
export function contentOf(args: Arguments): Content | (Answer & { error: string }) {
  const text = typeof args.text === "string" ? args.text : "";
  if (text === "" && args.blocks === undefined) return refused("no_text");
  if (text.length > 40_000) return refused("msg_too_long");
  const checked = checkBlocks(args.blocks ?? []);
  if (checked.kind === "refused") {
    return { ...refused(checked.error), response_metadata: { messages: checked.messages } };
  }
  const metadata = args.metadata === undefined ? null : metadataOf(args.metadata);
  if (metadata === "invalid") return refused("invalid_metadata_format");
  const visibleText = checked.blocks.length === 0 ? text : visibleTextOf(checked.blocks);
  return { text, blocks: checked.blocks, visibleText, metadata };
}

function metadataOf(value: unknown): SlackMetadata | "invalid" {
  if (typeof value !== "object" || value === null) return "invalid";
  if (!("event_type" in value && typeof value.event_type === "string")) return "invalid";
  if (!("event_payload" in value && typeof value.event_payload === "object" && value.event_payload !== null))
    return "invalid";
  return { event_type: value.event_type, event_payload: { ...value.event_payload } };
}

/** A form whose structured arguments are JSON, or JSON as a whole; null when it is neither. */
export function argumentsOf(received: Received): Arguments | null {
  const type = received.headers["content-type"]?.split(";")[0]?.trim() ?? "";
  try {
    if (type === "application/json") return { ...JSON.parse(received.body) };
    if (type !== "application/x-www-form-urlencoded") return null;
    const args: Arguments = Object.fromEntries(new URLSearchParams(received.body));
    for (const name of ["blocks", "metadata", "attachments"]) {
      const value = args[name];
      if (typeof value === "string") args[name] = JSON.parse(value);
    }
    return args;
  } catch {
    return null;
  }
}

/** An answer with one of Slack's error codes. */
export function refused(error: string): Answer & { error: string } {
  return { ok: false, error };
}
