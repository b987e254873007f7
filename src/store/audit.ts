import type { AuditAction, AuditSubject, Origin } from "../domain/audit.js";
import type { Db } from "./prisma.js";

export type NewAuditEntry = {
  at: Date;
  origin: Origin;
  /** Who did it, as others read it. */
  actor: string;
  action: AuditAction;
  subject: AuditSubject;
  /** What else was asked for, free of secrets. */
  detail: Readonly<Record<string, unknown>>;
};

/** Records who did what. Belongs into the transaction of what was done: neither is ever without the other. */
export function insertAuditEntry(tx: Db, { subject, ...entry }: NewAuditEntry): Promise<void> {
  return insertAuditEntries(tx, entry, [subject]);
}

/** The same of what was done to several things at once: an entry for each. */
export async function insertAuditEntries(
  tx: Db,
  entry: Omit<NewAuditEntry, "subject">,
  subjects: readonly AuditSubject[],
): Promise<void> {
  const { at, origin, actor, action } = entry;
  const detail = { ...entry.detail, ...(origin.userId !== null && { userId: origin.userId }) };
  await tx.$executeRaw`
    INSERT INTO audit_entry (at, via, actor, action, subject, detail)
    SELECT ${at}, ${origin.via}, ${actor}, ${action}, subject, ${JSON.stringify(detail, storable)}::jsonb
      FROM unnest(${subjects.map(({ kind, id }) => `${kind}-${id}`)}::text[]) AS subject`;
}

/** Half characters and U+0000 have an escape in JSON that Postgres refuses. */
function storable(_name: string, value: unknown): unknown {
  return typeof value === "string" ? value.replace(/[\p{Cs}\0]/gu, "\ufffd") : value;
}
