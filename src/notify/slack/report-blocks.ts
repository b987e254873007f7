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

export function serverBlocks(notification: ServerNotification): KnownBlock[] {
  const detail = oneLine(notification.detail, 600);
  return [
    richText([[text(serverConsequence(notification))]], notification.state === "firing" ? detail : ""),
    factsBlock(serverFactsOf(notification)),
  ];
}

/** With the first `shown` of its errors. */
export function summaryBlocks(notification: SummaryNotification, shown: number): KnownBlock[] {
  return [
    richText([[text(summaryPurpose(notification))]]),
    factsBlock(summaryFactsOf(notification)),
    ...topBlocks(notification, shown),
  ];
}

/** With the first `shown` of what it hid. Who silenced and why are texts from outside, so nothing here is markup. */
export function silenceBlocks(notification: SilenceNotification, shown: number): KnownBlock[] {
  const facts = silenceFactsOf(notification).map(({ label, value }) => [
    text(`${label}: `, { bold: true }),
    value instanceof Date ? date(value) : text(value),
  ]);
  return [richText([[text(silenceOutcome(notification))], ...facts]), ...topBlocks(notification, shown)];
}

/** With the first `shown` of its entries. */
export function reportBlocks(notification: ReportNotification, shown: number): KnownBlock[] {
  return [
    richText(notification.sentences.map((sentence) => [text(sentence)])),
    ...(notification.facts.length === 0 ? [] : [factsBlock(notification.facts)]),
    ...topBlocks(notification, shown),
  ];
}

function topBlocks(
  notification: SummaryNotification | SilenceNotification | ReportNotification,
  shown: number,
): KnownBlock[] {
  const { heading, entries } = topListOf(notification);
  if (entries.length === 0) return [];
  const lines = entries
    .slice(0, shown)
    .map(({ integration, headline, known }) => [
      text("• "),
      text(integrationNameOf(integration, 80), { bold: true }),
      text(`: ${headlineOf(headline, 240)} (${known.join(", ")})`),
    ]);
  return [richText([[text(heading, { bold: true })], ...lines])];
}
