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
  return [
    ...(isThere("servers") ? ignored(settingsOf("servers", environment), "lists servers") : []),
    ...(isThere("receivers") ? ignored(settingsOf("receivers", environment), "lists receivers") : []),
    ...ignored(route, "says it too"),
  ];
}

/** A warning for each receiver that nobody would ever be told through. */
export function warnOfUnused(names: readonly string[], route: Route): string[] {
  const used = receiversIn(route);
  return names
    .filter((name) => !used.has(name))
    .map((name) => `Receiver ${name} is told nothing: neither a route nor a server names it`);
}
