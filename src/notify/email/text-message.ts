import { CAUSE_LABELS } from "../../domain/cause.js";
import type { AlertItem, Notification, SummaryNotification } from "../../domain/notification.js";
import { oneLine, paragraphs } from "../plain-text.js";
import {
  blindNote,
  type Fact,
  factsOf,
  formatUtc,
  headlineOf,
  integrationNameOf,
  integrationOf,
  itemCountsOf,
  moreNote,
  REPEAT_NOTE,
  serverConsequence,
  serverFactsOf,
  serverSentence,
  summaryFactsOf,
  summaryPurpose,
  summarySentence,
  tagOf,
  tagOfItem,
  topCountOf,
  topHeading,
} from "../wording.js";
import { wrapText } from "../wrap-text.js";

const COLUMNS = 78;
const LABEL_COLUMNS = 17;
const ITEMS_MAX = 20;
const ALONE = { headline: 500, because: 800, body: 4000 };
const LISTED = { headline: 240, because: 300, body: 400 };

/** The notification as plain text for 80 columns: all that the HTML part says. */
export function textMessage(notification: Notification): string {
  const blocks = [
    ...bodyOf(notification),
    ...(notification.link === null ? [] : [`Show in polarwatch:\n${notification.link}`]),
    ...(notification.possiblyRepeated ? [wrap(REPEAT_NOTE)] : []),
    `-- \nSent by polarwatch, ${formatUtc(notification.at)}\nDelivery ${oneLine(notification.deliveryId, 60)}`,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function bodyOf(notification: Notification): string[] {
  switch (notification.kind) {
    case "alerts": {
      const where = `${integrationOf(notification)} on ${oneLine(notification.server, 100)}`;
      const counts = notification.items.length === 1 ? tagOf(notification) : itemCountsOf(notification);
      const hidden = notification.items.length - ITEMS_MAX;
      const lengths = notification.items.length === 1 ? ALONE : LISTED;
      return [
        wrap(`${where}: ${counts}, ${notification.severity}`),
        ...notification.items.slice(0, ITEMS_MAX).map((item) => itemText(item, lengths)),
        hidden > 0 ? `... ${moreNote(hidden)}` : "",
      ];
    }
    case "server":
      return [
        wrap(`${oneLine(notification.server, 100)} ${serverSentence(notification)}`),
        notification.state === "firing" ? wrap(oneLine(notification.detail, 800)) : "",
        factLines(serverFactsOf(notification)),
        wrap(serverConsequence(notification)),
      ];
    case "summary":
      return summaryBlocks(notification);
    default:
      throw new Error(`Unknown notification: ${JSON.stringify(notification satisfies never)}`);
  }
}

function itemText(item: AlertItem, max: typeof ALONE): string {
  const because = oneLine(item.because, max.because);
  const blind = blindNote(item.blindMs);
  const body = paragraphs(item.body, max.body);
  const facts = [...(because === "" ? [] : [{ label: "Why", value: because }]), ...factsOf(item)];
  const parts = [
    wrap(`${tagOfItem(item)}  ${headlineOf(item.headline, max.headline)}`),
    factLines(facts),
    ...(blind === null ? [] : [wrap(blind)]),
    ...(body === "" ? [] : [`\n${quoted(body)}`]),
  ];
  return parts.join("\n");
}

function summaryBlocks(notification: SummaryNotification): string[] {
  const entries = notification.top.slice(0, ITEMS_MAX).map((entry) => {
    const known = `${CAUSE_LABELS[entry.cause]}, ${topCountOf(notification.occasion, entry)}`;
    return wrapText(
      `- ${integrationNameOf(entry.integration, 80)}: ${headlineOf(entry.headline, 240)} (${known})`,
      COLUMNS,
      "  ",
    );
  });
  return [
    wrap(`${oneLine(notification.server, 100)} is ${summarySentence(notification)}`),
    wrap(summaryPurpose(notification)),
    factLines(summaryFactsOf(notification)),
    entries.length === 0 ? "" : [`${topHeading(notification)}:`, ...entries].join("\n"),
  ];
}

function factLines(facts: readonly Fact[]): string {
  const indent = " ".repeat(LABEL_COLUMNS);
  const lines = facts.map(({ label, value }) => {
    const text = value instanceof Date ? formatUtc(value) : value;
    return `${`${label}:`.padEnd(LABEL_COLUMNS)}${wrapText(text, COLUMNS, indent)}`;
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
