import type { FastifyInstance } from "fastify";
import { sendDocument } from "./document.js";
import { jsonTypeFor } from "./media-type.js";
import { NOT_ACCEPTABLE, RequestRefused } from "./problem.js";
import { listAlerts } from "./resources/alerts.js";
import { listChanges } from "./resources/changes.js";
import { listDeliveries } from "./resources/deliveries.js";
import type { Endpoint, EndpointDeps } from "./resources/endpoint.js";
import { showError } from "./resources/error.js";
import { listErrors } from "./resources/errors.js";
import { listIntegrations } from "./resources/integrations.js";
import { listServers, showServer } from "./resources/servers.js";
import { listSnapshots } from "./resources/snapshots.js";
import { readOnlyRoute } from "./route.js";

const ENDPOINTS: readonly Endpoint[] = [
  listServers,
  showServer,
  listIntegrations,
  listErrors,
  showError,
  listSnapshots,
  listChanges,
  listAlerts,
  listDeliveries,
];

/** Everything under `/api`: JSON:API, for reading only. */
export function registerApi(app: FastifyInstance, deps: EndpointDeps): void {
  for (const endpoint of ENDPOINTS) {
    readOnlyRoute(app, endpoint.path, async (request, reply) => {
      const mediaType = jsonTypeFor(request.headers.accept);
      if (mediaType === null) throw new RequestRefused([NOT_ACCEPTABLE]);
      const { url, query, params } = request;
      return sendDocument(
        reply.header("vary", "accept"),
        await endpoint.answer(deps, { url, query, params }),
        mediaType,
      );
    });
  }
}
