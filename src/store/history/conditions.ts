import { DRILL_SERVER } from "../../domain/drill.js";
import { Prisma } from "../generated/client.js";

/** Conditions that must all hold; those that are null were not asked for. */
export function allOf(...conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const asked = conditions.filter((condition) => condition !== null);
  return asked.length === 0 ? Prisma.sql`TRUE` : Prisma.join(asked, " AND ");
}

/** What is of this server; null: of any, but for drills, which are listed only where they are asked for. */
export function ofServer(column: Prisma.Sql, server: string | null): Prisma.Sql {
  return server === null ? Prisma.sql`${column} IS DISTINCT FROM ${DRILL_SERVER}` : Prisma.sql`${column} = ${server}`;
}

/** The ids of the integrations that people may mean by this: one's id here or at Polarity, its name or its acronym. */
export function integrationsNamed(text: string): Prisma.Sql {
  return Prisma.sql`(
    SELECT named.id FROM integration AS named
     WHERE named.id::text = ${text} OR named.polarity_id = ${text}
        OR lower(named.name) = lower(${text}) OR lower(named.acronym) = lower(${text}))`;
}

/** The same, and by what they were once called: who looks at the past reads those names there. */
export function integrationsEverNamed(text: string): Prisma.Sql {
  return Prisma.sql`(
    SELECT ever.id FROM integration AS ever
     WHERE ever.id IN ${integrationsNamed(text)}
        OR EXISTS (SELECT FROM integration_observation AS o
                    WHERE o.integration_id = ever.id
                      AND (lower(o.name) = lower(${text}) OR lower(o.acronym) = lower(${text}))))`;
}
