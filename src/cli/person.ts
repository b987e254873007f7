import { userInfo } from "node:os";

/** Who does this: whom the option names, else whom the system takes them for, else null, as for an id without an account. */
export function personOf(author: string | null): string | null {
  return author ?? systemUser();
}

/** The same where the work must not depend on a name, as in a container whose user has no account: then that user's number. */
export function personOrNumberOf(author: string | null): string {
  return personOf(author) ?? `uid ${process.getuid?.() ?? "unknown"}`;
}

export const NOBODY = "--author is needed: this system has no name for you";

function systemUser(): string | null {
  try {
    return userInfo().username || null;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null; // that of the look into the accounts
    throw error;
  }
}
