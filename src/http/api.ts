import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { registerBodies } from "./body.js";
import { sendDocument } from "./document.js";
import { jsonTypeFor } from "./media-type.js";
import { NOT_ACCEPTABLE, RequestRefused } from "./problem.js";
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
import { listIntegrations } from "./resources/integrations.js";
import { listServers, showServer } from "./resources/servers.js";
import { createSilence, deleteSilence, listSilences, showSilence } from "./resources/silences.js";
import { showSnapshotAt } from "./resources/snapshot-at.js";
import { listSnapshots } from "./resources/snapshots.js";
import { showWhy } from "./resources/why.js";
import { addRoute } from "./route.js";

const ENDPOINTS: readonly Endpoint[] = [
  listServers,
  showServer,
  listIntegrations,
  listErrors,
  showError,
  showWhy,
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
];

const WRITING_ENDPOINTS: readonly WritingEndpoint[] = [
  createSilence,
  deleteSilence,
  createAcknowledgement,
  deleteAcknowledgement,
];

/** Everything under `/api`: JSON:API. */
export function registerApi(app: FastifyInstance, deps: EndpointDeps): void {
  registerBodies(app);
  for (const path of new Set([...ENDPOINTS, ...WRITING_ENDPOINTS].map((endpoint) => endpoint.path))) {
    const read = ENDPOINTS.find((endpoint) => endpoint.path === path);
    const write = WRITING_ENDPOINTS.filter((endpoint) => endpoint.path === path);
    addRoute(app, path, {
      ...(read !== undefined && { GET: readingHandler(read, deps) }),
      ...Object.fromEntries(write.map((endpoint) => [endpoint.method, writingHandler(endpoint, deps)])),
    });
  }
}

function readingHandler(endpoint: Endpoint, deps: EndpointDeps): RouteHandlerMethod {
  return async (request, reply) => {
    const mediaType = mediaTypeFor(request);
    const { url, query, params } = request;
    return sendDocument(reply.header("vary", "accept"), await endpoint.answer(deps, { url, query, params }), mediaType);
  };
}

function writingHandler(endpoint: WritingEndpoint, deps: EndpointDeps): RouteHandlerMethod {
  return async (request, reply) => {
    const mediaType = mediaTypeFor(request); // before anything is done
    const { url, query, params, body } = request;
    return sendWritten(reply, await endpoint.perform(deps, { url, query, params, body }), mediaType);
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
