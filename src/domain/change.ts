/** What the diff found about an error; an unchanged one is not stored. */
export const CHANGE_KINDS = ["new", "growing", "returned", "gone"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
