import { expect } from "vitest";
import { ALERT_STATES, ALERT_SUBJECTS, SEVERITIES } from "../../src/domain/alert.js";
import { TOKEN_ROLES } from "../../src/domain/api-token.js";
import { VIAS } from "../../src/domain/audit.js";
import { CAUSES } from "../../src/domain/cause.js";
import { CHANGE_KINDS } from "../../src/domain/change.js";
import { DELIVERY_OUTCOMES, FAILURE_REASONS } from "../../src/domain/delivery.js";
import { POLL_OUTCOMES } from "../../src/domain/poll.js";
import { VERDICTS } from "../../src/domain/rule.js";
import { READ_FAILURES } from "../../src/domain/snapshot.js";
import { MAIL_LISTS } from "../../src/domain/subscription.js";
import { SIGNING_PURPOSES } from "../../src/store/signing-keys.js";
import { databaseTest } from "../support/database.js";

const SETS: Record<string, readonly string[]> = {
  "alert.severity": SEVERITIES,
  "alert.state": ALERT_STATES,
  "alert.subject": ALERT_SUBJECTS,
  "api_token.role": TOKEN_ROLES,
  "audit_entry.via": VIAS,
  "attempt.reason": FAILURE_REASONS,
  "change.kind": CHANGE_KINDS,
  "decision.verdict": VERDICTS,
  "delivery.outcome": DELIVERY_OUTCOMES,
  "error.cause": CAUSES,
  "error_text.cause": CAUSES,
  "poll.failure": READ_FAILURES,
  "poll.outcome": POLL_OUTCOMES,
  "signing_key.purpose": SIGNING_PURPOSES,
  "transition.from_state": ALERT_STATES,
  "transition.to_state": ALERT_STATES,
  "unsubscription.list": MAIL_LISTS,
};

/** What the words in a check of one column are, by table and column. */
async function checkedSets(db: { $queryRaw: <T>(query: TemplateStringsArray) => Promise<T> }) {
  const rows = await db.$queryRaw<{ place: string; definition: string }[]>`
    SELECT t.relname || '.' || a.attname AS place, pg_get_constraintdef(c.oid) AS definition
      FROM pg_constraint AS c
      JOIN pg_class AS t ON t.oid = c.conrelid AND NOT t.relispartition
      JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'c' AND cardinality(c.conkey) = 1 AND pg_get_constraintdef(c.oid) LIKE '%ARRAY%'`;
  return new Map(
    rows.map(({ place, definition }) => [place, [...definition.matchAll(/'([^']+)'/g)].map((match) => match[1])]),
  );
}

databaseTest.for(Object.entries(SETS))(
  "the database allows for %s what the domain knows, and nothing else",
  async ([place, words], { db }) => {
    const checked = (await checkedSets(db)).get(place);
    expect(new Set(checked)).toEqual(new Set(words));
  },
);
