import type { KnownBlock } from "@slack/web-api";
import type {
  ReportNotification,
  ServerNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { oneLine } from "../plain-text.js";
import { serverConsequence, serverFactsOf } from "../server-wording.js";
import { silenceFactsOf, silenceOutcome } from "../silence-wording.js";
import { summaryFactsOf, summaryPurpose } from "../summary-wording.js";
import { topListOf } from "../top-list.js";
import { headlineOf, integrationNameOf } from "../wording.js";
import { date, factsBlock, richText, text } from "./blocks.js";
import type { Room } from "./room.js";

export function serverBlocks(notification: ServerNotification): KnownBlock[] {
  const detail = oneLine(notification.detail, 600);
  return [
    richText([[text(serverConsequence(notification))]], notification.state === "firing" ? detail : ""),
    factsBlock(serverFactsOf(notification)),
  ];
}

/** With the first of its errors. */
export function summaryBlocks(notification: SummaryNotification, room: Room): KnownBlock[] {
  return [
    richText([[text(summaryPurpose(notification))]]),
    factsBlock(summaryFactsOf(notification)),
    ...topBlocks(notification, room),
  ];
}

/** With the first of what it hid. Who silenced and why are texts from outside, so nothing here is markup. */
export function silenceBlocks(notification: SilenceNotification, room: Room): KnownBlock[] {
  const facts = silenceFactsOf(notification).map(({ label, value }) => [
    text(`${label}: `, { bold: true }),
    value instanceof Date ? date(value) : text(value),
  ]);
  return [richText([[text(silenceOutcome(notification))], ...facts]), ...topBlocks(notification, room)];
}

/** What happened, the numbers, and the first of its entries. */
export function reportBlocks(notification: ReportNotification, room: Room): KnownBlock[] {
  return [
    richText(notification.sentences.map((sentence) => [text(sentence)])),
    ...(notification.facts.length === 0 ? [] : [factsBlock(notification.facts)]),
    ...topBlocks(notification, room),
  ];
}

/** So many lines stand in one block: what has more is told in plain lines, for each bold word takes the room of another. */
const LINES_PER_BLOCK = 20;

function topBlocks(
  notification: SummaryNotification | SilenceNotification | ReportNotification,
  { shown, headlineMax }: Room,
): KnownBlock[] {
  const { heading, entries } = topListOf(notification);
  if (entries.length === 0) return [];
  const lines = entries.slice(0, shown).map(({ integration, headline, known }) => ({
    name: integrationNameOf(integration, Math.min(80, headlineMax)),
    rest: `: ${headlineOf(headline, headlineMax)}${known.length === 0 ? "" : ` (${known.join(", ")})`}`,
  }));
  const title = [text(heading, { bold: true })];
  if (lines.length <= LINES_PER_BLOCK) {
    return [richText([title, ...lines.map(({ name, rest }) => [text("• "), text(name, { bold: true }), text(rest)])])];
  }
  const plain = lines.map(({ name, rest }) => `• ${name}${rest}`);
  const parts = Array.from({ length: Math.ceil(plain.length / LINES_PER_BLOCK) }, (_, index) =>
    plain.slice(index * LINES_PER_BLOCK, (index + 1) * LINES_PER_BLOCK).join("\n"),
  );
  return [richText([title]), ...parts.map((part) => richText([[text(part)]]))];
}
