import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import * as z from "zod";
import { registerBodies } from "./body.js";
import { type Access, originOf } from "./caller.js";
import { rowFieldsOf } from "./contract/document-schemas.js";
import { openApiOf } from "./contract/openapi.js";
import { bytesOf, sendDocument } from "./document.js";
import { sendIfChanged } from "./freshness.js";
import { jsonTypeFor, rowFormFor } from "./media-type.js";
import { NOT_A_LIST, NOT_ACCEPTABLE, RequestRefused } from "./problem.js";
import { createAcknowledgement, deleteAcknowledgement } from "./resources/acknowledgement.js";
import { listAlerts } from "./resources/alerts.js";
import { listAudit } from "./resources/audit.js";
import { listChanges } from "./resources/changes.js";
import { listDeliveries } from "./resources/deliveries.js";
import { listDestinations } from "./resources/destinations.js";
import { showDiff } from "./resources/diff.js";
import { listDigests } from "./resources/digests.js";
import type { Endpoint, EndpointDeps, WritingEndpoint, Written } from "./resources/endpoint.js";
import { showError } from "./resources/error.js";
import { listErrors } from "./resources/errors.js";
import { showIntegrationSummary } from "./resources/integration-summary.js";
import { listIntegrations } from "./resources/integrations.js";
import { listObservations } from "./resources/observations.js";
import { listServers, showServer } from "./resources/servers.js";
import { createSilence, deleteSilence, listSilences, showSilence } from "./resources/silences.js";
import { showSnapshotAt } from "./resources/snapshot-at.js";
import { listSnapshots } from "./resources/snapshots.js";
import { showStats } from "./resources/stats.js";
import { showTimeline } from "./resources/timeline.js";
import { listTokens } from "./resources/tokens.js";
import { showWhy } from "./resources/why.js";
import { addRoute, type Declared, readOnlyRoute } from "./route.js";
import { sendRows } from "./rows.js";

/** All that can be read. */
export const ENDPOINTS: readonly Endpoint[] = [
  listServers,
  showServer,
  listIntegrations,
  showIntegrationSummary,
  listErrors,
  showError,
  showWhy,
  listObservations,
  showTimeline,
  showStats,
  listSnapshots,
  showSnapshotAt,
  showDiff,
  listChanges,
  listAlerts,
  listDeliveries,
  listDestinations,
  listDigests,
  listSilences,
  showSilence,
  listAudit,
  listTokens,
];

/** All that can be changed. */
export const WRITING_ENDPOINTS: readonly WritingEndpoint[] = [
  createSilence,
  deleteSilence,
  createAcknowledgement,
  deleteAcknowledgement,
];

/**
 * Everything under `/api`: JSON:API, and lists as rows for whoever asks for them. What can be asked there, and what is
 * answered, says `/openapi.json`.
 */
export function registerApi(app: FastifyInstance, deps: EndpointDeps, version: string): void {
  registerContract(app, version);
  registerBodies(app);
  for (const path of new Set([...ENDPOINTS, ...WRITING_ENDPOINTS].map((endpoint) => endpoint.path))) {
    const read = ENDPOINTS.find((endpoint) => endpoint.path === path);
    const write = WRITING_ENDPOINTS.filter((endpoint) => endpoint.path === path);
    addRoute(app, path, {
      ...(read !== undefined && { GET: reading(read, deps) }),
      ...Object.fromEntries(write.map((endpoint) => [endpoint.method, writing(endpoint, deps)])),
    });
  }
}

const READERS: Access = "viewer";

function reading(endpoint: Endpoint, deps: EndpointDeps): Declared {
  return { access: endpoint.role ?? READERS, handler: readingHandler(endpoint, deps) };
}

function writing(endpoint: WritingEndpoint, deps: EndpointDeps): Declared {
  return { access: endpoint.role, handler: writingHandler(endpoint, deps) };
}

/** The contract is the same for as long as this release runs: it is made once, when somebody first asks. */
function registerContract(app: FastifyInstance, version: string): void {
  let body: Uint8Array | null = null;
  readOnlyRoute(app, "/openapi.json", READERS, async (request, reply) => {
    body ??= bytesOf(openApiOf(ENDPOINTS, WRITING_ENDPOINTS, version));
    return sendIfChanged(request, reply, { mediaType: "application/json", body });
  });
}

const parameters = z.custom<Readonly<Record<string, unknown>>>((query) => typeof query === "object" && query !== null);

function readingHandler(endpoint: Endpoint, deps: EndpointDeps): RouteHandlerMethod {
  const fields = rowFieldsOf(endpoint.document);
  return async (request, reply) => {
    const { url, query, params } = request;
    const form = rowFormFor(request.headers.accept);
    if (form !== null) {
      if (fields === null) throw new RequestRefused([NOT_A_LIST]);
      const [path = ""] = url.split("?", 1);
      const asked = { form, fields, path, query: parameters.parse(query), isHead: request.method === "HEAD" };
      const answer = (changed: unknown) => endpoint.answer(deps, { url, query: changed, params });
      return sendRows(reply.header("vary", "accept"), asked, answer);
    }
    const mediaType = mediaTypeFor(request);
    const body = bytesOf(await endpoint.answer(deps, { url, query, params }));
    return sendIfChanged(request, reply.header("vary", "accept"), { mediaType, body });
  };
}

function writingHandler(endpoint: WritingEndpoint, deps: EndpointDeps): RouteHandlerMethod {
  return async (request, reply) => {
    const mediaType = mediaTypeFor(request); // before anything is done
    const { url, query, params, body } = request;
    return sendWritten(
      reply,
      await endpoint.perform(deps, { url, query, params, body, origin: originOf(request) }),
      mediaType,
    );
  };
}

function mediaTypeFor(request: FastifyRequest): string {
  const mediaType = jsonTypeFor(request.headers.accept);
  if (mediaType === null) throw new RequestRefused([NOT_ACCEPTABLE]);
  return mediaType;
}

function sendWritten(reply: FastifyReply, written: Written, mediaType: string): FastifyReply {
  if (written.kind === "done") return reply.code(204).send();
  if (written.location !== null) reply.header("location", written.location);
  return sendDocument(reply.code(201).header("vary", "accept"), written.document, mediaType);
}
