import type { DigestConfig, ReceiverConfig } from "./config.js";
import { DESTINATION_KINDS, type DestinationKindName } from "./destination-kinds.js";
import type { DigestEntry } from "./digest-schema.js";

/** The digest that nobody had to ask for. */
export const QUICK_DIGEST = { name: "daily", schedule: "0 8 * * *" } as const;

type Defaults = { receiver: string; timeZone: string; receivers: readonly ReceiverConfig[] };

/** Digests from checked content. Each goes to all destinations of its receiver that take digests. */
export function digestConfigsOf(entries: readonly DigestEntry[], defaults: Defaults): DigestConfig[] {
  return entries.map((entry) => {
    const receiver = entry.receiver ?? defaults.receiver;
    return {
      name: entry.name,
      schedule: entry.schedule,
      timeZone: entry.time_zone ?? defaults.timeZone,
      receiver,
      destinations: destinationsOf(defaults.receivers, receiver, takesDigests),
      whenEmpty: entry.when_empty ?? "say",
      servers: entry.servers ?? [],
    };
  });
}

/** The digest of who configured a receiver by the environment alone: to its mailboxes, if there are any. */
export function quickDigests(schedule: string, defaults: Defaults): DigestConfig[] {
  const [digest] = digestConfigsOf([{ name: QUICK_DIGEST.name, schedule }], defaults);
  const destinations = destinationsOf(defaults.receivers, defaults.receiver, (kind) => kind === "email");
  return digest === undefined || destinations.length === 0 ? [] : [{ ...digest, destinations }];
}

/** A warning for each digest that nobody would get. */
export function warnOfDigests(digests: readonly DigestConfig[]): string[] {
  return digests
    .filter(({ destinations }) => destinations.length === 0)
    .map(
      ({ name, receiver }) =>
        `Digest ${name} is sent to nobody: receiver ${receiver} has no destination that takes one`,
    );
}

function takesDigests(kind: DestinationKindName): boolean {
  return DESTINATION_KINDS[kind].withoutDigests !== true;
}

function destinationsOf(
  receivers: readonly ReceiverConfig[],
  name: string,
  takes: (kind: DestinationKindName) => boolean,
): string[] {
  const destinations = receivers.find((receiver) => receiver.name === name)?.destinations ?? [];
  return destinations.filter(({ kind }) => takes(kind)).map(({ id }) => id);
}
