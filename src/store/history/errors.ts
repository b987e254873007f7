import type { Cause } from "../../domain/cause.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf, containing, integrationsNamed, ofServer } from "./conditions.js";
import { BadCursorError } from "./cursor.js";
import { type ErrorSort, errorOrder } from "./error-order.js";
import { ERROR_COLUMNS, type ErrorRow, errorRowOf, type RawErrorRow } from "./error-row.js";
import type { Page, PageRequest } from "./page.js";

/** Whether the server's newest list shows an error. */
export const ERROR_STATES = ["present", "gone"] as const;
type ErrorState = (typeof ERROR_STATES)[number];

export type ErrorFilter = {
  server: string | null;
  /** An integration's id, name or acronym. */
  integration: string | null;
  cause: Cause | null;
  httpStatus: number | null;
  state: ErrorState | null;
  /** Found anywhere in the headline, in upper or lower case. */
  text: string | null;
  sort: ErrorSort;
};

/** Errors in the order of `filter.sort`, which `DEFAULT_ERROR_SORT` sets to those first that grew last. */
export async function findErrors(db: Db, filter: ErrorFilter, page: PageRequest): Promise<Page<ErrorRow>> {
  const order = errorOrder(filter.sort);
  const behind = page.after === null ? null : order.behind(page.after);
  if (page.after !== null && behind === null) throw new BadCursorError();
  const { server, integration, cause, httpStatus, state, text } = filter;
  const found = await db.$queryRaw<RawErrorRow[]>`
    SELECT ${ERROR_COLUMNS}
      FROM error AS e JOIN integration AS i ON i.id = e.integration_id
     WHERE ${allOf(
       ofServer(Prisma.sql`e.server_id`, server),
       integration === null ? null : Prisma.sql`e.integration_id IN ${integrationsNamed(integration)}`,
       cause === null ? null : Prisma.sql`e.cause = ${cause}`,
       httpStatus === null ? null : Prisma.sql`e.http_status = ${httpStatus}`,
       state === null ? null : Prisma.sql`e.present = ${state === "present"}`,
       text === null ? null : Prisma.sql`e.headline ILIKE ${containing(text)}`,
       behind,
     )}
     ${order.orderBy} LIMIT ${page.size + 1}`;
  const rows = found.slice(0, page.size).map(errorRowOf);
  const last = rows.at(-1);
  return { rows, next: found.length > rows.length && last !== undefined ? order.cursorOf(last) : null };
}
