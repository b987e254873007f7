import { resolve } from "node:path";
import type { ConfigInput, ConfigProblem } from "./config.js";
import { readValueFile } from "./secret-file.js";
import { hasFileForm, SETTING_NAMES, type SettingName } from "./settings.js";

/** A setting that was given, but could not be read: not unset, and already reported. */
export const UNREADABLE = Symbol("unreadable");

/** The settings of the environment, each read once, wherever it came from. */
export type Environment = {
  /** Null when unset or empty. */
  readonly get: (name: SettingName) => string | typeof UNREADABLE | null;
  /** The name to show for a setting: `NAME`, or `NAME_FILE` when it came from there. */
  readonly whereOf: (name: SettingName) => string;
  readonly problems: readonly ConfigProblem[];
};

/** Reads every known setting, from `NAME` or from the file that `NAME_FILE` names. */
export function readEnvironment({ env, cwd, readFile }: ConfigInput): Environment {
  const values = new Map<SettingName, string | typeof UNREADABLE>();
  const fromFile = new Set<SettingName>();
  const problems: ConfigProblem[] = [];
  for (const name of SETTING_NAMES) {
    const direct = env[name] ?? "";
    const file = hasFileForm(name) ? (env[`${name}_FILE`] ?? "") : "";
    const refuse = (where: string, message: string) => {
      problems.push({ where, message });
      values.set(name, UNREADABLE);
    };
    if (file !== "") {
      fromFile.add(name);
      if (direct !== "") {
        refuse(`${name}_FILE`, `is set, and ${name} is set too; keep one of them`);
        continue;
      }
      const read = readValueFile(resolve(cwd, file), { readFile, multiline: false });
      if (read.kind === "value") values.set(name, read.value);
      else refuse(`${name}_FILE`, read.problem + hintFor(name));
    } else if (/[\r\n\0]/.test(direct)) {
      refuse(name, "must be a single line");
    } else if (direct !== "") {
      values.set(name, direct);
    }
  }
  return {
    get: (name) => values.get(name) ?? null,
    whereOf: (name) => (fromFile.has(name) ? `${name}_FILE` : name),
    problems,
  };
}

/** Where the setting is itself a path, its file form is easily taken for the setting. */
function hintFor(name: SettingName): string {
  return name === "POLARWATCH_CONFIG" ? "; to name the configuration file itself, use POLARWATCH_CONFIG" : "";
}
