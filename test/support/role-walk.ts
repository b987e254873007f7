import { TOKEN_ROLES } from "../../src/domain/api-token.js";
import type { Access } from "../../src/http/caller.js";
import type { HttpServer } from "../../src/http/server.js";
import { ask } from "./http-server.js";

/** What an address answers to one who asks, as far as it is about who that is. */
export type Admission = "admitted" | "unknown" | "role too low";

/** Asks by this method, with this token or with none. */
export async function admissionTo(
  server: HttpServer,
  { method, url }: { method: string; url: string },
  token: string | null,
): Promise<Admission> {
  const path = url.replaceAll(/:\w+/g, "1");
  const headers = {
    "content-type": "application/vnd.api+json",
    ...(token !== null && { authorization: `Bearer ${token}` }),
  };
  const answer = await ask(server, path, { method, headers, ...(method !== "GET" && { body: "{}" }) });
  if (answer.httpStatus === 401) return "unknown";
  if (answer.httpStatus !== 403) return "admitted";
  // To HEAD only the number is said.
  return method === "HEAD" || answer.text.includes('"code":"role-too-low"') ? "role too low" : "admitted";
}

/** What each kind of asker is to be told where this is declared: nobody, and then the roles, the lowest first. */
export function admissionsFor(access: Access): readonly Admission[] {
  const askers = [null, ...TOKEN_ROLES];
  if (access === "open" || access === "link") return askers.map(() => "admitted");
  const needed = access === "signed" ? 0 : TOKEN_ROLES.indexOf(access);
  return askers.map((_, index) => (index === 0 ? "unknown" : index - 1 < needed ? "role too low" : "admitted"));
}
