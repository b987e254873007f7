import { type Answer, ask } from "./http-server.js";

type Served = { url: string };

/** What a browser says of itself that follows a link of ours, or sends a form of ours. */
export const FROM_OUR_PAGE = { "sec-fetch-site": "same-origin", accept: "text/html,*/*;q=0.8" };

/** A browser as far as a login needs one: it keeps cookies, and sends forms as it was shown them. */
export class LoginBrowser {
  readonly cookies = new Map<string, string>();
  /** Every `Set-Cookie` that it got. */
  readonly setCookies: string[] = [];
  private readonly server: Served;

  constructor(server: Served) {
    this.server = server;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = FROM_OUR_PAGE): Promise<Answer> {
    return this.keep(await ask(this.server, path, { headers: { ...headers, ...this.cookieHeader() } }));
  }

  async post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = FROM_OUR_PAGE,
  ): Promise<Answer> {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const sent = { method: "POST", body: String(new URLSearchParams(form)) };
    return this.keep(
      await ask(this.server, path, { ...sent, headers: { ...type, ...headers, ...this.cookieHeader() } }),
    );
  }

  /** Opens the form, fills it in and sends it. */
  async logIn(token: string, next = "/", headers?: Readonly<Record<string, string>>): Promise<Answer> {
    const shown = await this.get(`/login?next=${encodeURIComponent(next)}`);
    return this.post("/login", { ...hiddenFieldsOf(shown), token }, headers);
  }

  cookieHeader(): { cookie?: string } {
    const pairs = [...this.cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { cookie: pairs.join("; ") };
  }

  private keep(answer: Answer): Answer {
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      this.setCookies.push(line);
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}

/** The hidden fields of the form on a page. */
export function hiddenFieldsOf({ text }: Answer): Record<string, string> {
  const fields = text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&")]));
}
