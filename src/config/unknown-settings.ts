import { hasFileForm, SETTING_NAMES } from "./settings.js";
import { didYouMean } from "./suggestions.js";

const OUR_PREFIXES = /^(POLARITY|SLACK|SMTP|POLARWATCH|EMAIL|WEBHOOK)_/;
const KNOWN: ReadonlySet<string> = new Set(
  SETTING_NAMES.flatMap((name) => (hasFileForm(name) ? [name, `${name}_FILE`] : [name])),
);

/**
 * A warning for each variable that looks like a setting of ours and is none, so that a misspelt one is noticed. Those
 * that the configuration file uses are fine, and so are those that Kubernetes sets for a service with such a name.
 */
export function warnOfUnknownSettings(
  env: Readonly<Record<string, string | undefined>>,
  usedByFile: ReadonlySet<string>,
): string[] {
  return Object.keys(env)
    .filter((name) => OUR_PREFIXES.test(name) && (env[name] ?? "") !== "")
    .filter((name) => !KNOWN.has(name) && !usedByFile.has(name) && !isServiceLink(name, env))
    .sort()
    .map((name) => `${name} is not a setting of polarwatch and is ignored${didYouMean(name, KNOWN)}`);
}

function isServiceLink(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  const service = /^(.+?)_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/.exec(name)?.[1];
  return service !== undefined && env[`${service}_SERVICE_HOST`] !== undefined;
}
