import type { FastifyInstance } from "fastify";
import { sendDocument, sendProblems } from "./document.js";
import type { Problem } from "./problem.js";
import { NOT_READY } from "./readiness.js";
import { readOnlyRoute } from "./route.js";

type HealthDeps = { readiness: () => Promise<Problem[]> };

/** `/healthz`: this process answers. `/readyz`: everything that it needs does, and the servers are being read. */
export function registerHealth(app: FastifyInstance, { readiness }: HealthDeps): void {
  readOnlyRoute(app, "/healthz", "open", async (_request, reply) => sendDocument(reply, { meta: { healthy: true } }));
  readOnlyRoute(app, "/readyz", "open", async (request, reply) => {
    const [first, ...rest] = await readiness();
    if (first === undefined) return sendDocument(reply, { meta: { ready: true } });
    // Only those who could read the names elsewhere are told them.
    return sendProblems(reply, request.caller === null ? [NOT_READY] : [first, ...rest]);
  });
}
