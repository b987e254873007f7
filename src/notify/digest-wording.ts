import { CAUSE_LABELS, type Cause } from "../domain/cause.js";
import type { EndedEntry, MovedEntry } from "../domain/digest.js";
import type { PollingReport } from "../domain/digest-polling.js";
import { formatDuration } from "../domain/duration.js";
import type { DigestNotification } from "../domain/notification.js";
import { READ_FAILURE_TEXTS } from "../domain/snapshot.js";
import { oneLine } from "./plain-text.js";
import { counted, formatCount, headlineOf, totalOf } from "./wording.js";

/** One entry of a digest. `name` and `headline` are from outside, `known` are words of ours with what is in them cleaned. */
export type DigestLine = {
  name: string;
  headline: string;
  known: readonly string[];
  daily: readonly number[] | null;
  link: string | null;
};

/** A section that has something to show. */
export type DigestBlock = { heading: string; word: string; lines: readonly DigestLine[]; omitted: number };

const [NAME_MAX, HEADLINE_MAX, PERSON_MAX, REASON_MAX] = [80, 160, 60, 160];

/** The sections with entries, in the order in which they are read. */
export function digestBlocks(digest: DigestNotification): readonly DigestBlock[] {
  const local = localFormat(digest.timeZone, digest.untilAt);
  const isOfSeveral = digest.server === null;
  const line = (
    entry: {
      server: string;
      integration: string;
      headline: string;
      daily: DigestLine["daily"];
      errorId?: string | null;
    },
    known: readonly string[],
    fallback: string,
  ): DigestLine => {
    const named = oneLine(entry.integration, NAME_MAX) || fallback;
    return {
      name: isOfSeveral && entry.server !== "" ? `${named} (${oneLine(entry.server, 40)})` : named,
      headline: headlineOf(entry.headline, HEADLINE_MAX),
      known,
      daily: entry.daily,
      link: digest.errorLinks[entry.errorId ?? ""] ?? null,
    };
  };
  const moved = (entry: MovedEntry) => line(entry, movedWords(entry), "Unnamed integration");
  const ended = (entry: EndedEntry) =>
    line(
      entry,
      [...causeWords(entry.cause), ...addedWords(entry.added), `since ${local(entry.endedAt)}`, because(entry.because)],
      "Server",
    );
  const sections: [string, string, readonly DigestLine[], number][] = [
    ["New and returned", "New", digest.new.entries.map(moved), digest.new.total],
    ["Growing, by what was added", "Growing", digest.growing.entries.map(moved), digest.growing.total],
    ["Calmed: still there, but not growing", "Calmed", digest.calmed.entries.map(ended), digest.calmed.total],
    ["Resolved", "Resolved", digest.resolved.entries.map(ended), digest.resolved.total],
    [
      "Still acknowledged",
      "Acknowledged",
      digest.acknowledged.entries.map((entry) => {
        const end = entry.untilAt === null ? [] : [`until ${local(entry.untilAt)}`];
        const note = oneLine(entry.note, REASON_MAX);
        const by = `by ${oneLine(entry.by, PERSON_MAX)} since ${local(entry.sinceAt)}`;
        return line(entry, [by, ...end, ...(note === "" ? [] : [note])], "Server");
      }),
      digest.acknowledged.total,
    ],
    [
      "Still silenced",
      "Silenced",
      digest.silenced.entries.map((entry) => {
        const hides = entry.errors === 0 ? "hides nothing so far" : `hides ${counted(entry.errors, "error")}`;
        return line(
          entry,
          [`by ${oneLine(entry.author, PERSON_MAX)}`, hides, `until ${local(entry.endsAt)}`],
          `Silence ${entry.silenceId}`,
        );
      }),
      digest.silenced.total,
    ],
    [
      "Integrations that are not running",
      "Not running",
      digest.notRunning.entries.map((entry) =>
        line(entry, entry.sinceAt === null ? [] : [`since ${local(entry.sinceAt)}`], "Unnamed integration"),
      ),
      digest.notRunning.total,
    ],
    [
      "Not delivered",
      "Not delivered",
      digest.undelivered.entries.map((entry) => ({
        name: oneLine(entry.destination, NAME_MAX),
        headline: oneLine(entry.because, REASON_MAX) || "no reason is known",
        known: [counted(entry.messages, "message"), `last ${local(entry.lastAt)}`],
        daily: null,
        link: null,
      })),
      digest.undelivered.total,
    ],
  ];
  return sections
    .filter(([, , , total]) => total > 0)
    .map(([heading, word, lines, total]) => ({ heading, word, lines, omitted: Math.max(total - lines.length, 0) }));
}

const EXTRACT_MAX = 6;

/** What is worst, for a medium that has room for little: two of each section, six in all. */
export function digestExtract(digest: DigestNotification): readonly (DigestLine & { word: string })[] {
  const firsts = digestBlocks(digest).flatMap(({ word, lines }) =>
    lines.slice(0, 2).map((line) => ({ ...line, word })),
  );
  return firsts.slice(0, EXTRACT_MAX);
}

function movedWords({ cause, isReturned, ending, added, addedBefore, occurrences }: MovedEntry): string[] {
  const returned = isReturned ? ["returned"] : [];
  const before = addedBefore === 0 ? "" : ` (${formatCount(addedBefore)} before)`;
  const over = ending === null ? [] : [`${ending} meanwhile`];
  return [...returned, ...over, ...causeWords(cause), `${formatCount(added)} added${before}`, totalOf(occurrences)];
}

function addedWords(added: number): string[] {
  return added === 0 ? [] : [`${formatCount(added)} added`];
}

function causeWords(cause: Cause | null): string[] {
  return cause === null ? [] : [CAUSE_LABELS[cause]];
}

