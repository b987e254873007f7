import { readFileSync } from "node:fs";
import { anAlertItem, HOSTILE_TEXTS } from "./notifications.js";

const SAMPLES = new URL("../../src/simulator/integration-errors.json", import.meta.url);

/** The texts of the sample errors that are blank, long or of more than words, and those made up for the media. */
export function hostileTexts(): string[] {
  const errors: Record<string, unknown>[] = JSON.parse(readFileSync(SAMPLES, "utf8"));
  const texts = errors.flatMap(({ title, detail, description }) => [title, detail, description]);
  const isHostile = (text: string) => text.trim() === "" || text.length > 200 || /[^\w\s.,:;()/'"-]/.test(text);
  return [...new Set([...texts.filter((text) => typeof text === "string").filter(isHostile), ...HOSTILE_TEXTS])];
}

/** Alerts in which the text stands wherever text from outside can stand. */
export function hostileItems(text: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    anAlertItem({ alertId: `alert-${index}`, headline: text, body: text, because: text, blindMs: 60_000 }),
  );
}
