import * as z from "zod";
import type { AuditAction, Via } from "../../domain/audit.js";
import { Prisma } from "../generated/client.js";
import type { Db } from "../prisma.js";
import { allOf } from "./conditions.js";
import { createCursor, noKey } from "./cursor.js";
import { type Page, type PageRequest, pageOf, placeAfter } from "./page.js";

/** That somebody did something. */
export type AuditRow = {
  id: string;
  at: Date;
  /** Who, as others read it, and from where. */
  actor: string;
  via: Via;
  action: AuditAction;
  /** What it was done to: its kind and id, such as `alert-17`. */
  subject: string;
  /** What else was asked for, and the person's id where the place that they came from knows one. */
  detail: Readonly<Record<string, unknown>>;
};

export type AuditFilter = {
  /** The whole name, in upper or lower case. */
  actor: string | null;
  via: Via | null;
  action: AuditAction | null;
  subject: string | null;
  /** At this moment or later. */
  since: Date | null;
};

export const auditCursor = createCursor("audit", noKey);

const detailObject = z.record(z.string(), z.unknown()).catch({});

/** Who did what, the newest first. */
export async function findAuditEntries(db: Db, filter: AuditFilter, page: PageRequest): Promise<Page<AuditRow>> {
  const after = placeAfter(auditCursor, page);
  const { actor, via, action, subject, since } = filter;
  const rows = await db.$queryRaw<(Omit<AuditRow, "detail"> & { detail: unknown })[]>`
    SELECT e.id::text AS id, e.at, e.actor, e.via, e.action, e.subject, e.detail
      FROM audit_entry AS e
     WHERE ${allOf(
       actor === null ? null : Prisma.sql`lower(e.actor) = lower(${actor})`,
       via === null ? null : Prisma.sql`e.via = ${via}`,
       action === null ? null : Prisma.sql`e.action = ${action}`,
       subject === null ? null : Prisma.sql`e.subject = ${subject}`,
       since === null ? null : Prisma.sql`e.at >= ${since}`,
       after === null ? null : Prisma.sql`e.id < ${after.id}`,
     )}
     ORDER BY e.id DESC LIMIT ${page.size + 1}`;
  const found = rows.map((row) => ({ ...row, detail: detailObject.parse(row.detail) }));
  return pageOf(found, page, auditCursor, () => null);
}
