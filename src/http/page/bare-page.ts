import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import { type Html, html, nothing } from "../../lib/html.js";
import { STYLE } from "./style.js";

/** The stylesheet of the other pages is behind the guard: such a page brings its own, and nothing else. */
const STYLE_DIGEST = createHash("sha256").update(STYLE).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/** Sends a page that can be seen without a token. It may hold a form, as no other page may. */
export function sendBarePage(reply: FastifyReply, page: Html): FastifyReply {
  reply.headers({ "content-security-policy": POLICY, "x-robots-tag": "noindex" });
  return reply.header("content-type", "text/html; charset=utf-8").send(page.markup);
}

/** `head`: what else is said to the browser. */
export function barePage(title: string, body: Html, head: Html = nothing): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${head}<title>${title} · polarwatch</title>
<link rel="icon" href="data:,">
<style>${{ markup: STYLE }}</style>
</head>
<body>
<header>polarwatch</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}
