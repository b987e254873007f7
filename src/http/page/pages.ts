import type { FastifyInstance } from "fastify";
import type { Clock } from "../../lib/clock.js";
import { findAlerts } from "../../store/history/alerts.js";
import { findError } from "../../store/history/error-detail.js";
import { EVERY_ERROR, findErrors } from "../../store/history/errors.js";
import { findIntegrations } from "../../store/history/integrations.js";
import { findServers } from "../../store/history/servers.js";
import type { Database } from "../../store/prisma.js";
import { findActiveSilences } from "../../store/silences.js";
import { NOT_FOUND } from "../problem.js";
import { idOf, readOnlyRoute } from "../route.js";
import { errorPage } from "./error-page.js";
import { sendPage } from "./layout.js";
import { sendProblemPage } from "./problem-page.js";
import { type ServerPageData, serverPage } from "./server-page.js";
import { startPage } from "./start-page.js";
import { STYLE } from "./style.js";

const FIRST_50 = { size: 50, after: null };
const FIRST_200 = { size: 200, after: null };

/** The pages for people, made here as a whole: there are no scripts. */
export function registerPages(app: FastifyInstance, { db, clock }: { db: Database; clock: Clock }): void {
  readOnlyRoute(app, "/style.css", "viewer", async (_request, reply) =>
    reply.header("content-type", "text/css; charset=utf-8").send(STYLE),
  );
  readOnlyRoute(app, "/", "viewer", async (_request, reply) => {
    const { rows, next } = await findServers(db, { server: null, watched: null }, FIRST_200);
    return sendPage(reply, startPage(rows, next !== null, clock()));
  });
  readOnlyRoute(app, "/servers/:id", "viewer", async (request, reply) => {
    const data = await findServerPageData(db, idOf(request.params));
    return data === null ? sendProblemPage(reply, NOT_FOUND) : sendPage(reply, serverPage(data, clock()));
  });
  readOnlyRoute(app, "/errors/:id", "viewer", async (request, reply) => {
    const error = await findError(db, idOf(request.params));
    if (error === null) return sendProblemPage(reply, NOT_FOUND);
    const now = clock();
    return sendPage(reply, errorPage(error, await findActiveSilences(db, now), now));
  });
}

async function findServerPageData(db: Database, id: string): Promise<ServerPageData | null> {
  const { rows } = await findServers(db, { server: id, watched: null }, FIRST_50);
  const [server] = rows;
  if (server === undefined) return null;
  const [openAlerts, errors, notRunning] = await Promise.all([
    findAlerts(db, { server: id, alertState: "open", error: null, severity: null }, FIRST_50),
    findErrors(db, { ...EVERY_ERROR, server: id }, FIRST_50),
    findIntegrations(db, { server: id, integrationStatus: "not-running", present: true }, FIRST_200),
  ]);
  return { server, openAlerts, errors, notRunning };
}
