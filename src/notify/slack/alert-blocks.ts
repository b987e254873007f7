import type { KnownBlock, RichTextElement } from "@slack/web-api";
import type { AlertItem, AlertsNotification } from "../../domain/notification.js";
import {
  countIntegrations,
  divisionOf,
  factsOf,
  integrationsOf,
  itemHeadlineOf,
  itemTitleOf,
  knownOf,
  sinceLabelOf,
} from "../alert-wording.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { tagOfItem } from "../tag.js";
import { serverNameOf } from "../wording.js";
import { contextBlock, date, factsBlock, richText, text } from "./blocks.js";
import { blindLines, takenLines } from "./item-lines.js";
import { markOfItem } from "./marks.js";

const [HEADLINE_MAX, BECAUSE_MAX] = [500, 600];
const [LISTED_HEADLINE_MAX, LISTED_BECAUSE_MAX] = [240, 300];

/** One alert with all that is known about it (`bodyMax` characters of its longest text), or the first `shown` of several. */
export function alertsBlocks(
  notification: AlertsNotification,
  title: string,
  { shown, bodyMax }: { shown: number; bodyMax: number },
): KnownBlock[] {
  const [first, ...others] = notification.items;
  if (first === undefined) return [];
  const division = divisionOf(notification);
  const where = `${integrationsOf(notification)} on ${serverNameOf(notification, 100)} · ${notification.severity}`;
  const context = contextBlock(division === null ? where : `${where} · ${division}`);
  if (others.length === 0) return [context, ...oneItem(first, title, bodyMax)];
  const isMixed = countIntegrations(notification) > 1;
  return [context, ...notification.items.slice(0, shown).map((item) => listedItem(item, isMixed))];
}

function oneItem(item: AlertItem, title: string, bodyMax: number): KnownBlock[] {
  const headline = itemHeadlineOf(item, HEADLINE_MAX);
  const because = oneLine(item.because, BECAUSE_MAX);
  const lines = [
    ...(title.includes(headline) ? [] : [[text(headline, { bold: true as const })]]),
    ...(because === "" ? [] : [[text("Why: ", { bold: true }), text(because)]]),
    ...takenLines(item),
    ...blindLines(item),
  ];
  const body = bodyMax === 0 ? "" : paragraphs(item.body, bodyMax);
  const words = lines.length === 0 && body === "" ? [] : [richText(lines, body)];
  // A name is from outside, and facts are markup: who has taken it on stands in a line of its own.
  return [...words, factsBlock(factsOf({ ...item, acknowledged: null }))];
}

function listedItem(item: AlertItem, isMixed: boolean): KnownBlock {
  const because = oneLine(item.because, LISTED_BECAUSE_MAX);
  const known = knownOf(item);
  const last: RichTextElement[] =
    item.lastOccurredAt === null ? [] : [text(", last occurred "), date(item.lastOccurredAt)];
  return richText([
    [
      text(`${markOfItem(item)} ${tagOfItem(item)}  `, { bold: true }),
      text(itemTitleOf(item, isMixed, LISTED_HEADLINE_MAX), { bold: true }),
    ],
    ...(known === "" ? [] : [[text(known)]]),
    [text(`${sinceLabelOf(item)} `), date(item.firstSeenAt), ...last],
    ...(because === "" ? [] : [[text("Why: ", { bold: true }), text(because)]]),
    ...takenLines(item),
    ...blindLines(item),
  ]);
}
