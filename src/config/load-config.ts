import { dirname, resolve } from "node:path";
import { DEFAULT_VENDOR_WIDE_POLICY } from "../domain/inhibition.js";
import { alertRulesOf } from "./alert-rules.js";
import type { Config, ConfigInput, ConfigProblem, LoadedConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";
import { digestConfigsOf, quickDigests, warnOfDigests } from "./digests.js";
import { type Environment, readEnvironment, UNREADABLE } from "./environment.js";
import { environmentSource, SINGLE_RECEIVER_NAME } from "./environment-source.js";
import { findingsBetweenFields } from "./file-checks.js";
import { type FileContent, fileSchema } from "./file-schema.js";
import { type FileSource, fileSource, hasSection } from "./file-source.js";
import { warnOfIgnored, warnOfNoMailbox, warnOfUnused } from "./idle-settings.js";
import { findingsOfIssues } from "./issues.js";
import { warnOfMatchers } from "./matcher-warnings.js";
import { proxyOf } from "./proxy.js";
import { consoleReceiver, receiverConfigOf } from "./receivers.js";
import { retentionOf } from "./retention-schema.js";
import { findingsOfReferences } from "./route-checks.js";
import { routeTreeOf } from "./route-tree.js";
import { readRuntimeSettings } from "./runtime-settings.js";
import { readFailureOf } from "./secret-file.js";
import { serverConfigOf, warningsOfServer } from "./servers.js";
import { entriesOf, type Finding, problemsOf, type Source } from "./source.js";
import { timeIntervalOf } from "./time-interval-schema.js";
import { warnOfUnknownSettings } from "./unknown-settings.js";
import { readValueFiles } from "./value-files.js";

const FILE_NAME = "polarwatch.yaml";
const SECTIONS = ["servers", "receivers", "route", "heartbeat"] as const;

/**
 * The configuration of this environment and its polarwatch.yaml, or every problem with them at once. It reads the files
 * that are named, and nothing else: no network, no clock. No message holds a secret.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const environment = readEnvironment(input);
  const runtime = readRuntimeSettings(environment, input);
  const settingProblems: ConfigProblem[] = [...environment.problems, ...runtime.problems];
  const found = findFile(environment, input);
  if (found.kind === "problems") return { kind: "invalid", problems: [...settingProblems, ...found.problems] };

  const file = found.kind === "none" ? null : check(found.source, input.readFile, found.directory);
  const left = SECTIONS.filter((name) => name === "route" || file === null || !hasSection(file.source, name));
  const quick = check(environmentSource(environment, left), input.readFile, input.cwd);
  const receiverSource = [file, quick].find((part) => part !== null && hasSection(part.source, "receivers"))?.source;
  const receiverNames = receiverSource === undefined ? [SINGLE_RECEIVER_NAME] : namesOfReceivers(receiverSource);
  const fileProblems =
    file === null
      ? []
      : problemsOf(file.source, [...file.findings, ...findingsOfReferences(file.source, receiverNames)]);
  const hasServers = [file, quick].some((part) => part !== null && hasSection(part.source, "servers"));

  const content = merge(file?.content ?? {}, quick.content ?? {});
  const proxied = proxiesOf(content, input.env);
  // Spread into lists, never into calls: the stack has no room for as many as a large file can have.
  const problems = [
    ...settingProblems,
    ...(found.kind === "none" ? [] : found.problems),
    ...fileProblems,
    ...problemsOf(quick.source, quick.findings),
    ...(hasServers || input.serversRequired === false ? [] : [NO_SERVER]),
    ...proxied.problems,
  ];
  if (problems.length > 0) return { kind: "invalid", problems };

  const receivers = content.receivers?.map(receiverConfigOf) ?? [consoleReceiver(SINGLE_RECEIVER_NAME)];
  const receiver = content.route?.receiver ?? receivers[0]?.name ?? SINGLE_RECEIVER_NAME;
  const servers = (content.servers ?? []).map((server) =>
    serverConfigOf(server, { receiver, proxyUrl: proxied.byName.get(server.name) ?? null }),
  );
  const judgement = judgementOf(content, receiver);
  const used: ReadonlySet<string> = found.kind === "none" ? new Set() : found.used;
  const asked = { receiver, timeZone: runtime.timeZone ?? input.timeZone ?? "UTC", receivers };
  const isQuick = file === null || !(hasSection(file.source, "receivers") || hasSection(file.source, "digests"));
  const digests =
    isQuick && runtime.digestSchedule !== null
      ? quickDigests(runtime.digestSchedule, asked)
      : digestConfigsOf(content.digests ?? [], asked);
  const config: Config = {
    ...runtime.settings,
    servers,
    receivers,
    ...judgement,
    retention: retentionOf(content.retention),
    digests,
    heartbeat: heartbeatOf(content),
    drill: drillOf(content, asked.timeZone),
    warnings: [
      ...(file === null ? [] : warnOfIgnored(file.source, environment, used)),
      ...runtime.warnings,
      ...servers.flatMap(warningsOfServer),
      ...warnOfUnused(
        receivers.map(({ name }) => name),
        judgement.route,
        content.drill?.receiver ?? null,
      ),
      ...warnOfMatchers({ ...judgement, digests }, servers),
      ...warnOfDigests(digests),
      ...(isQuick ? warnOfNoMailbox(environment, digests) : []),
      ...warnOfUnknownSettings(input.env, used),
    ],
  };
  return { kind: "valid", config: deepFreeze(config) };
}

type Judgement = Pick<Config, "route" | "timeIntervals" | "rules" | "inhibitRules" | "vendorWide">;

/** What raises alerts, and who is told of them when. */
function judgementOf(content: FileContent, receiver: string): Judgement {
  const keepsDefaults = content.default_rules ?? content.rules === undefined;
  return {
    route: routeTreeOf(content.route ?? {}, content.servers ?? [], { receiver }),
    timeIntervals: Object.fromEntries((content.time_intervals ?? []).map((each) => [each.name, timeIntervalOf(each)])),
    rules: alertRulesOf(content.rules ?? [], keepsDefaults),
    inhibitRules: (content.inhibit_rules ?? []).map(({ source_matchers, target_matchers, equal }) => ({
      sourceMatchers: source_matchers,
      targetMatchers: target_matchers,
      equal: equal ?? [],
    })),
    vendorWide: { moreThan: content.vendor_wide?.more_than ?? DEFAULT_VENDOR_WIDE_POLICY.moreThan },
  };
}

function heartbeatOf({ heartbeat }: FileContent): Config["heartbeat"] {
  return heartbeat === undefined ? null : { url: heartbeat.url, intervalMs: heartbeat.interval ?? 60_000 };
}

function drillOf({ drill = {} }: FileContent, timeZone: string): Config["drill"] {
  return {
    schedule: drill.schedule ?? null,
    timeZone: drill.time_zone ?? timeZone,
    receiver: drill.receiver ?? null,
    heartbeat: drill.heartbeat ?? false,
  };
}

const NO_SERVER: ConfigProblem = {
  where: "POLARITY_URL",
  message: `is required: the address of the Polarity server, unless ${FILE_NAME} lists servers`,
};

type FoundFile =
  | { kind: "none" }
  | { kind: "problems"; problems: ConfigProblem[] }
  | ({ kind: "source"; directory: string } & FileSource);

/** The file that `POLARWATCH_CONFIG` names has to be there; the one in the working directory may be missing. */
function findFile(environment: Environment, { env, cwd, readFile, ignoresFile }: ConfigInput): FoundFile {
  if (ignoresFile === true) return { kind: "none" };
  const configured = environment.get("POLARWATCH_CONFIG");
  if (configured === UNREADABLE) return { kind: "problems", problems: [] };
  const path = resolve(cwd, configured ?? FILE_NAME);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (configured === null && isMissing) return { kind: "none" };
    const where = configured === null ? FILE_NAME : environment.whereOf("POLARWATCH_CONFIG");
    return { kind: "problems", problems: [{ where, message: `cannot be read: ${readFailureOf(error)}` }] };
  }
  const source = fileSource(text, { name: configured ?? FILE_NAME, env });
  return source.kind === "problems" ? source : { ...source, directory: dirname(path) };
}

