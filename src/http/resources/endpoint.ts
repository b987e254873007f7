import type { Clock } from "../../lib/clock.js";
import type { Database } from "../../store/prisma.js";
import type { Document } from "../document.js";

export type EndpointDeps = { db: Database; clock: Clock };

/** What one request asks for, as it came. */
type Asked = { url: string; query: unknown; params: unknown };

/** One address of the API. It throws a RequestRefused when there is nothing to answer. */
export type Endpoint = { path: string; answer(deps: EndpointDeps, asked: Asked): Promise<Document> };
