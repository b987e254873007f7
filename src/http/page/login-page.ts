import { type Html, html, nothing } from "../../lib/html.js";
import { barePage } from "./bare-page.js";

/** The form of a login. `note`: what was wrong with the last one; `next`: where it leads. */
export function loginPage({ formToken, next, note }: { formToken: string; next: string; note: string | null }): Html {
  const said = note === null ? nothing : html`<p class="note" role="alert">${note}</p>`;
  return barePage(
    "Log in",
    html`${said}<form method="post" action="/login">
<input type="hidden" name="form" value="${formToken}">
<input type="hidden" name="next" value="${next}">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p><button>Log in</button></p>
</form>
<p class="quiet">"polarwatch token create" makes one. It lasts for twelve hours in this browser.</p>`,
  );
}

/**
 * Leads on to an address of ours. A browser that follows a link from another site keeps the cookie of a login back; to
 * what this page leads it sends it.
 */
export function forwardPage(next: string): Html {
  return barePage(
    "One moment",
    html`<p><a href="${next}">Go on</a></p>`,
    html`<meta http-equiv="refresh" content="0;url=${next}">
`,
  );
}

export function logoutPage(formToken: string): Html {
  return barePage(
    "Log out?",
    html`<form method="post" action="/logout">
<input type="hidden" name="form" value="${formToken}">
<p><button>Log out</button></p>
</form>
<p><a href="/">To all servers</a></p>`,
  );
}
