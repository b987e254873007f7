import { oneLine } from "./plain-text.js";

const DETAIL_LENGTH_MAX = 500;
const ADDRESS = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]+/gi;

/**
 * A line for people about what went wrong, out of text that a receiver sent: at most 500 characters, no URL, and none
 * of `secrets`, neither as they are nor as they look in a URL or in base64.
 */
export function failureDetail(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    ])
    .sort((a, b) => b.length - a.length);
  const bounded = text.slice(0, 20_000);
  const masked = forms.reduce((rest, form) => rest.replaceAll(form, "[secret]"), bounded);
  return oneLine(masked.replace(ADDRESS, "[address]"), DETAIL_LENGTH_MAX);
}