type Checked = { source: Source; findings: readonly Finding[]; content: FileContent | null };

function check(given: Source, readFile: (path: string) => string, directory: string): Checked {
  const { source, findings } = readValueFiles(given, { readFile, directory });
  const parsed = fileSchema.safeParse(source.data);
  const issues = parsed.success ? [] : findingsOfIssues(parsed.error.issues, source);
  return {
    source,
    findings: [...findings, ...issues, ...findingsBetweenFields(source)],
    content: parsed.data ?? null,
  };
}

/** The file decides; of the route, setting by setting. */
function merge(file: FileContent, quick: FileContent): FileContent {
  return { ...quick, ...file, route: { ...quick.route, ...file.route } };
}

function namesOfReceivers(source: Source): string[] {
  return entriesOf(source, "receivers").flatMap(({ record: { name } }) => (typeof name === "string" ? [name] : []));
}

function proxiesOf(content: FileContent, env: ConfigInput["env"]) {
  const byName = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const server of content.servers ?? []) {
    const found = server.proxy_url === undefined ? proxyOf(server.url, env) : null;
    if (found === null) continue;
    if (found.proxy.kind === "value") byName.set(server.name, found.proxy.value);
    else if (!problems.some(({ where }) => where === found.name)) {
      problems.push({ where: found.name, message: found.proxy.problem });
    }
  }
  return { byName, problems };
}
