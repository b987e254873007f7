import type * as z from "zod";
import { consoleKind } from "../notify/console/config.js";
import { emailKind } from "../notify/email/config.js";
import { pagerDutyKind } from "../notify/pagerduty/config.js";
import { slackKind } from "../notify/slack/config.js";
import { teamsKind } from "../notify/teams/config.js";
import { webhookKind } from "../notify/webhook/config.js";

/** Every kind of destination, in the order in which a receiver's are told: the one place in the configuration that names them. */
export const DESTINATION_KINDS = {
  slack: slackKind,
  email: emailKind,
  webhook: webhookKind,
  pagerduty: pagerDutyKind,
  teams: teamsKind,
  console: consoleKind,
} as const;

type Kinds = typeof DESTINATION_KINDS;
export type DestinationKindName = keyof Kinds;
/** One entry of each kind, as it is written. */
export type DestinationEntries = { readonly [Kind in DestinationKindName]: z.infer<Kinds[Kind]["schema"]> };
/** What is configured for one destination of each kind. */
export type DestinationSettings = {
  readonly [Kind in DestinationKindName]: ReturnType<Kinds[Kind]["destinationsOf"]>[number]["settings"];
};
/** The key of a kind in a receiver of polarwatch.yaml. */
export type DestinationKey<Kind extends DestinationKindName = DestinationKindName> = `${Kind}_configs`;

export const DESTINATION_KIND_NAMES = Object.keys(DESTINATION_KINDS) as readonly DestinationKindName[];

export function keyOf<Kind extends DestinationKindName>(kind: Kind): DestinationKey<Kind> {
  return `${kind}_configs`;
}

/** The kind whose key in a receiver this is; null when it is none. */
export function kindOfKey(key: unknown): DestinationKindName | null {
  return DESTINATION_KIND_NAMES.find((kind) => keyOf(kind) === key) ?? null;
}

/** What a kind says about each of its settings. */
export type SettingTerms = Kinds["slack"]["settings"]["channel"];

export function settingTermsOf(kind: DestinationKindName): readonly (readonly [key: string, terms: SettingTerms])[] {
  return Object.entries(DESTINATION_KINDS[kind].settings);
}

/** The settings of a kind that hold a secret, and so can be given as `<key>_file` too. */
export function secretKeysOf(kind: DestinationKindName): readonly string[] {
  return settingTermsOf(kind).flatMap(([key, { shown }]) => (shown === "all" ? [] : [key]));
}

/** What does not go together in one entry of a kind, as it was written. */
export function problemsOfEntry(
  kind: DestinationKindName,
  given: Readonly<Record<string, unknown>>,
): readonly { key: string; message: string }[] {
  return DESTINATION_KINDS[kind].problemsOf?.(given) ?? [];
}
