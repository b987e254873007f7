import type { EmailConfig } from "../notify/email/config.js";
import type { DestinationConfig, ReceiverConfig } from "./config.js";
import type { ReceiverContent } from "./file-schema.js";

/** One receiver from checked content. Its destinations keep their order within a kind, and their ids between starts. */
export function receiverConfigOf(content: ReceiverContent): ReceiverConfig {
  const { name } = content;
  const destinations: DestinationConfig[] = [];
  const taken = new Set<string>();
  const id = (label: string) => {
    let unique = `${name}/${label}`;
    for (let count = 2; taken.has(unique); count++) unique = `${name}/${label}~${count}`;
    taken.add(unique);
    return unique;
  };
  for (const settings of content.slack_configs ?? []) {
    destinations.push({ id: id(`slack:${channelLabel(settings.channel)}`), kind: "slack", settings });
  }
  for (const settings of mailboxesOf(content)) {
    destinations.push({ id: id(`email:${settings.to}`), kind: "email", settings });
  }
  for (const [index, settings] of (content.webhook_configs ?? []).entries()) {
    destinations.push({ id: id(`webhook:${index + 1}`), kind: "webhook", settings });
  }
  for (const settings of content.console_configs ?? []) {
    destinations.push({ id: id("console"), kind: "console", settings });
  }
  return { name, destinations };
}

/** Where notifications go when nobody said where: a first run shows something. */
export function consoleReceiver(name: string): ReceiverConfig {
  return receiverConfigOf({ name, console_configs: [{}] });
}

/** A channel is the same with and without its `#`; an id has none. */
function channelLabel(channel: string): string {
  return /^([CDG][A-Z0-9]{6,}|#.*)$/.test(channel) ? channel : `#${channel}`;
}

/** Each mailbox by itself, so that one that refuses mail keeps it from nobody else. Named twice, it still is one. */
function mailboxesOf({ email_configs = [] }: ReceiverContent): readonly EmailConfig[] {
  const mailboxes = new Map<string, EmailConfig>();
  for (const { to: addresses, ...settings } of email_configs) {
    for (const to of addresses) {
      const key = JSON.stringify([settings.smtp_url, settings.from, to.toLowerCase()]);
      if (!mailboxes.has(key)) mailboxes.set(key, { ...settings, to });
    }
  }
  return [...mailboxes.values()];
}
