import * as z from "zod";
import { oneLine } from "../plain-text.js";
import { ACTION_IDS, parseSilenceValue, type SilenceChoice } from "./action-ids.js";

/** What our buttons ask for, each of the message of one delivery. */
export type Pressed =
  | { kind: "acknowledge" | "why" | "history"; deliveryId: string }
  | { kind: "silence"; deliveryId: string; pressed: SilenceChoice };

/** What somebody in Slack wants of us, and where they can be answered. */
export type SlackRequest = {
  wanted: Pressed | { kind: "command"; text: string };
  /** `name`: readable, cleaned and bounded; their id where Slack gives no name. */
  user: { id: string; name: string };
  channelId: string | null;
  responseUrl: string | null;
};

/** `ignored`: it is none of ours, such as the click on a link. `unreadable`: it is not what Slack sends. */
export type ReadRequest = { kind: "request"; request: SlackRequest } | { kind: "ignored" } | { kind: "unreadable" };

const NAME_CHARS_MAX = 60;
const TEXT_CHARS_MAX = 4000;
const URL_CHARS_MAX = 2000;

/** In two steps: zod measures what is no text too, and throws on a length that is no number. */
const textOf = (charsMax: number) => z.string().pipe(z.string().max(charsMax));
const slackId = z.string().regex(/^[A-Z0-9]{2,40}$/);
const name = z.string().optional().catch(undefined);
const responseUrl = textOf(URL_CHARS_MAX).nullish().catch(null);
const channelId = slackId.nullish().catch(null);
const value = textOf(200).optional().catch(undefined);

const interaction = z.object({
  type: z.string(),
  user: z.object({ id: slackId, username: name, name }),
  channel: z.object({ id: channelId }).nullish().catch(null),
  response_url: responseUrl,
  actions: z
    .array(z.object({ action_id: textOf(255), value, selected_option: z.object({ value }).nullish().catch(null) }))
    .refine((all) => all.length <= 25)
    .optional(),
});

const command = z.object({
  user_id: slackId,
  user_name: name,
  channel_id: channelId,
  text: textOf(TEXT_CHARS_MAX).default(""),
  response_url: responseUrl,
});

/** Reads what Slack sends when somebody uses a part of a message, from Socket Mode as well as over HTTP. */
export function readInteraction(body: unknown): ReadRequest {
  const parsed = interaction.safeParse(body);
  if (!parsed.success) return { kind: "unreadable" };
  const { type, user, channel, response_url, actions = [] } = parsed.data;
  if (type !== "block_actions") return { kind: "ignored" };
  const [wanted] = actions.flatMap(
    ({ action_id, value: button, selected_option }) =>
      pressedBy(action_id, button ?? selected_option?.value ?? "") ?? [],
  );
  if (wanted === undefined) return { kind: "ignored" };
  const person = { id: user.id, name: nameOf(user.username ?? user.name ?? "", user.id) };
  const request = { wanted, user: person, channelId: channel?.id ?? null, responseUrl: response_url ?? null };
  return { kind: "request", request };
}

/** Reads what Slack sends when somebody types our command. */
export function readCommand(body: unknown): ReadRequest {
  const parsed = command.safeParse(body);
  if (!parsed.success) return { kind: "unreadable" };
  const { user_id, user_name, channel_id, text, response_url } = parsed.data;
  const request: SlackRequest = {
    wanted: { kind: "command", text },
    user: { id: user_id, name: nameOf(user_name ?? "", user_id) },
    channelId: channel_id ?? null,
    responseUrl: response_url ?? null,
  };
  return { kind: "request", request };
}

function pressedBy(actionId: string, given: string): Pressed | null {
  if (actionId === ACTION_IDS.silence) {
    const chosen = parseSilenceValue(given);
    return chosen === null || !isDeliveryId(chosen.deliveryId)
      ? null
      : { kind: "silence", deliveryId: chosen.deliveryId, pressed: chosen.choice };
  }
  if (!isDeliveryId(given)) return null;
  const kind = PLAIN_BUTTONS.find((one) => ACTION_IDS[one] === actionId);
  return kind === undefined ? null : { kind, deliveryId: given };
}

const PLAIN_BUTTONS = ["acknowledge", "why", "history"] as const;

const isDeliveryId = (text: string) => /^delivery-\d{1,19}$/.test(text);

function nameOf(given: string, id: string): string {
  return oneLine(given, NAME_CHARS_MAX) || id;
}
