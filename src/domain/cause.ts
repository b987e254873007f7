/** What lies behind an error, as far as its status, codes and text tell. */
export const CAUSES = [
  "credential",
  "quota",
  "network",
  "tls",
  "timeout",
  "vendor",
  "config",
  "data",
  "bug",
  "other",
] as const;
export type Cause = (typeof CAUSES)[number];
