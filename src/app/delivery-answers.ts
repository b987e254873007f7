import type { ChangeKind } from "../domain/change.js";
import type { Rule } from "../domain/rule.js";
import { explainError } from "../domain/why.js";
import { counted, formatUtc } from "../notify/wording.js";
import type { AlertBehind } from "../store/history/alerts-behind.js";
import { type ChangeCount, countChanges, findRecentMoves, type RecentMove } from "../store/history/recent-events.js";
import { findWhy } from "../store/history/why.js";
import { noMessageWords, nothingBehindWords, omittedWords, subjectWords } from "./action-wording.js";
import { type Answer, answer } from "./answer.js";
import { type ActionDeps, alertsBehind } from "./delivery-actions.js";
import type { Links } from "./notification.js";

/** `rules`: those of the configuration that holds now. */
export type AnswerDeps = ActionDeps & { rules: () => readonly Rule[]; links: Links };

const SHOWN_MAX = 3;
const MOVES_MAX = 6;
const VERDICTS_MAX = 2;
const DAY_MS = 86_400_000;
const HISTORY_DAYS = 7;

/** Why people are told what a message is about: the short answer for each, and what the rules decided last. */
export async function explainDelivery(deps: AnswerDeps, publicId: string): Promise<Answer> {
  const found = await alertsBehind(deps.db, publicId);
  if (found === null) return answer(noMessageWords());
  return explainAlerts(deps, found);
}

/** The same for alerts however they were found. */
export async function explainAlerts(deps: AnswerDeps, alerts: readonly AlertBehind[]): Promise<Answer> {
  const subjects = distinctSubjects(alerts);
  const sentences: string[] = [];
  for (const alert of subjects.slice(0, SHOWN_MAX)) {
    sentences.push(subjectWords(alert));
    sentences.push(...(alert.error === null ? [stateOf(alert)] : await explained(deps, alert.error.id)));
  }
  sentences.push(...omittedWords(subjects.length - SHOWN_MAX, "alert"));
  return answerOf(deps, subjects, sentences);
}

/** The short answer about one error, and what the rules decided last; empty when there is no such error. */
export async function explained({ db, clock, rules }: AnswerDeps, errorId: string): Promise<readonly string[]> {
  const facts = await findWhy(db, errorId, clock());
  if (facts === null) return [];
  const explanation = explainError(facts, rules(), formatUtc);
  return [
    `${explanation.answer}.`,
    ...explanation.verdicts.slice(0, VERDICTS_MAX).map(({ at, sentence }) => `${formatUtc(at)}: ${sentence}`),
  ];
}

/** What happened in the last seven days to what a message is about. */
export async function recountDelivery(deps: AnswerDeps, publicId: string): Promise<Answer> {
  const alerts = await alertsBehind(deps.db, publicId);
  if (alerts === null) return answer(noMessageWords());
  const errorIds = [...new Set(alerts.flatMap(({ error }) => (error === null ? [] : [error.id])))];
  const since = new Date(deps.clock().getTime() - HISTORY_DAYS * DAY_MS);
  const alertIds = alerts.map(({ id }) => id);
  const [counts, moves] = await Promise.all([
    countChanges(deps.db, errorIds, since),
    findRecentMoves(deps.db, { alertIds, errorIds, since, limit: MOVES_MAX + 1 }),
  ]);
  const subjects = distinctSubjects(alerts);
  const sentences = [
    ...subjects.slice(0, SHOWN_MAX).map(subjectWords),
    ...omittedWords(subjects.length - SHOWN_MAX, "alert"),
    ...(errorIds.length === 0 ? [] : [`In the last ${HISTORY_DAYS} days: ${changesOf(counts)}.`]),
    ...moves.slice(0, MOVES_MAX).map((move) => moveOf(move, alerts.length > 1)),
    ...(moves.length > MOVES_MAX ? ["And more before."] : []),
  ];
  return answerOf(deps, subjects, sentences);
}

/** Several alerts may be about one error: who asks about it wants to hear about it once. The open ones first. */
function distinctSubjects(alerts: readonly AlertBehind[]): readonly AlertBehind[] {
  const openFirst = [...alerts].sort((one, other) => Number(isOver(one)) - Number(isOver(other)));
  const keyOf = ({ id, error }: AlertBehind) => (error === null ? `alert ${id}` : `error ${error.id}`);
  return [...new Map(openFirst.toReversed().map((alert) => [keyOf(alert), alert])).values()].toReversed();
}

const isOver = ({ alertState }: AlertBehind) => alertState === "resolved";

function stateOf({ id, alertState, because, labels }: AlertBehind): string {
  const rule = labels.rule === undefined ? "" : ` by the rule ${labels.rule}`;
  return `Alert ${id}${rule} is ${alertState}${because === "" ? "" : `: ${because}`}`;
}

const CHANGE_VERBS = {
  new: "was new",
  growing: "grew",
  returned: "came back",
  gone: "went away",
} as const satisfies Record<ChangeKind, string>;

function changesOf(counts: readonly ChangeCount[]): string {
  if (counts.length === 0) return "nothing changed";
  const parts = counts.map(({ kind, times, added }) => {
    const often = times === 1 ? "once" : counted(times, "time");
    return `${CHANGE_VERBS[kind]} ${often}${added > 0 ? ` (${added.toLocaleString("en-US")} added)` : ""}`;
  });
  return new Intl.ListFormat("en").format(parts);
}

function moveOf({ at, alertId, toState, because }: RecentMove, isOneOfMany: boolean): string {
  return `${formatUtc(at)}: ${isOneOfMany ? `alert ${alertId} ` : ""}${toState}. ${because}`.trim();
}

function answerOf({ links }: AnswerDeps, subjects: readonly AlertBehind[], sentences: readonly string[]): Answer {
  const [first, ...others] = subjects;
  if (first === undefined) return answer(nothingBehindWords());
  const error = others.length === 0 ? first.error : null;
  const isOneServer = others.every(({ serverId }) => serverId === first.serverId);
  const wider = isOneServer ? links.server(first.serverId) : links.all();
  return { sentences, link: error === null ? wider : links.error(error.id) };
}
