import * as z from "zod";
import { exchangeOnce } from "../http-request.js";
import { paragraphs, unlinked } from "../plain-text.js";
import { callSlack, type SlackSettings } from "./api-call.js";
import { escapeMarkup, link, richText, text } from "./blocks.js";
import type { SlackRequest } from "./request.js";
import { slackDetail } from "./verdict.js";

/** What somebody gets to hear: sentences in which texts from outside may stand, and where the page shows more. */
export type SlackReply = { sentences: readonly string[]; link: string | null };

const SENTENCE_CHARS_MAX = 600;
/** Of the blocks as JSON: Slack refuses more than 13,000 characters of them. */
const JSON_CHARS_MAX = 9000;
const TEXT_CHARS_MAX = 2900;
const ANSWER_BYTES_MAX = 4096;
/** The one place of Slack's to which answers are sent. */
const RESPONSE_ORIGIN = "https://hooks.slack.com";

/** A message to one person that nobody else sees, in the form that both ways to send it take. */
export function replyMessage({ sentences, link: url }: SlackReply) {
  const lines = fitting(sentences);
  const linked = url === null ? [] : link(url, "Show it on the page");
  return {
    // What notifications show. It is markup: nothing in it may begin any.
    text: escapeMarkup(lines.join("\n")).slice(0, TEXT_CHARS_MAX),
    blocks: [richText([...lines.map((line) => [text(line)]), ...(linked.length === 0 ? [] : [linked])])],
  };
}

function fitting(sentences: readonly string[]): string[] {
  const lines: string[] = [];
  let chars = 0;
  for (const sentence of sentences) {
    const line = unlinked(paragraphs(sentence, SENTENCE_CHARS_MAX));
    if (line === "") continue;
    chars += JSON.stringify([text(line), text("\n")]).length;
    if (chars > JSON_CHARS_MAX) return [...lines, "And more."];
    lines.push(line);
  }
  return lines;
}

/**
 * Answers a request so that only who made it sees the answer: by the address that came with it, else by a message in
 * its channel. Null when it arrived, else one line on why it did not.
 */
export async function replyTo(
  settings: SlackSettings,
  request: Pick<SlackRequest, "responseUrl" | "channelId" | "user">,
  reply: SlackReply,
  signal: AbortSignal,
): Promise<string | null> {
  const message = replyMessage(reply);
  const { responseUrl, channelId, user } = request;
  const problem = await postResponse(settings, responseUrl, message, signal);
  if (problem === null || channelId === null) return problem;
  const args = { channel: channelId, user: user.id, ...message, parse: "none", link_names: false } as const;
  const posted = await callSlack(settings, signal, z.object({}), (client) => client.chat.postEphemeral(args));
  return posted.kind === "ok" ? null : `${problem}; ${slackDetail(posted, settings.token)}`;
}

async function postResponse(
  { apiUrl, agent, timeoutMs }: SlackSettings,
  responseUrl: string | null,
  message: ReturnType<typeof replyMessage>,
  signal: AbortSignal,
): Promise<string | null> {
  if (responseUrl === null) return "No address for the answer came with it";
  if (!isSlacks(responseUrl, apiUrl)) return "The address for the answer is not one of Slack's";
  const body = JSON.stringify({ response_type: "ephemeral", replace_original: false, ...message });
  const wanted = {
    method: "POST",
    url: responseUrl,
    headers: { "content-type": "application/json; charset=utf-8" },
    body,
    timeoutMs,
    answerBytesMax: ANSWER_BYTES_MAX,
  } as const;
  const outcome = await exchangeOnce(agent, wanted, signal);
  if (outcome.kind === "no-answer") return outcome.detail;
  return outcome.httpStatus === 200 ? null : `The answer was refused with HTTP ${outcome.httpStatus}`;
}

/** An address comes with a request, and requests come from outside. A gateway for the API may be one for answers too. */
function isSlacks(responseUrl: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(responseUrl)) return false;
  const { origin, username, password } = new URL(responseUrl);
  if (username !== "" || password !== "") return false;
  return origin === RESPONSE_ORIGIN || (apiUrl !== undefined && origin === new URL(apiUrl).origin);
}
