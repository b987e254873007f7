import * as z from "zod";

/** Blocks of more than this are refused, wherever their text stands. */
const BLOCKS_LENGTH_MAX = 13_000;

const plainText = (max: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const anyText = (max: number) => z.union([plainText(max), mrkdwn(max)]);
const webUrl = z.url({ protocol: /^https?$/ }).max(3000);
const blockId = { block_id: z.string().min(1).max(255).optional() };

const style = z
  .strictObject({ bold: z.boolean(), italic: z.boolean(), strike: z.boolean(), code: z.boolean() })
  .partial()
  .optional();
const richElement = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal("link"), url: webUrl, text: z.string().optional(), style }),
  z.strictObject({
    type: z.literal("date"),
    timestamp: z.int().positive(),
    format: z.string().min(1),
    fallback: z.string().optional(),
    url: webUrl.optional(),
    style,
  }),
  z.strictObject({ type: z.literal("emoji"), name: z.string().min(1) }),
  z.strictObject({ type: z.literal("user"), user_id: z.string(), style }),
  z.strictObject({ type: z.literal("usergroup"), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal("channel"), channel_id: z.string(), style }),
  z.strictObject({ type: z.literal("broadcast"), range: z.enum(["here", "channel", "everyone"]) }),
]);
const richElements = z.array(richElement).min(1);
const richSection = z.strictObject({ type: z.literal("rich_text_section"), elements: richElements });
const richPart = z.discriminatedUnion("type", [
  richSection,
  z.strictObject({ type: z.literal("rich_text_quote"), elements: richElements, border: z.int().optional() }),
  z.strictObject({ type: z.literal("rich_text_preformatted"), elements: richElements, border: z.int().optional() }),
  z.strictObject({
    type: z.literal("rich_text_list"),
    style: z.enum(["bullet", "ordered"]),
    elements: z.array(richSection).min(1),
    indent: z.int().optional(),
  }),
]);

const actionId = { action_id: z.string().min(1).max(255).optional() };
const confirm = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(["primary", "danger"]).optional(),
});
const button = z.strictObject({
  type: z.literal("button"),
  text: plainText(75),
  ...actionId,
  url: webUrl.optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});
const option = z.strictObject({
  text: plainText(75),
  value: z.string().min(1).max(75),
  description: plainText(75).optional(),
});
const staticSelect = z.strictObject({
  type: z.literal("static_select"),
  ...actionId,
  placeholder: plainText(150).optional(),
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
  confirm: confirm.optional(),
  focus_on_load: z.boolean().optional(),
});
const actionElement = z.discriminatedUnion("type", [button, staticSelect]);
const hasNoneTwice = (ids: readonly (string | undefined)[]) => {
  const given = ids.filter((id) => id !== undefined);
  return new Set(given).size === given.length;
};
const actions = z
  .strictObject({ type: z.literal("actions"), elements: z.array(actionElement).min(1).max(25), ...blockId })
  .refine(({ elements }) => hasNoneTwice(elements.map((each) => each.action_id)), "action_id is already in this block");
const section = z
  .strictObject({
    type: z.literal("section"),
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: button.optional(),
    ...blockId,
  })
  .refine((value) => value.text !== undefined || value.fields !== undefined, "a section needs text or fields");
const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), text: plainText(150), ...blockId }),
  section,
  z.strictObject({ type: z.literal("context"), elements: z.array(anyText(3000)).min(1).max(10), ...blockId }),
  actions,
  z.strictObject({ type: z.literal("divider"), ...blockId }),
  z.strictObject({ type: z.literal("rich_text"), elements: z.array(richPart).min(1), ...blockId }),
]);
const blocks = z
  .array(block)
  .max(50)
  .refine((all) => hasNoneTwice(all.map((each) => each.block_id)), "block_id is already in this message");
export type SlackBlocks = z.infer<typeof blocks>;

export type CheckedBlocks =
  | { kind: "fine"; blocks: SlackBlocks }
  | { kind: "refused"; error: string; messages: string[] };

/** Blocks as Slack takes them, or the error code and the messages with which it refuses them. */
export function checkBlocks(value: unknown): CheckedBlocks {
  const parsed = blocks.safeParse(value);
  if (!parsed.success) {
    const messages = parsed.error.issues.map(
      (issue) => `[ERROR] ${issue.message} [json-pointer:/blocks/${issue.path.join("/")}]`,
    );
    return { kind: "refused", error: "invalid_blocks", messages };
  }
  if (JSON.stringify(parsed.data).length > BLOCKS_LENGTH_MAX) {
    return { kind: "refused", error: "msg_blocks_too_long", messages: [] };
  }
  return { kind: "fine", blocks: parsed.data };
}

/** What can be pressed or chosen, as `action_id=value`. */
export function actionValuesOf(value: SlackBlocks): string[] {
  return value.flatMap((each) =>
    each.type !== "actions"
      ? []
      : each.elements.flatMap((element) =>
          element.type === "button"
            ? [`${element.action_id}=${element.value}`]
            : element.options.map((one) => `${element.action_id}=${one.value}`),
        ),
  );
}

/** All that a reader sees of the blocks, a line for each text; not what is asked after a press. */
export function visibleTextOf(value: SlackBlocks): string {
  return textsOf(value).join("\n");
}

/** Every mention that Slack would make of a message: what its markup means, and the elements that are one. */
export function mentionsOf(message: { text: string; blocks: SlackBlocks }): string[] {
  const markup = [message.text, ...markupsOf(message.blocks)].join("\n");
  const inMarkup = markup.match(/<[!@#](?!date\^)[^>]*>/g) ?? [];
  const elements = JSON.stringify(message.blocks).match(/"type":"(user|usergroup|channel|broadcast)"/g) ?? [];
  return [...inMarkup, ...elements];
}

/** Every address to which a reader can get by a click. */
export function linksOf(message: { text: string; blocks: SlackBlocks }): string[] {
  const shown = JSON.stringify(message.blocks);
  const explicit = [...shown.matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url ?? "");
  const plain = message.blocks.flatMap((each) =>
    each.type === "header" ? [each.text.text] : each.type === "context" ? each.elements.map(({ text }) => text) : [],
  );
  const automatic =
    [message.text, ...markupsOf(message.blocks), ...plain].join("\n").match(/https?:\/\/[^\s|>]+/g) ?? [];
  return [...explicit, ...automatic];
}

function markupsOf(value: SlackBlocks): string[] {
  return objectsIn(value).flatMap((each) =>
    each.type === "mrkdwn" && typeof each.text === "string" ? [each.text] : [],
  );
}

function textsOf(value: SlackBlocks): string[] {
  return objectsIn(value).flatMap((each) => {
    if (each.type === "date") return [String(each.fallback ?? "")];
    return typeof each.text === "string" ? [each.text] : [];
  });
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.entries(value).flatMap(([key, part]) => (key === "confirm" ? [] : objectsIn(part)));
  return [{ ...value }, ...inside];
}
