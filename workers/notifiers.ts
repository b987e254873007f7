import type { DestinationConfig } from "../src/config/config.js";
import type { DestinationKindName, DestinationSettings } from "../src/config/destination-kinds.js";
import type { Clock } from "../src/lib/clock.js";
import type { Logger } from "../src/lib/logger.js";
import { type ConsoleDeps, createConsoleNotifier } from "../src/notify/console/notifier.js";
import { createEmailNotifier } from "../src/notify/email/notifier.js";
import type { Notifier } from "../src/notify/notifier.js";
import { createSlackNotifier } from "../src/notify/slack/notifier.js";
import { createWebhookNotifier } from "../src/notify/webhook/notifier.js";

type Deps = { clock: Clock; log: Logger; console: ConsoleDeps };

/** What sends to each kind of destination. */
const NOTIFIERS: { [Kind in DestinationKindName]: (settings: DestinationSettings[Kind], deps: Deps) => Notifier } = {
  slack: createSlackNotifier,
  email: createEmailNotifier,
  webhook: createWebhookNotifier,
  console: (settings, deps) => createConsoleNotifier(settings, deps.console),
};

export function createNotifier<Kind extends DestinationKindName>(
  { kind, settings }: DestinationConfig<Kind>,
  deps: Deps,
): Notifier {
  return NOTIFIERS[kind](settings, deps);
}
