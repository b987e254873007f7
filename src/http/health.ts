import type { FastifyInstance, FastifyRequest } from "fastify";
import { sendDocument, sendProblems } from "./document.js";
import type { Problem } from "./problem.js";
import { NOT_READY } from "./readiness.js";
import { readOnlyRoute } from "./route.js";

export const HEALTH_PATHS = ["/healthz", "/readyz"] as const;

type HealthDeps = {
  readiness: () => Promise<Problem[]>;
  /** Whether this request may know names. */
  isTrusted: (request: FastifyRequest) => boolean;
};

/** `/healthz`: this process answers. `/readyz`: everything that it needs does, and the servers are being read. */
export function registerHealth(app: FastifyInstance, { readiness, isTrusted }: HealthDeps): void {
  readOnlyRoute(app, "/healthz", async (_request, reply) => sendDocument(reply, { meta: { healthy: true } }));
  readOnlyRoute(app, "/readyz", async (request, reply) => {
    const [first, ...rest] = await readiness();
    if (first === undefined) return sendDocument(reply, { meta: { ready: true } });
    return sendProblems(reply, isTrusted(request) ? [first, ...rest] : [NOT_READY]);
  });
}
