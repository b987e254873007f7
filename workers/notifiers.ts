import type { DestinationConfig } from "../src/config/config.js";
import type { DestinationKindName, DestinationSettings } from "../src/config/destination-kinds.js";
import type { Clock } from "../src/lib/clock.js";
import { type ConsoleDeps, createConsoleNotifier } from "../src/notify/console/notifier.js";
import { createEmailNotifier, type EmailDeps } from "../src/notify/email/notifier.js";
import type { Notifier } from "../src/notify/notifier.js";
import { createPagerDutyNotifier } from "../src/notify/pagerduty/notifier.js";
import { createSlackNotifier } from "../src/notify/slack/notifier.js";
import { createTeamsNotifier } from "../src/notify/teams/notifier.js";
import { createWebhookNotifier } from "../src/notify/webhook/notifier.js";

/** What notifiers are made with. The mail servers are shared: whoever made them closes them, after the notifiers. */
export type NotifierDeps = EmailDeps & { clock: Clock; console: ConsoleDeps };

/** What sends to each kind of destination. */
const NOTIFIERS: {
  [Kind in DestinationKindName]: (settings: DestinationSettings[Kind], deps: NotifierDeps) => Notifier;
} = {
  slack: createSlackNotifier,
  email: createEmailNotifier,
  webhook: createWebhookNotifier,
  pagerduty: createPagerDutyNotifier,
  teams: createTeamsNotifier,
  console: (settings, deps) => createConsoleNotifier(settings, deps.console),
};

export function createNotifier<Kind extends DestinationKindName>(
  { kind, settings }: DestinationConfig<Kind>,
  deps: NotifierDeps,
): Notifier {
  return NOTIFIERS[kind](settings, deps);
}
