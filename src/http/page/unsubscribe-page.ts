import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import { MAIL_LIST_WORDS, type Subscription } from "../../domain/subscription.js";
import { type Html, html } from "../../lib/html.js";
import { line } from "./outside-text.js";
import { STYLE } from "./style.js";
import { when } from "./words.js";

/** The stylesheet of the other pages is behind the guard: this one brings its own, and nothing else. */
const STYLE_DIGEST = createHash("sha256").update(STYLE).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/** How a form of ours differs from the one click of a mail program. */
export const FROM_PAGE = "from=page";

export type SubscriptionState = Subscription & { unsubscribedAt: Date | null };

/** Whether the mailbox gets such mails, and a button that changes it. `done`: what the button before this did. */
export function subscriptionPage(
  { mailbox, list, unsubscribedAt }: SubscriptionState,
  { done, token, now }: { done: "stopped" | "undone" | null; token: string; now: Date },
): Html {
  const mails = MAIL_LIST_WORDS[list];
  // Relative, for a proxy may show all of this under another path; what undid it is one step below.
  const here = `${done === "undone" ? "../" : ""}${token}`;
  if (unsubscribedAt !== null) {
    return documentOf(
      `No more ${mails}`,
      html`<p>${line(mailbox, "")} gets no ${mails} from polarwatch any more.</p>
<p class="quiet">Since ${when(unsubscribedAt, now)}. What others are told does not change.</p>
${button(`${here}/undo`, done === "stopped" ? "Undo" : "Send them again")}`,
    );
  }
  if (done === "undone") {
    return documentOf(
      "As before",
      html`<p>${line(mailbox, "")} gets ${mails} from polarwatch again.</p>${button(here, "Stop them")}`,
    );
  }
  return documentOf(
    `Stop ${mails}?`,
    html`<p>${line(mailbox, "")} will get no ${mails} from polarwatch any more. Nothing has changed yet.</p>
${button(here, "Stop them")}`,
  );
}

/** What is said to an address that is none of ours, or that cannot be followed now. */
export function unsubscribeProblem(title: string, sentence: string): Html {
  return documentOf(title, html`<p>${sentence}</p>`);
}

export function sendBarePage(reply: FastifyReply, page: Html): FastifyReply {
  reply.headers({ "content-security-policy": POLICY, "x-robots-tag": "noindex" });
  return reply.header("content-type", "text/html; charset=utf-8").send(page.markup);
}

function button(action: string, label: string): Html {
  const [name = "", value = ""] = FROM_PAGE.split("=");
  return html`<form method="post" action="${action}"><input type="hidden" name="${name}" value="${value}"><p><button>${label}</button></p></form>`;
}

function documentOf(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · polarwatch</title>
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
