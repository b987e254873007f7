import type { Notification } from "../domain/notification.js";
import { oneLine } from "./plain-text.js";

/** A label with its value; each medium shows an instant in its own way. */
export type Fact = { label: string; value: string | Date };

const NOTES_MAX = 5;
const NOTE_LENGTH_MAX = 240;
const REPEAT_NOTE = "You may have had this message already: the answer to an earlier try was lost.";

/** An error may come without any text; then this says so. */
export function headlineOf(headline: string, lengthMax: number): string {
  return oneLine(headline, lengthMax) || "(the error has no text)";
}

/** What a notification about more than one server has instead of a name says so. */
export function serverNameOf({ server }: Pick<Notification, "server">, lengthMax: number): string {
  return server === null ? "several servers" : oneLine(server, lengthMax);
}

export function integrationNameOf(name: string, lengthMax: number): string {
  return oneLine(name, lengthMax) || "Unnamed integration";
}

/** The small print at the end of every medium: a sentence each, at most six, none of them empty. */
export function notesOf(notification: Notification): readonly string[] {
  const notes = "notes" in notification ? notification.notes.slice(0, NOTES_MAX) : [];
  const shown = notes.map((note) => oneLine(note, NOTE_LENGTH_MAX)).filter((note) => note !== "");
  return notification.possiblyRepeated ? [...shown, REPEAT_NOTE] : shown;
}

/** `1,234 in all`; says so when the server gives no total. */
export function totalOf(occurrences: number | null): string {
  return occurrences === null ? "total not known" : `${formatCount(occurrences)} in all`;
}

/** What is left out of a list: `and 12 more`. */
export function moreNote(count: number): string {
  return `and ${formatCount(count)} more`;
}

/** `1 alert`, `1,234 alerts`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `2025-01-08 15:04 UTC`. */
export function formatUtc(at: Date): string {
  if (Number.isNaN(at.getTime())) return "at an unknown time";
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** With a capital first letter, as a sentence begins. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
