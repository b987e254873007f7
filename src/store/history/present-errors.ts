import type { Cause } from "../../domain/cause.js";
import type { Db } from "../prisma.js";

export type PresentErrors = { server: string; cause: Cause; errors: number };

/** How many errors the newest lists of the watched servers show, by cause. A server without errors has no row. */
export function countPresentErrors(db: Db): Promise<PresentErrors[]> {
  return db.$queryRaw<PresentErrors[]>`
    SELECT e.server_id AS server, e.cause, count(*)::integer AS errors
      FROM error AS e JOIN server AS s ON s.id = e.server_id
     WHERE e.present AND s.watched
     GROUP BY e.server_id, e.cause ORDER BY e.server_id, e.cause`;
}
