import { DESTINATION_KINDS } from "./file-schema.js";
import { inhibitFindings, routeFindings } from "./route-checks.js";
import { ruleFindings } from "./rule-checks.js";
import { entriesOf, type Finding, isRecord, type Path, type Source } from "./source.js";

const NAMED_SECTIONS = ["servers", "receivers", "time_intervals", "rules"];

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

const TOKEN = /^#?(xox[a-z]|xapp)-/i;

/** A channel is part of its destination's id, which is stored and shown: a token must not get there. */
function receiverFindings(path: Path, receiver: Record<string, unknown>): Finding[] {
  const keys = Object.values(DESTINATION_KINDS).map(({ key }) => key);
  if (!keys.some((key) => receiver[key] !== undefined)) {
    return [{ path, message: `has no destination; give it at least one of ${keys.join(", ")}` }];
  }
  const slack = Array.isArray(receiver.slack_configs) ? receiver.slack_configs : [];
  return slack.flatMap((config: unknown, index) =>
    isRecord(config) ? slackFindings([...path, "slack_configs", index], config) : [],
  );
}

function slackFindings(path: Path, config: Record<string, unknown>): Finding[] {
  const isOn = (key: string) => config[key] === true || config[key] === "true";
  const isToken = typeof config.channel === "string" && TOKEN.test(config.channel);
  const excluded = ["thread_only", "broadcast_on"].find((key) =>
    key === "broadcast_on" ? config[key] !== undefined : isOn(key),
  );
  return [
    ...(isToken ? [{ path: [...path, "channel"], message: "must be a channel, and this looks like a token" }] : []),
    ...(isOn("new_message_each_time") && excluded !== undefined
      ? [
          {
            path: [...path, excluded],
            message: "cannot be combined with new_message_each_time, which makes no threads; keep one of them",
          },
        ]
      : []),
  ];
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