function because(text: string): string {
  return oneLine(text, REASON_MAX) || "for no reason on record";
}

/** `3 new, 12 growing, 2 resolved`: what happened, or that nothing did. */
export function digestOverview(digest: DigestNotification): string {
  const { now } = digest.totals;
  const happened = countedWords([
    [now.new, "new"],
    [now.returned, "returned"],
    [digest.growing.total, "growing"],
    [digest.calmed.total, "calmed"],
    [digest.resolved.total, "resolved"],
  ]);
  if (happened !== "") return happened;
  if (digestStanding(digest) !== "") return "nothing new";
  return digest.polling.worst.length === 0 ? "all quiet" : "nothing known: nobody was looking all the time";
}

/** `1 acknowledged, 2 not running`: what goes on; empty when nothing does. */
export function digestStanding(digest: DigestNotification): string {
  return countedWords([
    [digest.acknowledged.total, "acknowledged"],
    [digest.silenced.total, "silenced"],
    [digest.notRunning.total, "not running"],
    [digest.undelivered.entries.reduce((sum, { messages }) => sum + messages, 0), "undelivered"],
  ]);
}

function countedWords(parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(", ");
}

/** `Sun 1 Mar 2026, 08:00 to Mon 2 Mar 2026, 08:00 (Europe/Berlin)`. */
export function digestSpan({ fromAt, untilAt, timeZone }: DigestNotification): string {
  const local = localFormat(timeZone, null);
  return `${local(fromAt)} to ${local(untilAt)} (${timeZone})`;
}

/** The sums of the window beside those of the time of the same length before it. */
export function digestTotals({ totals: { now, before } }: DigestNotification) {
  const row = (label: string, ofNow: number, ofBefore: number) => ({
    label,
    now: formatCount(ofNow),
    before: formatCount(ofBefore),
  });
  return [
    row("New errors", now.new, before.new),
    row("Returned errors", now.returned, before.returned),
    row("Occurrences added", now.added, before.added),
    row("Alerts that began", now.fired, before.fired),
    row("Alerts that ended", now.ended, before.ended),
  ];
}

/** How complete the polling was, a sentence each; never none. */
export function pollingSentences({ polling, undiffedPolls }: DigestNotification): readonly string[] {
  const { servers, expected, good, complete, worst } = polling;
  const polls = `${formatCount(good)} of ${formatCount(expected)} expected polls were good`;
  const blind = servers - complete;
  return [
    ...(servers === 0 ? ["No server is watched."] : []),
    ...(servers > 0 && blind === 0 ? [`${polls}: nothing was missed.`] : []),
    ...(servers > 1 && blind > 0
      ? [`${polls}; ${formatCount(blind)} of ${formatCount(servers)} servers could not be watched all the time.`]
      : []),
    ...worst.map(blindSentence),
    ...(blind > worst.length ? [`And ${counted(blind - worst.length, "more server")}.`] : []),
    ...(undiffedPolls === 0 ? [] : [`What changed in ${counted(undiffedPolls, "poll")} was not known yet.`]),
  ];
}

function blindSentence({ server, expected, good, failures, blind }: PollingReport): string {
  const [failure] = failures;
  const { windows, longestMs } = blind;
  const often =
    windows === 1 ? "" : ` in all, ${formatCount(windows)} times, the longest for ${formatDuration(longestMs)}`;
  const why =
    failure === undefined
      ? ""
      : `; most often ${READ_FAILURE_TEXTS[failure.reason]} (${counted(failure.polls, "poll")})`;
  const polls = `${formatCount(good)} of ${formatCount(expected)} expected polls were good`;
  return `${oneLine(server, 60)}: nobody was looking for ${formatDuration(blind.ms)}${often}; ${polls}${why}.`;
}

/** What else there is to say about the window; none when it is the usual one. */
export function digestNotes({ periods }: DigestNotification): readonly string[] {
  if (periods <= 1) return [];
  return [`This covers ${formatCount(periods)} periods at once: the digests before it were missed or did not arrive.`];
}

/** What a picture of thirty days says, for whoever does not see it. */
export function dailyInWords(daily: readonly number[]): string {
  const sum = daily.reduce((total, count) => total + count, 0);
  if (sum === 0) return `Nothing added in ${daily.length} days`;
  const most = Math.max(...daily);
  const daysAgo = daily.length - 1 - daily.lastIndexOf(most);
  const when = daysAgo === 0 ? "on the last day" : `${counted(daysAgo, "day")} before the last`;
  return `Added per day over ${daily.length} days: ${formatCount(sum)} in all, at most ${formatCount(most)}, ${when}`;
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** The same thirty days as a line of blocks; a day without anything is a blank one. */
export function dailyInBlocks(daily: readonly number[]): string {
  const most = Math.max(...daily);
  if (most <= 0) return "·".repeat(daily.length);
  return daily.map((count) => (count <= 0 ? "·" : (BARS[Math.ceil((count / most) * BARS.length) - 1] ?? "▁"))).join("");
}

/** `Mon 2 Mar 2026, 08:00` in a zone, without the year where it is that of `sameYearAs`. */
function localFormat(timeZone: string, sameYearAs: Date | null): (at: Date) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const partsOf = (at: Date) =>
    new Map<string, string>(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const usualYear = sameYearAs === null ? null : partsOf(sameYearAs).get("year");
  return (at) => {
    const part = partsOf(at);
    const year = part.get("year") === usualYear ? "" : ` ${part.get("year")}`;
    return `${part.get("weekday")} ${part.get("day")} ${part.get("month")}${year}, ${part.get("hour")}:${part.get("minute")}`;
  };
}
