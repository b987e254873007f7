import type * as z from "zod";

/** How much of a setting people may see: an address without its user, password and query, only where it leads, or nothing. */
export type Shown = "all" | "address" | "origin" | "nothing";

export type SettingTerms = {
  /** What is not shown whole is a secret: it can be given as `<key>_file` too, and is never quoted. */
  shown: Shown;
  /** What it has to be, as `must be ...` says it; of a list, what the whole and what each item has to be. */
  expected?: string;
  expectedItem?: string;
};

/** One destination of an entry of the configuration. Its label holds no secret and is the same after a restart. */
export type LabelledSettings<Settings> = { label: string; settings: Settings };

/** All that the configuration knows about one kind of destination: nothing about it stands anywhere else. */
export type DestinationKind<Schema extends z.ZodObject, Settings = z.infer<Schema>> = {
  /** One entry of the list `<kind>_configs`, strict, each key with its description. */
  schema: Schema;
  /** What the entries of that list are: `Slack channels.` */
  meaning: string;
  /** What one entry says, and one destination of it. */
  settings: { readonly [Key in keyof z.infer<Schema>]-?: SettingTerms };
  /**
   * The destinations that one entry stands for, at least one; a channel or a mailbox is one, since each is told or fails
   * by itself. `number`: the place of the entry among those of its receiver, from 1.
   */
  destinationsOf(settings: z.infer<Schema>, number: number): readonly LabelledSettings<Settings>[];
  /** True where nobody reads reports, as where each message wakes somebody. Left out: it gets digests too. */
  withoutDigests?: true;
  /** What does not go together in an entry as it was written, its variables filled in. Left out: everything does. */
  problemsOf?(given: Readonly<Record<string, unknown>>): readonly { key: string; message: string }[];
};

/** The same kind; that its parts belong together is checked where it is written. */
export function destinationKind<Schema extends z.ZodObject, Settings>(
  kind: DestinationKind<Schema, Settings>,
): DestinationKind<Schema, Settings> {
  return kind;
}
