import type { DestinationConfig } from "../src/config/config.js";
import type { Clock } from "../src/lib/clock.js";
import { type ConsoleDeps, createConsoleNotifier } from "../src/notify/console/notifier.js";
import type { MailServers } from "../src/notify/email/mail-servers.js";
import { createEmailNotifier } from "../src/notify/email/notifier.js";
import type { Notifier } from "../src/notify/notifier.js";
import { createSlackNotifier } from "../src/notify/slack/notifier.js";
import { createWebhookNotifier } from "../src/notify/webhook/notifier.js";

/** What notifiers are made with. The mail servers are shared: whoever made them closes them, after the notifiers. */
export type NotifierDeps = { clock: Clock; console: ConsoleDeps; mailServers: MailServers };

export function createNotifier(destination: DestinationConfig, deps: NotifierDeps): Notifier {
  switch (destination.kind) {
    case "slack":
      return createSlackNotifier(destination.settings, deps);
    case "email":
      return createEmailNotifier(destination.settings, deps);
    case "webhook":
      return createWebhookNotifier(destination.settings, deps);
    case "console":
      return createConsoleNotifier(destination.settings, deps.console);
    default:
      throw new Error(`Unknown destination: ${JSON.stringify(destination satisfies never)}`);
  }
}
