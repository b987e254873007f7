import type { FastifyReply } from "fastify";
import { type Html, html, nothing } from "../../lib/html.js";

export type Page = { title: string; body: Html };

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  const isLoggedIn = reply.request.caller?.by === "cookie";
  return reply.header("content-type", "text/html; charset=utf-8").send(documentOf(page, isLoggedIn));
}

function documentOf({ title, body }: Page, isLoggedIn: boolean): string {
  const logout = isLoggedIn ? html` <a class="quiet" href="/logout">Log out</a>` : nothing;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · polarwatch</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">polarwatch</a>${logout}</header>
<main>
${body}
</main>
</body>
</html>
`.markup;
}

/** A heading, which links can lead to, with what stands under it, or a kind word where there is nothing. */
export function section(
  heading: { text: string; id: string },
  items: readonly Html[],
  empty: string,
  note: Html = nothing,
): Html {
  const content =
    items.length === 0 ? html`<p class="empty">${empty}</p>` : html`<ul class="list">${items}</ul>${note}`;
  return html`<section><h2 id="${heading.id}">${heading.text}</h2>${content}</section>`;
}

export function facts(entries: readonly (readonly [string, Html])[]): Html {
  return html`<dl>${entries.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A word in a frame; the tone only colours what the word says already. */
export function tag(word: string, tone: "bad" | "warn" | "good" | "plain"): Html {
  return html`<span class="tag ${tone}">${word}</span>`;
}

export const text = (value: string): Html => html`${value}`;

export const serverPath = (server: string): string => `/servers/${encodeURIComponent(server)}`;
export const errorPath = (error: string): string => `/errors/${encodeURIComponent(error)}`;
