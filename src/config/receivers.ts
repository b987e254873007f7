import type { DestinationConfig, ReceiverConfig } from "./config.js";
import {
  DESTINATION_KIND_NAMES,
  DESTINATION_KINDS,
  type DestinationEntries,
  type DestinationKindName,
  type DestinationSettings,
  keyOf,
} from "./destination-kinds.js";
import type { ReceiverContent } from "./file-schema.js";

/** The same table, typed so that what one kind makes of an entry belongs to that kind. */
const KINDS: {
  readonly [Kind in DestinationKindName]: {
    destinationsOf(
      entry: DestinationEntries[Kind],
      number: number,
    ): readonly { label: string; settings: DestinationSettings[Kind] }[];
  };
} = DESTINATION_KINDS;

/** One receiver from checked content. Its destinations keep their order within a kind, and their ids between starts. */
export function receiverConfigOf(content: ReceiverContent): ReceiverConfig {
  const { name } = content;
  const taken = new Set<string>();
  const idOf = (label: string) => {
    let unique = `${name}/${label}`;
    for (let count = 2; taken.has(unique); count++) unique = `${name}/${label}~${count}`;
    taken.add(unique);
    return unique;
  };
  const destinations = DESTINATION_KIND_NAMES.flatMap((kind) => destinationsOf(kind, content, idOf));
  return { name, destinations, fallback: content.fallback ?? null };
}

function destinationsOf<Kind extends DestinationKindName>(
  kind: Kind,
  content: ReceiverContent,
  idOf: (label: string) => string,
): DestinationConfig<Kind>[] {
  const list: unknown = content[keyOf(kind)] ?? [];
  // The compiler does not follow a key that is put together, but the schema that has checked it is put together just so.
  const entries = list as readonly DestinationEntries[Kind][];
  const { destinationsOf: split } = KINDS[kind];
  // A mailbox that two entries name is one all the same, or it would get everything twice.
  const distinct = new Map(
    entries
      .flatMap((entry, index) => split(entry, index + 1))
      .reverse()
      .map((one) => [identityOf(one), one]),
  );
  return [...distinct.values()].reverse().map(({ label, settings }) => ({
    id: idOf(label === "" ? kind : `${kind}:${label}`),
    kind,
    settings,
  }));
}

/** Where notifications go when nobody said where: a first run shows something. */
export function consoleReceiver(name: string): ReceiverConfig {
  return receiverConfigOf({ name, console_configs: [{}] });
}

/** What makes two the same destination: the case of what names it does not matter, that of everything else does. */
function identityOf({ label, settings }: { label: string; settings: object }): string {
  const rest = JSON.stringify(settings, (_key, value: unknown) => (value === label ? null : value));
  return JSON.stringify([label.toLowerCase(), rest]);
}
