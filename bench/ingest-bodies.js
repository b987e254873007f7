// Lists of errors as a server would show them: the simulator's errors, each with an id and a text of its own.
import { startSimulator } from "../dist/src/simulator/start.js";

const BASE_ERRORS = 5_000;
const MEDIA_TYPE = "application/vnd.api+json";

/** The rows of a simulated server, multiplied. `distinct`: every error has a text that no other one has. */
export async function makeRows(count, { distinct }) {
  const clock = () => new Date("2025-01-08T15:00:00Z");
  const simulator = await startSimulator({ seed: 1, clock, integrations: 200, errors: Math.min(count, BASE_ERRORS) });
  try {
    const headers = { authorization: `Bearer ${simulator.apiKey}`, "content-type": MEDIA_TYPE, accept: MEDIA_TYPE };
    const response = await fetch(new URL("/api/integrations/errors", simulator.url), { headers });
    const { data } = await response.json();
    return Array.from({ length: count }, (_, index) => {
      const row = structuredClone(data[index % data.length]);
      row.id = `e${index.toString(16).padStart(8, "0")}`;
      row.links = { self: `/api/integration/errors/${row.id}` };
      if (distinct) row.attributes.detail = withNumber(row.attributes.detail, index);
      return row;
    });
  } finally {
    await simulator.close();
  }
}

/** What integrations put into their texts: another value each time. */
function withNumber(detail, index) {
  const value = `${(index * 2654435761) % 2 ** 32}`;
  return typeof detail === "string" ? `${detail} (request ${value})` : { error: detail, request: value };
}

/**
 * The rows as a server shows them after so many turns, in each of which another share of them was seen once more: from one
 * turn to the next, that share changes and nothing else.
 */
export function countedOn(rows, share, turn) {
  const every = Math.round(1 / share);
  return rows.map((row, index) => {
    const first = index % every || every;
    if (turn < first) return row;
    const { count } = row.attributes;
    const seen = Math.floor((turn - first) / every) + 1;
    return { ...row, attributes: { ...row.attributes, count: (Number.isSafeInteger(count) ? count : 0) + seen } };
  });
}

export function bodyOf(rows) {
  return Buffer.from(JSON.stringify({ data: rows, jsonapi: { version: "1.0" } }));
}

/** The integrations that the rows refer to. */
export function integrationsOf(rows) {
  const errorsOf = new Map();
  for (const { id, relationships } of rows) {
    const integration = relationships.integration.data.id;
    errorsOf.set(integration, [...(errorsOf.get(integration) ?? []), { type: "integration-errors", id }]);
  }
  return [...errorsOf].map(([id, data]) => ({
    type: "integrations",
    id,
    attributes: { name: id, acronym: "X", status: "running" },
    relationships: { "integration-errors": { data } },
  }));
}
