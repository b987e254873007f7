import type { KnownBlock, RichTextElement } from "@slack/web-api";
import type { AlertItem, AlertsNotification, ServerNotification } from "../../domain/notification.js";
import { countIntegrations, divisionOf, itemHeadlineOf, itemTitleOf, knownOf } from "../alert-wording.js";
import { oneLine } from "../plain-text.js";
import { serverConsequence } from "../server-wording.js";
import { tagOfItem } from "../tag.js";
import { counted } from "../wording.js";
import { date, richText, text } from "./blocks.js";
import { blindLines, takenLines } from "./item-lines.js";
import { markOfItem } from "./marks.js";

const [HEADLINE_MAX, BODY_MAX, BECAUSE_MAX] = [500, 160, 400];
const LISTED_HEADLINE_MAX = 200;
/** Of more alerts than these each has the room for what it is, but not for why. */
const EXPLAINED_MAX = 3;

/** Alerts in a few lines: why the only one fires and what is known of it, or the first `shown` of several. */
export function shortAlertsBlocks(notification: AlertsNotification, title: string, shown: number): KnownBlock[] {
  const { items, severity } = notification;
  const [first, ...others] = items;
  if (first === undefined) return [];
  const division = divisionOf(notification);
  const isOver = items.every(({ state }) => state === "resolved");
  const whole = [isOver ? null : severity, division].filter((part) => part !== null).join(" · ");
  if (others.length === 0) return linesBlock(onlyItem(first, title, whole));
  const isMixed = countIntegrations(notification) > 1;
  const isExplained = items.length <= EXPLAINED_MAX;
  const listed = items.slice(0, shown).map((item) => richText(listedItem(item, isMixed, isExplained)));
  return [...linesBlock(whole === "" ? [] : [[text(whole)]]), ...listed];
}

/** What it means that a server cannot be read, or can be again, and since when. */
export function shortServerBlocks(notification: ServerNotification): KnownBlock[] {
  const { failedPolls, lastGoodPollAt, state } = notification;
  const detail = oneLine(notification.detail, BECAUSE_MAX);
  const last =
    lastGoodPollAt === null ? [text("there was no good poll yet")] : [text("last good poll "), date(lastGoodPollAt)];
  return linesBlock([
    ...(state === "firing" && detail !== "" ? [[text(detail)]] : []),
    [text(serverConsequence(notification))],
    [text(`${counted(failedPolls, "failed poll")}, `), ...last],
  ]);
}

function linesBlock(lines: readonly RichTextElement[][]): KnownBlock[] {
  return lines.length === 0 ? [] : [richText(lines)];
}

function onlyItem(item: AlertItem, title: string, whole: string): RichTextElement[][] {
  const headline = itemHeadlineOf(item, HEADLINE_MAX);
  const known = [whole, knownOf(item)].filter((part) => part !== "").join(" · ");
  return [
    ...(title.includes(headline) ? [] : [[text(headline, { bold: true as const })]]),
    ...explanationLines(item),
    ...(known === "" ? [] : [[text(known)]]),
    ...takenLines(item),
    ...blindLines(item),
  ];
}

function listedItem(item: AlertItem, isMixed: boolean, isExplained: boolean): RichTextElement[][] {
  const known = knownOf(item);
  const headline = itemTitleOf(item, isMixed, LISTED_HEADLINE_MAX);
  // Of what somebody has taken on, who that is matters more than why it fires.
  const isToldWhy = isExplained && item.state !== "acknowledged";
  return [
    [text(`${markOfItem(item)} ${tagOfItem(item)}  ${headline}`, { bold: true })],
    ...(isToldWhy ? explanationLines(item) : []),
    ...(known === "" ? [] : [[text(known)]]),
    ...takenLines(item),
    ...(isExplained ? blindLines(item) : []),
  ];
}

/** The beginning of its longest text, for many headlines say little, and why it is told. */
function explanationLines(item: AlertItem): RichTextElement[][] {
  const isOver = item.state === "resolved";
  const said = [isOver ? "" : oneLine(item.body, BODY_MAX), oneLine(item.because, BECAUSE_MAX)];
  return said.filter((line) => line !== "").map((line) => [text(line)]);
}
