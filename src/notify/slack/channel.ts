import * as z from "zod";
import { callSlack, type SlackAnswer, type SlackSettings, slackId } from "./api-call.js";

const PAGES_MAX = 20;
const channelPage = z.object({
  channels: z.array(z.object({ id: slackId, name: z.string() })),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** How Slack wants to be told the channel of a message: its id as it is, a name with `#`. */
export function channelArgument(configured: string): string {
  return isChannelId(configured) ? configured : `#${nameOf(configured)}`;
}

export type FoundChannel =
  | { kind: "found"; id: string }
  | { kind: "absent" }
  | Exclude<SlackAnswer<unknown>, { kind: "ok" }>;

/** The id of the configured channel: most of Slack's methods take no name. `absent`: the bot sees none of that name. */
export async function findChannelId(
  settings: SlackSettings,
  configured: string,
  signal: AbortSignal,
): Promise<FoundChannel> {
  if (isChannelId(configured)) return { kind: "found", id: configured };
  const name = nameOf(configured);
  let cursor = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const args = { types: "public_channel,private_channel", exclude_archived: false, limit: 1000, cursor };
    const answer = await callSlack(settings, signal, channelPage, (client) =>
      client.apiCall("conversations.list", args),
    );
    if (answer.kind !== "ok") return answer;
    const { channels, response_metadata } = answer.result;
    const found = channels.find((channel) => channel.name === name);
    if (found !== undefined) return { kind: "found", id: found.id };
    cursor = response_metadata?.next_cursor ?? "";
    if (cursor === "") return { kind: "absent" };
  }
  const detail = "There are too many channels to find this one by name";
  return { kind: "no-answer", reason: "unavailable", detail, exchange: { requestDigest: null, replyCode: null } };
}

function isChannelId(configured: string): boolean {
  return /^[CDG][A-Z0-9]{8,}$/.test(configured);
}

function nameOf(configured: string): string {
  return configured.replace(/^#/, "");
}
