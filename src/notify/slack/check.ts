import * as z from "zod";
import { oneLine } from "../plain-text.js";
import { callSlack, type SlackSettings } from "./api-call.js";
import { findChannelId } from "./channel.js";
import { slackDetail } from "./verdict.js";

const authTest = z.object({
  response_metadata: z.object({ scopes: z.array(z.string()).optional() }).optional(),
});
const channelInfo = z.object({
  channel: z.object({
    is_archived: z.boolean().optional(),
    is_member: z.boolean().optional(),
    is_private: z.boolean().optional(),
  }),
});

/**
 * Proves the token, its right to post, and, as far as its scopes allow to look, that the channel exists and takes
 * messages of this bot. Posts nothing. Null when fine.
 */
export async function checkSlack(
  settings: SlackSettings,
  configured: string,
  signal: AbortSignal,
): Promise<string | null> {
  const name = oneLine(configured, 80);
  const auth = await callSlack(settings, signal, authTest, (client) => client.apiCall("auth.test"));
  if (auth.kind !== "ok") return slackDetail(auth, settings.token);
  const scopes = auth.result.response_metadata?.scopes ?? null;
  if (scopes !== null && !scopes.includes("chat:write")) return "The bot token lacks the scope chat:write";

  const found = await findChannelId(settings, configured, signal);
  if (found.kind === "absent") return `There is no channel ${name}, or it is private and the bot is not in it`;
  if (found.kind !== "found") return isLackOfScope(found) ? null : slackDetail(found, settings.token);

  const args = { channel: found.id };
  const info = await callSlack(settings, signal, channelInfo, (client) => client.apiCall("conversations.info", args));
  if (info.kind === "refused" && info.error === "channel_not_found") {
    return `There is no channel ${name}, or it is private and the bot is not in it`;
  }
  if (info.kind !== "ok") return isLackOfScope(info) ? null : slackDetail(info, settings.token);
  const { channel } = info.result;
  if (channel.is_archived === true) return `The channel ${name} is archived`;
  const mayPostUninvited = channel.is_private !== true && scopes?.includes("chat:write.public") !== false;
  if (channel.is_member === false && !mayPostUninvited) return `The bot is not in the channel ${name}: invite it there`;
  return null;
}

/** To post, the bot needs no right to look: what it may not see is not held against it. */
function isLackOfScope(answer: { kind: string; error?: string }): boolean {
  return answer.kind === "refused" && answer.error === "missing_scope";
}
