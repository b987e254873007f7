import type {
  AlertItem,
  AlertsNotification,
  DigestNotification,
  Notification,
  ReportNotification,
  SilenceNotification,
  SummaryNotification,
} from "../../domain/notification.js";
import { blindNote, countIntegrations, divisionOf, factsOf, integrationsOf, itemTitleOf } from "../alert-wording.js";
import {
  type DigestLine,
  dailyInBlocks,
  digestBlocks,
  digestNotes,
  digestOverview,
  digestSpan,
  digestStanding,
  digestTotals,
  pollingSentences,
} from "../digest-wording.js";
import { oneLine, paragraphs } from "../plain-text.js";
import { serverConsequence, serverFactsOf, serverSentence } from "../server-wording.js";
import { silenceFactsOf, silenceOutcome, silenceSentence } from "../silence-wording.js";
import { summaryFactsOf, summaryPurpose, summarySentence } from "../summary-wording.js";
import { tagOf, tagOfItem } from "../tag.js";
import { topListOf } from "../top-list.js";
import {
  capitalized,
  type Fact,
  formatUtc,
  headlineOf,
  integrationNameOf,
  moreNote,
  notesOf,
  serverNameOf,
} from "../wording.js";
import { wrapText } from "../wrap-text.js";

const COLUMNS = 78;
const LABEL_COLUMNS = 17;
const ITEMS_MAX = 20;
const BETWEEN_ITEMS = "-".repeat(40);
const ALONE = { headline: 500, because: 800, body: 4000 };
const LISTED = { headline: 240, because: 300, body: 400 };

/** The notification as plain text for 80 columns: all that the HTML part says. */
export function textMessage(notification: Notification, unsubscribeUrl: string | null): string {
  const blocks = [
    ...bodyOf(notification),
    ...(notification.link === null ? [] : [`Show in polarwatch:\n${notification.link}`]),
    notesOf(notification).map(wrap).join("\n"),
    `-- \nSent by polarwatch, ${formatUtc(notification.at)}\n${oneLine(notification.deliveryId, 60)}${unsubscribeUrl === null ? "" : `\nTo stop these mails:\n${unsubscribeUrl}`}`,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function bodyOf(notification: Notification): string[] {
  switch (notification.kind) {
    case "alerts":
      return alertsBlocks(notification);
    case "server":
      return [
        wrap(`${serverNameOf(notification, 100)} ${serverSentence(notification)}`),
        notification.state === "firing" ? wrap(oneLine(notification.detail, 800)) : "",
        factLines(serverFactsOf(notification)),
        wrap(serverConsequence(notification)),
      ];
    case "summary":
      return [
        wrap(`${serverNameOf(notification, 100)} is ${summarySentence(notification)}`),
        wrap(summaryPurpose(notification)),
        factLines(summaryFactsOf(notification)),
        topBlock(notification),
      ];
    case "silence":
      return [
        wrap(`${silenceSentence(notification)}. ${silenceOutcome(notification)}`),
        factLines(silenceFactsOf(notification)),
        topBlock(notification),
      ];
    case "report":
      return [
        wrap(notification.title),
        wrap(notification.sentences.map((sentence) => sentence.replace(/[.\s]*$/, ".")).join(" ")),
        factLines(notification.facts),
        topBlock(notification),
        notification.omittedEntries === 0 ? "" : `... ${moreNote(notification.omittedEntries)}`,
      ];
    case "digest":
      return digestTexts(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function digestTexts(digest: DigestNotification): string[] {
  const totals = digestTotals(digest).map(({ label, now, before }) => ({ label, value: `${now} (before: ${before})` }));
  return [
    [digestOverview(digest), digestStanding(digest), digestSpan(digest)]
      .filter((line) => line !== "")
      .map((line) => wrap(capitalized(line)))
      .join("\n"),
    digestNotes(digest).map(wrap).join("\n"),
    factLines(totals, 21),
    ...digestBlocks(digest).map(({ heading, lines, omitted }) =>
      [`${heading}:`, ...lines.map(digestLine), ...(omitted === 0 ? [] : [`... ${moreNote(omitted)}`])].join("\n"),
    ),
    ["Polling:", ...pollingSentences(digest).map(wrap)].join("\n"),
  ];
}

function digestLine({ name, headline, known, daily, link }: DigestLine): string {
  const entry = wrapText(`- ${name}: ${headline}${known.length === 0 ? "" : ` (${known.join(", ")})`}`, COLUMNS, "  ");
  const days = daily === null ? [] : [`  ${dailyInBlocks(daily)} ${daily.length} days`];
  return [entry, ...days, ...(link === null ? [] : [`  ${link}`])].join("\n");
}

function alertsBlocks(notification: AlertsNotification): string[] {
  const { items, severity } = notification;
  const where = `${integrationsOf(notification)} on ${serverNameOf(notification, 100)}`;
  const tag = items.length > 1 && notification.occasion === "change" ? null : tagOf(notification);
  const what = [tag, divisionOf(notification), severity];
  const isMixed = countIntegrations(notification) > 1;
  const lengths = items.length === 1 ? ALONE : LISTED;
  const hidden = items.length - ITEMS_MAX;
  return [
    wrap(`${where}: ${what.filter((part) => part !== null).join(", ")}`),
    ...items
      .slice(0, ITEMS_MAX)
      .flatMap((item, index) => [index === 0 ? "" : BETWEEN_ITEMS, itemText(item, isMixed, lengths)]),
    hidden > 0 ? `... ${moreNote(hidden)}` : "",
  ];
}

function itemText(item: AlertItem, isMixed: boolean, max: typeof ALONE): string {
  const because = oneLine(item.because, max.because);
  const blind = blindNote(item.blindMs);
  const body = paragraphs(item.body, max.body);
  const facts = [...(because === "" ? [] : [{ label: "Why", value: because }]), ...factsOf(item)];
  const parts = [
    wrap(`${tagOfItem(item)}  ${itemTitleOf(item, isMixed, max.headline)}`),
    factLines(facts),
    ...(blind === null ? [] : [wrap(blind)]),
    ...(body === "" ? [] : [`\n${quoted(body)}`]),
  ];
  return parts.join("\n");
}

/** Empty when there is nothing to list. */
function topBlock(notification: SummaryNotification | SilenceNotification | ReportNotification): string {
  const { heading, entries } = topListOf(notification);
  const lines = entries.slice(0, ITEMS_MAX).map(({ integration, headline, known }) => {
    const entry = `- ${integrationNameOf(integration, 80)}: ${headlineOf(headline, 240)} (${known.join(", ")})`;
    return wrapText(entry, COLUMNS, "  ");
  });
  return lines.length === 0 ? "" : [`${heading}:`, ...lines].join("\n");
}

function factLines(facts: readonly Fact[], labelColumns = LABEL_COLUMNS): string {
  const indent = " ".repeat(labelColumns);
  const lines = facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : value;
    return `${`${label}:`.padEnd(labelColumns)}${wrapText(text, COLUMNS, indent)}`;
  });
  return lines.join("\n");
}

function quoted(text: string): string {
  return wrapText(text, COLUMNS - 2)
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

function wrap(text: string): string {
  return wrapText(text, COLUMNS);
}
