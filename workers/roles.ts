/** What a process can do; several processes may share the work, and each do some of it. */
export const ROLES = ["poll", "diff", "notify", "digest", "sweep", "http"] as const;
export type Role = (typeof ROLES)[number];
