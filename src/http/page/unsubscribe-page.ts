import { MAIL_LIST_WORDS, type Subscription } from "../../domain/subscription.js";
import { type Html, html } from "../../lib/html.js";
import { barePage } from "./bare-page.js";
import { line } from "./outside-text.js";
import { when } from "./words.js";

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
    return barePage(
      `No more ${mails}`,
      html`<p>${line(mailbox, "")} gets no ${mails} from polarwatch any more.</p>
<p class="quiet">Since ${when(unsubscribedAt, now)}. What others are told does not change.</p>
${button(`${here}/undo`, done === "stopped" ? "Undo" : "Send them again")}`,
    );
  }
  if (done === "undone") {
    return barePage(
      "As before",
      html`<p>${line(mailbox, "")} gets ${mails} from polarwatch again.</p>${button(here, "Stop them")}`,
    );
  }
  return barePage(
    `Stop ${mails}?`,
    html`<p>${line(mailbox, "")} will get no ${mails} from polarwatch any more. Nothing has changed yet.</p>
${button(here, "Stop them")}`,
  );
}

/** What is said to an address that is none of ours, or that cannot be followed now. */
export function unsubscribeProblem(title: string, sentence: string): Html {
  return barePage(title, html`<p>${sentence}</p>`);
}

function button(action: string, label: string): Html {
  const [name = "", value = ""] = FROM_PAGE.split("=");
  return html`<form method="post" action="${action}"><input type="hidden" name="${name}" value="${value}"><p><button>${label}</button></p></form>`;
}
