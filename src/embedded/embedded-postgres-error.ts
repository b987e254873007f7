export type EmbeddedPostgresReason =
  | "major-version"
  | "in-use"
  | "no-binaries"
  | "not-writable"
  | "disk-full"
  | "failed-to-start";

/** An expected failure of the embedded Postgres. The message is whole sentences for people and says what to do. */
export class EmbeddedPostgresError extends Error {
  readonly reason: EmbeddedPostgresReason;

  constructor(reason: EmbeddedPostgresReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
    this.reason = reason;
  }
}

/** The system's code of an error (`ENOENT`, or an SQLSTATE such as `28P01`), null when it has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** Turns what a file system can be expected to refuse into an EmbeddedPostgresError; every other error comes back as it was. */
export function expectedFileError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof EmbeddedPostgresError) return error;
  const path = "path" in error && typeof error.path === "string" ? error.path : dataDir;
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFullError(dataDir, error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
    case "EEXIST": // a file where a directory should be
      return new EmbeddedPostgresError(
        "not-writable",
        `The embedded database cannot use ${path} (${error.message}). Run polarwatch as the user who owns ${dataDir}, ` +
          "choose another directory with POLARWATCH_DATA_DIR, or set DATABASE_URL to a Postgres server of your own.",
        { cause: error },
      );
    default:
      return error;
  }
}

/** The error for a disk without room, whoever noticed it. */
export function diskFullError(dataDir: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    "disk-full",
    `The embedded database in ${dataDir} has no room left on its disk. Free some space and start again, ` +
      "or choose a directory on another disk with POLARWATCH_DATA_DIR.",
    { cause },
  );
}
