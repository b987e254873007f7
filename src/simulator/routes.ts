import * as z from "zod";
import { type Answer, documentOf, JSON_API, refusal } from "./answer.js";
import { ErrorEncoder, integrationResource, optionResource, type ShownError } from "./encode.js";
import type { FailureMode } from "./failures.js";
import { type ApiRequest, integrationIdIn, refusalOfForm, targetOf } from "./form.js";
import type { Integration } from "./integrations.js";
import { type ErrorNames, errorNamesOf, type Naming, type Spelling } from "./naming.js";
import { openApiOf } from "./openapi.js";
import { type PageQuery, parsePageQuery } from "./query.js";
import type { Caller, Session, Sessions } from "./sessions.js";
import type { View } from "./world.js";

export type RouteSettings = {
  readonly sessions: Sessions;
  readonly username: string;
  readonly naming: Naming;
  readonly spelling: Spelling;
  readonly pageSizeMax: number;
};

const CACHED_BODIES_MAX = 64;

/** Answers as a Polarity server would, and refuses what one would refuse or what a reader should never ask. */
export class Routes {
  private readonly settings: RouteSettings;
  private readonly names: ErrorNames;
  private readonly encoder: ErrorEncoder;
  private readonly bodies = new Map<string, Answer>();
  private bodiesVersion = 0;

  constructor(settings: RouteSettings) {
    this.settings = settings;
    this.names = errorNamesOf(settings.naming, settings.spelling);
    this.encoder = new ErrorEncoder(this.names);
  }

  /** `mode` hides what a failure hides. */
  answer(request: ApiRequest, view: View, mode: FailureMode | null): Answer {
    const refused = refusalOfForm(request);
    if (refused !== null) return refused;
    const { path, caller } = request;
    if (path === "/api/openapi") {
      return { ...documentOf(openApiOf(this.names)), contentType: "application/json" };
    }
    if (path === "/api/users/login") return this.login(request.body);
    if (caller.kind === "nobody") return refusal(401, "A valid token is needed");
    if (targetOf(path) === "session") return this.changeSession(path, caller);
    return this.cached(`${mode} ${path}?${request.query}`, view.version, () => {
      const isBlind = mode === "blind";
      if (path === "/api/integrations/errors") {
        return this.errorList(request.query, isBlind || mode === "empty-list" ? [] : view.errors);
      }
      const errors = isBlind ? [] : view.errors;
      if (path === "/api/integrations") return this.integrationList(request.query, view.integrations, errors);
      return this.oneIntegration(path, view.integrations, errors);
    });
  }

  private login(body: string | null): Answer {
    if (body === null) return refusal(413, "The body is too long");
    const credentials = parseLogin(body);
    if (credentials === null) {
      return refusal(400, "The body has to be {identification, password}, not wrapped in data");
    }
    const session = this.settings.sessions.login(credentials.identification, credentials.password);
    return session === null ? refusal(401, "The name or the password is wrong") : this.sessionDocument(session);
  }

  private changeSession(path: string, caller: Exclude<Caller, { kind: "nobody" }>): Answer {
    if (caller.kind === "key") return refusal(403, "An API key has no session");
    if (path === "/api/users/refresh") return this.sessionDocument(this.settings.sessions.issue());
    this.settings.sessions.revoke(caller.token);
    return documentOf({ meta: {} });
  }

  private sessionDocument({ token, expiresAtMs }: Session): Answer {
    const { username } = this.settings;
    const users = { username, email: `${username}@example.com` };
    return documentOf({ data: { token, expiration_time: Math.floor(expiresAtMs / 1000), users } });
  }

  private errorList(query: URLSearchParams, errors: readonly ShownError[]): Answer {
    if (query.size > 0) return refusal(400, "The errors list has no parameters");
    return { httpStatus: 200, contentType: JSON_API, body: Buffer.from(this.encoder.encodeList(errors)), headers: {} };
  }

  private integrationList(
    query: URLSearchParams,
    integrations: readonly Integration[],
    errors: readonly ShownError[],
  ): Answer {
    const page = parsePageQuery(query, this.settings.pageSizeMax);
    if (typeof page === "string") return refusal(400, page);
    const errorIds = errorIdsOf(errors);
    const matching = integrations.filter((integration) => matches(integration, errorIds, page));
    const rows = matching.slice((page.number - 1) * page.size, page.number * page.size);
    return documentOf({
      data: rows.map((row) => integrationResource(row, errorIds.get(row.id) ?? [], this.settings.spelling)),
      included: rows.map(({ id }) => optionResource(id)),
      meta: { page: { number: page.number, size: page.size, total: matching.length } },
    });
  }

  private oneIntegration(path: string, integrations: readonly Integration[], errors: readonly ShownError[]): Answer {
    const id = integrationIdIn(path);
    const integration = integrations.find((candidate) => candidate.id === id);
    if (integration === undefined) return refusal(404, "There is no such integration");
    const errorIds = errorIdsOf(errors).get(integration.id) ?? [];
    return documentOf({
      data: integrationResource(integration, errorIds, this.settings.spelling),
      included: [optionResource(integration.id)],
    });
  }

  private cached(key: string, version: number, build: () => Answer): Answer {
    if (version !== this.bodiesVersion || this.bodies.size >= CACHED_BODIES_MAX) this.bodies.clear();
    this.bodiesVersion = version;
    const answer = this.bodies.get(key) ?? build();
    this.bodies.set(key, answer);
    return answer;
  }
}

const loginBody = z.strictObject({ identification: z.string().min(1), password: z.string() });

function parseLogin(body: string): z.infer<typeof loginBody> | null {
  try {
    return loginBody.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null; // no JSON is as malformed as the wrong JSON
  }
}

function errorIdsOf(errors: readonly ShownError[]): Map<string, string[]> {
  const errorIds = new Map<string, string[]>();
  for (const { id, integrationId } of errors) {
    const ids = errorIds.get(integrationId);
    if (ids === undefined) errorIds.set(integrationId, [id]);
    else ids.push(id);
  }
  return errorIds;
}

const matches = (integration: Integration, errorIds: ReadonlyMap<string, unknown>, page: PageQuery) =>
  (page.status === null || integration.status === page.status) &&
  (!page.onlyWithErrors || errorIds.has(integration.id));
