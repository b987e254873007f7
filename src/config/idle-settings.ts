import type { Route } from "../domain/route.js";
import type { Environment } from "./environment.js";
import { settingsOf } from "./environment-source.js";
import { receiversIn } from "./route-tree.js";
import type { SettingName } from "./settings.js";
import { type Source, valueAt } from "./source.js";

/**
 * A warning for the settings that say nothing because the configuration file decides. Those whose value the file itself
 * asks for do say something.
 */
export function warnOfIgnored(file: Source, environment: Environment, used: ReadonlySet<string>): string[] {
  const ignored = (names: readonly SettingName[], because: string) => {
    const idle = names.filter((name) => !used.has(name)).map(environment.whereOf);
    return idle.length === 0 ? [] : [`Ignored, because the configuration file ${because}: ${idle.join(", ")}`];
  };
  const isThere = (...path: string[]) => valueAt(file.data, path) !== undefined;
  const route = settingsOf("route", environment).filter((name) =>
    isThere("route", name === "GROUP_WAIT" ? "group_wait" : "group_interval"),
  );
  const schedule: SettingName[] = environment.get("DIGEST_SCHEDULE") === null ? [] : ["DIGEST_SCHEDULE"];
  return [
    ...(isThere("servers") ? ignored(settingsOf("servers", environment), "lists servers") : []),
    ...(isThere("receivers") ? ignored(settingsOf("receivers", environment), "lists receivers") : []),
    ...(isThere("heartbeat") ? ignored(settingsOf("heartbeat", environment), "has a heartbeat") : []),
    ...ignored(route, "says it too"),
    ...(isThere("digests") ? ignored(schedule, "lists digests") : []),
    ...(isThere("receivers") && !isThere("digests") ? ignored(schedule, "lists receivers") : []),
  ];
}

/** A warning when a schedule was chosen for a digest that nobody gets. */
export function warnOfNoMailbox(environment: Environment, digests: readonly unknown[]): string[] {
  const schedule = environment.get("DIGEST_SCHEDULE");
  if (digests.length > 0 || typeof schedule !== "string" || schedule.toLowerCase() === "off") return [];
  return ["DIGEST_SCHEDULE is set, but there is no mailbox for a digest: EMAIL_TO is not set"];
}

/** A warning for each receiver that nobody would ever be told through. */
export function warnOfUnused(names: readonly string[], route: Route, drillReceiver: string | null): string[] {
  const used = receiversIn(route);
  return names
    .filter((name) => !used.has(name) && name !== drillReceiver)
    .map((name) => `Receiver ${name} is told nothing: neither a route nor a server names it`);
}
