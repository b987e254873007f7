import { formatDuration } from "../domain/duration.js";
import type { DeliveryId } from "../domain/ids.js";
import type { ReportNotification } from "../domain/notification.js";
import { isStormOver, type StormTerms } from "../domain/storm.js";
import { counted, formatCount, totalOf } from "../notify/wording.js";
import type { DueDelivery } from "../store/outbox.js";
import type { Db } from "../store/prisma.js";
import type { ReportFacts } from "../store/reminder-facts.js";
import {
  type FoldedMessage,
  fillPage,
  findStormContent,
  type StormContent,
  storePageFacts,
  stormOfPage,
} from "../store/storms.js";

const TOP_MAX = 20;
/** What fits into one message of any medium with a line for each. */
const PAGE_LINES_MAX = 30;

/** A page decides when it is first tried what it lists; any other delivery stays as it is. */
export async function fillStormPage(tx: Db, delivery: DueDelivery): Promise<DueDelivery> {
  if (delivery.kind !== "storm_page" || delivery.attempts > 0) return delivery;
  const folded = await fillPage(tx, delivery.id, stormOfPage(delivery), PAGE_LINES_MAX);
  const facts = pageFacts(folded);
  await storePageFacts(tx, delivery.id, facts);
  return { ...delivery, facts };
}

function pageFacts(folded: readonly FoldedMessage[]): ReportFacts {
  const one = folded.length === 1;
  return {
    severity: "info",
    title: `${counted(folded.length, "message")} that ${one ? "is" : "are"} told here instead`,
    sentences: [`Each line is a message that was not sent by itself; the worst of its alerts is named.`],
    facts: [],
    heading: "Folded",
    entries: folded.map(({ integration, headline, alerts, resolved, added }) => ({
      integration,
      headline,
      known: [
        counted(alerts, "alert"),
        ...(resolved > 0 ? [`${formatCount(resolved)} resolved`] : []),
        ...(added > 0 ? [`${formatCount(added)} added`] : []),
      ],
    })),
    omittedEntries: 0,
  };
}

/** The state of a storm: what its message says now, and what becomes of the storm. */
export type StormState = {
  report: Pick<
    ReportNotification,
    "severity" | "title" | "sentences" | "facts" | "heading" | "entries" | "omittedEntries"
  >;
  /** The one server that it is about; null when there are several. */
  server: string | null;
  isOver: boolean;
};

/** What to say about a storm now. `terms: null`: the destination folds no more, so its storm is over. */
export async function findStormState(
  db: Db,
  storm: { id: DeliveryId; openedAt: Date },
  terms: StormTerms | null,
  now: Date,
): Promise<StormState> {
  const since = new Date(now.getTime() - (terms?.windowMs ?? 0));
  const content = await findStormContent(db, storm.id, since, TOP_MAX);
  const isOver = terms === null || isStormOver(terms, { ...storm, foldedLately: content.foldedLately }, now);
  const [server, ...others] = content.servers;
  return {
    report: stormReport(content, storm.openedAt, isOver, now),
    server: others.length === 0 ? (server ?? null) : null,
    isOver,
  };
}

function stormReport(content: StormContent, openedAt: Date, isOver: boolean, now: Date): StormState["report"] {
  const { alerts, firing, critical, integrations, messages } = content;
  const over = `It is over after ${formatDuration(Math.max(now.getTime() - openedAt.getTime(), 0))}: from now on each is told by itself again.`;
  const on = "While it goes on, everything is told here and in the thread of this message.";
  return {
    severity: critical > 0 ? "critical" : firing > 0 ? "warning" : "info",
    title: `${counted(alerts, "alert")} of ${counted(integrations, "integration")} in one message`,
    sentences: [
      `Too much happens at once for a message each: ${counted(messages, "message")} were put together.`,
      isOver ? over : on,
    ],
    facts: [
      {
        label: "Firing",
        value:
          critical === 0 ? formatCount(firing) : `${formatCount(firing)}, ${formatCount(critical)} of them critical`,
      },
      { label: "Resolved or taken on", value: formatCount(alerts - firing) },
      ...(content.servers.length > 1 ? [{ label: "Servers", value: String(content.servers.length) }] : []),
      { label: "Since", value: openedAt },
    ],
    heading: "Most added",
    entries: content.top.map(({ integration, headline, added, occurrences, state }) => ({
      integration,
      headline,
      known: [
        ...(state === "firing" ? [] : [state]),
        ...(added > 0 ? [`${formatCount(added)} added`] : []),
        ...(occurrences === null ? [] : [totalOf(occurrences)]),
      ],
    })),
    omittedEntries: Math.max(0, alerts - content.top.length),
  };
}
