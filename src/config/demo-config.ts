import { join } from "node:path";
import type { GrowthCondition } from "../domain/growth-condition.js";
import { DEFAULT_RULES } from "../domain/rule.js";
import type { Config, ConfigInput, LoadedConfig, ServerConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";
import { digestConfigsOf, QUICK_DIGEST } from "./digests.js";
import { loadConfig } from "./load-config.js";
import { withPace } from "./route-tree.js";
import { SERVER_DEFAULTS, serverIdOf } from "./servers.js";
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName } from "./settings.js";

/** The simulated server and the pace of a demo, and what of the real settings it may use after all. */
export type Demo = {
  serverUrl: string;
  apiKey: string;
  intervalMs: number;
  groupWaitMs: number;
  groupIntervalMs: number;
  /** Tells the configured receivers. Default false: the console only, so that a try wakes nobody. */
  keepDestinations?: boolean;
  /** Uses `DATABASE_URL` and `REDIS_URL`. Default false, so that a try leaves no trace among real data. */
  keepDatabase?: boolean;
};

const SERVER_NAME = "demo";
/** What is usual takes days to know, and nobody watches a demo for so long. */
const IMPATIENT: GrowthCondition = { kind: "added", atLeast: 10, windowMs: 15 * 60_000 };
const DATABASE: readonly SettingName[] = ["DATABASE_URL", "DATABASE_CONNECTIONS", "REDIS_URL"];
/** What the demo brings itself. */
const REPLACED: readonly Setting["group"][] = ["Polarity server", "Alerts"];
const TELLING: readonly Setting["group"][] = ["Slack", "E-mail", "Webhook"];

/**
 * The configuration of a demo: one simulated server, told to the console and stored apart, in `demo` below the data
 * directory, whatever the environment is set up for. Without `keepDestinations` there is no configuration file either.
 * HTTP and log settings hold as always. A warning names the settings that are there and not used.
 */
export function demoConfig(input: ConfigInput, demo: Demo): LoadedConfig {
  const keepsDestinations = demo.keepDestinations === true;
  const isIdle = (name: SettingName) => {
    const { group }: Setting = SETTINGS[name];
    if (DATABASE.includes(name)) return demo.keepDatabase !== true;
    if (TELLING.includes(group) || name === "POLARWATCH_CONFIG") return !keepsDestinations;
    return REPLACED.includes(group);
  };
  const idle = SETTING_NAMES.filter(isIdle);
  // A file that is kept may ask for any variable, so only what leads to other data is taken away then.
  const hidden = idle.filter((name) => !keepsDestinations || DATABASE.includes(name));
  const spellings = new Set<string>(hidden.flatMap((name) => [name, `${name}_FILE`]));
  const env = Object.fromEntries(Object.entries(input.env).filter(([name]) => !spellings.has(name)));
  const loaded = loadConfig({ ...input, env, serversRequired: false, ignoresFile: !keepsDestinations });
  if (loaded.kind === "invalid") return loaded;

  const { config } = loaded;
  const given = idle.flatMap((name) => [name, `${name}_FILE`]).filter((name) => (input.env[name] ?? "") !== "");
  const server: ServerConfig = {
    ...SERVER_DEFAULTS,
    name: serverIdOf(SERVER_NAME),
    url: demo.serverUrl,
    credentials: { kind: "api-key", apiKey: demo.apiKey },
    intervalMs: demo.intervalMs,
    ca: null,
    proxyUrl: null,
    tlsVerify: true,
    attributes: {},
    receiver: config.route.receiver,
  };
  const demoed: Config = {
    ...config,
    servers: [server],
    route: withPace(config.route, { groupWaitMs: demo.groupWaitMs, groupIntervalMs: demo.groupIntervalMs }),
    rules: DEFAULT_RULES.map((rule) => (rule.on === "growing" ? { ...rule, conditions: [IMPATIENT] } : rule)),
    digests: keepsDestinations ? config.digests : digestConfigsOf([QUICK_DIGEST], demoDefaults(input, config)),
    dataDir: join(config.dataDir, "demo"),
    warnings: [
      ...(given.length === 0 ? [] : [`Set, but not used by the demo: ${given.join(", ")}`]),
      ...config.warnings,
    ],
  };
  return { kind: "valid", config: deepFreeze(demoed) };
}

/** A try shows what a digest is like to who asks for it; at eight in the morning it comes to the console. */
function demoDefaults({ env, timeZone }: ConfigInput, { route, receivers }: Config) {
  return { receiver: route.receiver, receivers, timeZone: env.TZ || timeZone || "UTC" };
}
