import { userInfo } from "node:os";

/** Who does this: whom the option names, else whom the system takes them for, else null, as for an id without an account. */
export function personOf(author: string | null): string | null {
  return author ?? systemUser();
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
