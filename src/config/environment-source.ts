import { type Environment, UNREADABLE } from "./environment.js";
import type { SettingName } from "./settings.js";
import { type Path, type Source, valueAt } from "./source.js";

/** The names of what the environment alone describes: a single server and a single receiver. */
const SINGLE_SERVER_NAME = "polarity";
export const SINGLE_RECEIVER_NAME = "default";

type Section = "servers" | "receivers" | "route" | "heartbeat";
type Part = { section: Section; at: Path; settings: Readonly<Record<string, SettingName>> };

/** Which setting says what the file says at which path. */
const PARTS: readonly Part[] = [
  {
    section: "servers",
    at: ["servers", 0],
    settings: {
      url: "POLARITY_URL",
      api_key: "POLARITY_API_KEY",
      username: "POLARITY_USERNAME",
      password: "POLARITY_PASSWORD",
      ca_file: "POLARITY_CA_FILE",
      interval: "POLARITY_INTERVAL",
      tls_verify: "POLARITY_TLS_VERIFY",
    },
  },
  {
    section: "receivers",
    at: ["receivers", 0, "slack_configs", 0],
    settings: {
      bot_token: "SLACK_BOT_TOKEN",
      channel: "SLACK_CHANNEL",
      app_token: "SLACK_APP_TOKEN",
      signing_secret: "SLACK_SIGNING_SECRET",
      api_url: "SLACK_API_URL",
    },
  },
  {
    section: "receivers",
    at: ["receivers", 0, "email_configs", 0],
    settings: { smtp_url: "SMTP_URL", from: "EMAIL_FROM", to: "EMAIL_TO" },
  },
  {
    section: "receivers",
    at: ["receivers", 0, "webhook_configs", 0],
    settings: {
      url: "WEBHOOK_URL",
      secret: "WEBHOOK_SECRET",
      previous_secret: "WEBHOOK_PREVIOUS_SECRET",
      allow_private_addresses: "WEBHOOK_ALLOW_PRIVATE",
    },
  },
  {
    section: "route",
    at: ["route"],
    settings: { group_wait: "GROUP_WAIT", group_interval: "GROUP_INTERVAL" },
  },
  {
    section: "heartbeat",
    at: ["heartbeat"],
    settings: { url: "HEARTBEAT_URL", interval: "HEARTBEAT_INTERVAL" },
  },
];

/** The settings that describe this section and are set. */
export function settingsOf(section: Section, environment: Environment): SettingName[] {
  return PARTS.filter((part) => part.section === section)
    .flatMap((part) => Object.values(part.settings))
    .filter((name) => environment.get(name) !== null);
}

/** What the environment says about these sections, in the shape of the file. A section of which nothing is set is left out. */
export function environmentSource(environment: Environment, sections: readonly Section[]): Source {
  const data: Record<string, unknown> = {};
  for (const { section, at, settings } of PARTS) {
    if (!sections.includes(section)) continue;
    const given = Object.entries(settings).flatMap(([key, name]) => {
      const value = environment.get(name);
      return value === null ? [] : [[key, name === "EMAIL_TO" ? splitList(value) : value] as const];
    });
    if (given.length > 0) place(data, at, Object.fromEntries(given));
  }
  const settingAt = (path: Path): SettingName | null => {
    for (const { at, settings } of PARTS) {
      const key = path[at.length];
      if (typeof key !== "string" || !at.every((step, index) => step === path[index])) continue;
      return settings[key] ?? settings[`${key}_file`] ?? null;
    }
    return null;
  };
  const order = PARTS.flatMap((part) => Object.values(part.settings));
  return {
    data,
    locate: ({ path }) => {
      const name = settingAt(path);
      return name === null
        ? { where: "environment", order: order.length }
        : { where: environment.whereOf(name), order: order.indexOf(name) };
    },
    nameOf: (path) => settingAt(path) ?? "environment",
    sayMissing: (path) => {
      const part = PARTS.find(({ at }) => at.length === path.length - 1 && valueAt(data, at) !== undefined);
      const given = Object.values(part?.settings ?? {}).find((name) => environment.get(name) !== null);
      return given === undefined ? "is required" : `is needed too, because ${given} is set`;
    },
  };
}

function splitList(value: string | typeof UNREADABLE): unknown {
  if (value === UNREADABLE) return value;
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function place(data: Record<string, unknown>, at: Path, given: Record<string, unknown>): void {
  const [section, , kind] = at;
  if (section === "servers") data.servers = [{ name: SINGLE_SERVER_NAME, ...given }];
  else if (section === "route" || section === "heartbeat") data[section] = given;
  else {
    const before = valueAt(data, ["receivers", 0]) ?? { name: SINGLE_RECEIVER_NAME };
    data.receivers = [{ ...before, [String(kind)]: [given] }];
  }
}
