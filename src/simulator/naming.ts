/** The naming sets that an error's attributes can be spoken in; `detail` has another meaning in each. */
export const NAMINGS = ["A", "B"] as const;
export type Naming = (typeof NAMINGS)[number];
/** `kebab` is each set as it is documented, with its exceptions; the others spell every name alike. */
export const SPELLINGS = ["kebab", "camel", "snake"] as const;
export type Spelling = (typeof SPELLINGS)[number];

type Slot =
  | "shortText"
  | "title"
  | "longText"
  | "occurrences"
  | "integrationId"
  | "meta"
  | "extra"
  | "lastOccurredAt"
  | "httpStatus";
/** What each attribute of an error is called. */
export type ErrorNames = Readonly<Record<Slot, string>>;

const SETS: Readonly<Record<Naming, ErrorNames>> = {
  A: {
    shortText: "detail",
    title: "title",
    longText: "description",
    occurrences: "count",
    integrationId: "integration-id",
    meta: "meta",
    extra: "source",
    lastOccurredAt: "last-occurred",
    httpStatus: "status",
  },
  B: {
    shortText: "error",
    title: "title",
    longText: "detail",
    occurrences: "error-count",
    integrationId: "integrationId",
    meta: "meta",
    extra: "request-options",
    lastOccurredAt: "last-error-date",
    httpStatus: "status-code",
  },
};

/** `integration-id` as `integrationId` or `integration_id`; `kebab` leaves a name as it is. */
export function spell(name: string, spelling: Spelling): string {
  const words = name.split(/-|(?=[A-Z])/).map((word) => word.toLowerCase());
  switch (spelling) {
    case "kebab":
      return name;
    case "camel":
      return words.map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
    case "snake":
      return words.join("_");
    default:
      throw new Error(`Unknown spelling: ${JSON.stringify(spelling satisfies never)}`);
  }
}

/** The names of a set, spelled. */
export function errorNamesOf(naming: Naming, spelling: Spelling): ErrorNames {
  const set = SETS[naming];
  return {
    shortText: spell(set.shortText, spelling),
    title: spell(set.title, spelling),
    longText: spell(set.longText, spelling),
    occurrences: spell(set.occurrences, spelling),
    integrationId: spell(set.integrationId, spelling),
    meta: spell(set.meta, spelling),
    extra: spell(set.extra, spelling),
    lastOccurredAt: spell(set.lastOccurredAt, spelling),
    httpStatus: spell(set.httpStatus, spelling),
  };
}
