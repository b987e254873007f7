import { randomUUID } from "node:crypto";
import type { AttributeNames, AttributeSlot, FailedRead, IntegrationRead, ServerRead } from "../domain/snapshot.js";
import { type Survey, SurveyLostError } from "../domain/survey.js";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { type Api, createApi, parseServerUrl, type Resource } from "./api.js";
import type { ConfiguredNames } from "./attribute-names.js";
import { decodeErrors, decodeIntegrations } from "./decode.js";
import { createDispatcher } from "./dispatcher.js";
import { parseBody } from "./document.js";
import { createExchange } from "./exchange.js";
import { failedRead } from "./failure.js";
import { type OpenapiFindings, readOpenapi } from "./openapi.js";
import { firstPageUrl, type ListRequest, readList, type WholeList } from "./pages.js";
import { digestOf, type Summary, summaryOf } from "./read-digest.js";
import { type RetryPolicy, type Sleep, sleep } from "./retry.js";
import { createKeySession, createPasswordSession } from "./session.js";
import { ERRORS_LIST } from "./surveyor.js";
import type { ErrorsSurvey, Surveys } from "./surveys.js";
import type { Answer, Timeouts } from "./transport.js";

type PolarityCredentials =
  | { kind: "api-key"; apiKey: string }
  | { kind: "password"; username: string; password: string };

export type PolarityClientOptions = {
  /** A bare host name, for which `https` is assumed, or a whole URL. */
  url: string;
  credentials: PolarityCredentials;
  /** PEM, trusted besides the system's roots. */
  ca: string | null;
  proxyUrl: string | null;
  tlsVerify: boolean;
  /** Attribute names as this server spells them; they win over every alias. */
  attributes: ConfiguredNames;
  timeouts: Timeouts;
  /** Of one list, all its pages together, after decompression. */
  bytesMax: number;
  retry: RetryPolicy;
};

export const DEFAULT_BYTES_MAX = 64 * 1024 * 1024;
export const DEFAULT_RETRY: RetryPolicy = { attemptsMax: 3, delayMsMin: 500, delayMsMax: 10_000 };

export type PolarityClientDeps = {
  clock: Clock;
  random: () => number;
  log: Logger;
  sleep?: Sleep;
  /** Decodes the errors of a read; without it every error is decoded at once, and given as it is. */
  surveys?: Surveys;
};

/** What was read before: its digest, and the attribute names that were found. */
type KnownRead = { digest: string | null; names: AttributeNames | null };

type IntegrationsRead = { kind: "complete"; integrations: readonly IntegrationRead[] };

/** What a server showed when it was asked everything once. */
export type ProbedServer = {
  kind: "probed";
  /** Its own description of its API, which wins where it differs from what we assume. */
  openapi: ({ kind: "served" } & OpenapiFindings) | { kind: "not-served"; detail: string };
  /** Found in the real list of errors, configured names included. */
  names: AttributeNames;
  /** Configured slots whose name occurs in no error of a list that has some. */
  configuredMissing: readonly AttributeSlot[];
  /** Attribute names of errors that fill no slot; their values are kept all the same. */
  unplaced: readonly string[];
  integrations: number;
  integrationsRunning: number;
  /** Integrations that refer to errors themselves. */
  integrationsWithErrors: number;
  errors: number;
  /** An error that was seen proves that these credentials may see some; an empty list proves nothing. */
  visibility: "proved" | "unproved";
  serverTime: Date | null;
};

/** Reads one Polarity server, and never changes anything on it. What can be expected to fail comes back as a value. */
export interface PolarityClient {
  /**
   * One whole read: integrations first, then the errors. `unchanged` when the server answered byte for byte what `known`
   * names; remembered names stay. Throws the reason of an abort.
   */
  read(known: KnownRead, signal: AbortSignal): Promise<ServerRead | Survey>;
  /**
   * The integrations that match; a filter that is false or absent does not narrow. The server may ignore filters, so the
   * rows are to be checked by whoever relies on them.
   */
  listIntegrations(
    filters: { running?: boolean; withErrors?: boolean },
    signal: AbortSignal,
  ): Promise<IntegrationsRead | FailedRead>;
  /** Proves the settings, and tells which attribute names this server uses. */
  probe(signal: AbortSignal): Promise<ProbedServer | FailedRead>;
  /** Logs out where a password logged in, and closes all connections. Never throws. Safe to call twice. */
  close(signal?: AbortSignal): Promise<void>;
}

