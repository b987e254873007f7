import { DESTINATION_KIND_NAMES, type DestinationKindName, keyOf, problemsOfEntry } from "./destination-kinds.js";
import { inhibitFindings, routeFindings } from "./route-checks.js";
import { ruleFindings } from "./rule-checks.js";
import { entriesOf, type Finding, isRecord, type Path, type Source } from "./source.js";

const NAMED_SECTIONS = ["servers", "receivers", "time_intervals", "rules", "digests"];

/** What has to hold between fields. It looks at unchecked data, so that these problems show along with all the others. */
export function findingsBetweenFields(source: Source): Finding[] {
  return [
    ...entriesOf(source, "servers").flatMap(({ path, record }) => [
      ...credentialFindings(source, path, record),
      ...attributeFindings(path, record),
    ]),
    ...entriesOf(source, "receivers").flatMap(({ path, record }) => receiverFindings(path, record)),
    ...entriesOf(source, "time_intervals").flatMap(({ path, record }) => intervalFindings(path, record)),
    ...routeFindings(source),
    ...inhibitFindings(source),
    ...ruleFindings(source),
    ...NAMED_SECTIONS.flatMap((section) => duplicateFindings(source, section)),
  ];
}

function credentialFindings(source: Source, path: Path, server: Record<string, unknown>): Finding[] {
  const has = (key: string) => server[key] !== undefined;
  const name = (key: string) => source.nameOf([...path, key]);
  const [key, user, password] = [name("api_key"), name("username"), name("password")];
  if (has("api_key") && (has("username") || has("password"))) {
    return [
      { path: [...path, "api_key"], message: `cannot be combined with ${user} and ${password}; keep one way in` },
    ];
  }
  if (has("username") && !has("password")) {
    return [{ path: [...path, "password"], message: `is needed too, because ${user} is set` }];
  }
  if (has("password") && !has("username")) {
    return [{ path: [...path, "username"], message: `is needed too, because ${password} is set` }];
  }
  if (has("api_key") || has("username")) return [];
  return [{ path: [...path, "api_key"], message: `is required: give ${key}, or ${user} and ${password}` }];
}

/** Two slots that read the same attribute would be the same text twice, and a different identity for every error. */
function attributeFindings(path: Path, server: Record<string, unknown>): Finding[] {
  if (!isRecord(server.attributes)) return [];
  const seen = new Set<string>();
  return Object.entries(server.attributes).flatMap(([slot, attribute]) => {
    if (typeof attribute !== "string") return [];
    const folded = attribute.toLowerCase().replace(/[-_]/g, "");
    if (seen.has(folded)) return [{ path: [...path, "attributes", slot], message: "is the attribute of another slot" }];
    seen.add(folded);
    return [];
  });
}

function receiverFindings(path: Path, receiver: Record<string, unknown>): Finding[] {
  const keys = DESTINATION_KIND_NAMES.map(keyOf);
  if (!keys.some((key) => receiver[key] !== undefined)) {
    return [{ path, message: `has no destination; give it at least one of ${keys.join(", ")}` }];
  }
  return DESTINATION_KIND_NAMES.flatMap((kind) => destinationFindings([...path, keyOf(kind)], kind, receiver));
}

function destinationFindings(path: Path, kind: DestinationKindName, receiver: Record<string, unknown>): Finding[] {
  const entries = receiver[keyOf(kind)];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, index) =>
    isRecord(entry)
      ? problemsOfEntry(kind, entry).map(({ key, message }) => ({ path: [...path, index, key], message }))
      : [],
  );
}

function duplicateFindings(source: Source, section: string): Finding[] {
  const seen = new Set<unknown>();
  return entriesOf(source, section).flatMap(({ path, record: { name } }) => {
    if (typeof name !== "string") return [];
    if (seen.has(name)) return [{ path: [...path, "name"], message: "is already taken by an earlier entry" }];
    seen.add(name);
    return [];
  });
}

const LIMITS = ["times", "weekdays", "days_of_month", "months", "years"];

/** A part that limits nothing is always: a route that is muted then would never tell anything. */
function intervalFindings(path: Path, interval: Record<string, unknown>): Finding[] {
  const parts = Array.isArray(interval.time_intervals) ? interval.time_intervals : [];
  return parts.flatMap((part: unknown, index) => {
    if (!isRecord(part) || Object.keys(part).some((key) => key !== "location")) return [];
    return [
      { path: [...path, "time_intervals", index], message: `is always; give it at least one of ${LIMITS.join(", ")}` },
    ];
  });
}
