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
  for (const settings of content.email_configs ?? []) {
    destinations.push({ id: id(`email:${recipientsLabel(settings.to)}`), kind: "email", settings });
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

function recipientsLabel(recipients: readonly string[]): string {
  const [first = "", ...others] = recipients;
  return others.length === 0 ? first : `${first}+${others.length}`;
}