const INTEGRATIONS: Resource = {
  path: "/api/integrations",
  what: "the list of integrations",
  notFound: "the URL may be that of another product, or lack a part of its path",
};
const ERRORS: Resource = {
  path: "/api/integrations/errors",
  what: ERRORS_LIST,
  notFound: "its version may be too old to have one",
};
const OPENAPI: Resource = { path: "/api/openapi", what: "the API description", notFound: "it is not served" };
const PAGE_SIZE = 200;
const LOGOUT_MS_MAX = 3000;
/**
 * A client of one server. It connects and logs in when it is first used. Throws on settings that can never work: a URL, a
 * key or a CA that is none.
 */
export function createPolarityClient(options: PolarityClientOptions, deps: PolarityClientDeps): PolarityClient {
  const { clock, random, log } = deps;
  const { credentials, attributes: configured, bytesMax } = options;
  const base = parseServerUrl(options.url);
  const urlOf: Api["urlOf"] = (path, query = {}) => {
    const url = new URL(base.pathname + path.slice(1), base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  };
  if (credentials.kind === "api-key" && !/^[\x21-\x7e]+$/.test(credentials.apiKey)) {
    throw new Error("The API key of a Polarity server is empty, or holds characters that no header can carry");
  }
  const dispatcher = createDispatcher(options);
  const { timeouts, retry } = options;
  const exchange = createExchange({ dispatcher, timeouts, retry, clock, random, log, sleep: deps.sleep ?? sleep });
  const session =
    credentials.kind === "api-key"
      ? createKeySession(credentials.apiKey)
      : createPasswordSession({ ...credentials, urlOf, exchange, clock, log });
  const api = createApi({ exchange, session, urlOf });
  const integrationsRequest: ListRequest = {
    resource: INTEGRATIONS,
    query: {},
    pageSize: PAGE_SIZE,
    needsTotal: true,
    bytesMax,
  };
  const errorsRequest: ListRequest = { resource: ERRORS, query: {}, pageSize: null, needsTotal: false, bytesMax };
  /** Of many polls in a row the integrations are the same, and so is what they come to. */
  let last: { list: WholeList; decoded: ReturnType<typeof decodeIntegrations> } | null = null;
  const readIntegrations = async (signal: AbortSignal) => {
    const page = await api.get(INTEGRATIONS, firstPageUrl(api, integrationsRequest), bytesMax, signal);
    if (page.kind === "failed") return page;
    const [only, ...others] = last?.list.bodies ?? [];
    if (last !== null && only?.equals(page.body) && others.length === 0) return last.list;
    return readList(api, integrationsRequest, signal, page);
  };
  const decodedOf = (list: WholeList) => {
    if (last?.list !== list) last = { list, decoded: decodeIntegrations(list.rows) };
    return last.decoded;
  };
  const firstErrors = (signal: AbortSignal) => api.get(ERRORS, urlOf(ERRORS.path), bytesMax, signal);
  const subject = randomUUID();
  let closing: Promise<void> | null = null;

  return {
    async read(known, signal) {
      const integrations = await readIntegrations(signal);
      if (integrations.kind === "failed") return integrations;
      const first = await firstErrors(signal);
      if (first.kind === "failed") return first;
      // A list that was whole with these bytes is whole with them again, so that it need not be parsed to know.
      const seenFirst = await summaryOf(integrations, [first.body], configured);
      if (seenFirst.digest === known.digest) return { kind: "unchanged", ...seenFirst, serverTime: first.serverTime };
      const decodedIntegrations = decodedOf(integrations);
      const survey = async (bodies: readonly Buffer[], isWhole: boolean, digest: string) => {
        if (deps.surveys === undefined || decodedIntegrations.kind === "wrong-shape") return null;
        const { httpStatus } = first;
        const integrationsDigest = digestOf(integrations.bodies);
        const material = { subject, bodies, isWhole, httpStatus, configured, known, digest, integrationsDigest };
        try {
          return await deps.surveys.survey(material, signal);
        } catch (error) {
          if (error instanceof SurveyLostError) return error.failure;
          throw error;
        }
      };
      const complete = (found: ErrorsSurvey, seen: Summary, serverTime: Date | null): Survey => ({
        ...found,
        ...seen,
        serverTime,
        integrations: decodedIntegrations.kind === "decoded" ? decodedIntegrations.integrations : [],
      });
      const onePage = await survey([first.body], false, seenFirst.digest);
      if (onePage?.kind === "failed") return onePage;
      if (onePage?.kind === "surveyed") return complete(onePage, seenFirst, first.serverTime);

      const page = { ...first, body: onePage?.bodies[0] ?? first.body };
      const errors = await readList(api, errorsRequest, signal, page);
      if (errors.kind === "failed") return errors;
      const { serverTime } = errors;
      const seen = await summaryOf(integrations, errors.bodies, configured);
      if (seen.digest === known.digest) return { kind: "unchanged", ...seen, serverTime };
      if (onePage?.kind === "paged") {
        const allPages = await survey(errors.bodies, true, seen.digest);
        if (allPages?.kind === "failed") return allPages;
        if (allPages?.kind === "surveyed") return complete(allPages, seen, serverTime);
      }
      if (decodedIntegrations.kind === "wrong-shape") return wrongShape(INTEGRATIONS, decodedIntegrations.detail);
      const decoded = decodeErrors(errors.rows, { configured, known: known.names });
      if (decoded.kind === "wrong-shape") return wrongShape(ERRORS, decoded.detail);
      return {
        kind: "complete",
        ...seen,
        serverTime,
        names: decoded.names,
        integrations: decodedIntegrations.integrations,
        errors: decoded.errors,
      };
    },

    async listIntegrations(filters, signal) {
      const query = {
        ...(filters.running === true ? { "filter[integration.status]": "running" } : {}),
        ...(filters.withErrors === true ? { "filter[integration.integration-errors]": "true" } : {}),
      };
      const list = await readList(api, { ...integrationsRequest, query }, signal);
      if (list.kind === "failed") return list;
      const decoded = decodeIntegrations(list.rows);
      if (decoded.kind === "wrong-shape") return wrongShape(INTEGRATIONS, decoded.detail);
      return { kind: "complete", integrations: decoded.integrations };
    },

    async probe(signal) {
      const list = await readList(api, integrationsRequest, signal);
      if (list.kind === "failed") return list;
      const first = await firstErrors(signal);
      if (first.kind === "failed") return first;
      const errors = await readList(api, errorsRequest, signal, first);
      if (errors.kind === "failed") return errors;
      const openapi = openapiOf(await api.get(OPENAPI, urlOf(OPENAPI.path), bytesMax, signal));
      const decodedIntegrations = decodeIntegrations(list.rows);
      if (decodedIntegrations.kind === "wrong-shape") return wrongShape(INTEGRATIONS, decodedIntegrations.detail);
      const decoded = decodeErrors(errors.rows, { configured, known: null });
      if (decoded.kind === "wrong-shape") return wrongShape(ERRORS, decoded.detail);
      const { integrations } = decodedIntegrations;
      return {
        kind: "probed",
        openapi,
        names: decoded.names,
        configuredMissing: decoded.configuredMissing,
        unplaced: decoded.unplaced,
        integrations: integrations.length,
        integrationsRunning: integrations.filter(({ status }) => status === "running").length,
        integrationsWithErrors: integrations.filter(({ errorIds }) => errorIds.length > 0).length,
        errors: decoded.errors.length,
        visibility: decoded.errors.length > 0 ? "proved" : "unproved",
        serverTime: errors.serverTime,
      };
    },

    close(signal) {
      closing ??= (async () => {
        const limit = AbortSignal.timeout(LOGOUT_MS_MAX);
        await session.close(signal === undefined ? limit : AbortSignal.any([limit, signal]));
        await dispatcher.destroy().catch(() => log.debug("Polarity connections were already closed"));
      })();
      return closing;
    },
  };
}

function wrongShape(resource: Resource, detail: string): FailedRead {
  return failedRead("wrong-shape", `In ${resource.what} ${detail}`, { httpStatus: 200 });
}

function openapiOf(answer: Answer | FailedRead): ProbedServer["openapi"] {
  const json = answer.kind === "failed" ? answer : parseBody(answer, OPENAPI.what);
  if (json.kind === "failed") return { kind: "not-served", detail: json.detail };
  const findings = readOpenapi(json.value);
  if (findings === null) return { kind: "not-served", detail: "What is served there is no OpenAPI document" };
  return { kind: "served", ...findings };
}
