/** Every problem of a migration that can be expected; its sentences are the message of the error. */
const MIGRATION_PROBLEMS = [
  "unreachable",
  "refused",
  "no_rights",
  "too_old",
  "newer_database",
  "edited",
  "failed_earlier",
  "failed",
] as const;
type MigrationProblem = (typeof MIGRATION_PROBLEMS)[number];

/** What kept the database from being migrated, in sentences for the person who can do something about it. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly problem: MigrationProblem;

  constructor(problem: MigrationProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
