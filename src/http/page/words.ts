import { formatDuration } from "../../domain/duration.js";
import { type Html, html } from "../../lib/html.js";

/** `2026-03-01 12:00:05 UTC`, with how long ago that was. */
export function when(at: Date, now: Date): Html {
  const iso = at.toISOString();
  const shown = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  return html`<time datetime="${iso}">${shown}</time> <span class="quiet">(${ago(at, now)})</span>`;
}

export function whenOr(at: Date | null, now: Date, orElse: string): Html {
  return at === null ? html`<span class="quiet">${orElse}</span>` : when(at, now);
}

function ago(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (ms < 0) return `in ${formatDuration(-ms)}`;
  return ms < 1000 ? "just now" : `${formatDuration(ms)} ago`;
}

export function count(total: number): string {
  return total.toLocaleString("en-US");
}

/** `1 error`, `1,200 errors`. */
export function counted(total: number, noun: string): string {
  return `${count(total)} ${noun}${total === 1 ? "" : "s"}`;
}
