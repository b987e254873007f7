import type { Links } from "./notification.js";

/** The addresses below the public one; none while that is not known. */
export function linksTo(publicUrl: string | null): Links {
  if (publicUrl === null) return { all: () => null, server: () => null, error: () => null };
  return {
    all: () => `${publicUrl}/`,
    server: (serverId) => `${publicUrl}/servers/${encodeURIComponent(serverId)}`,
    error: (errorId) => `${publicUrl}/errors/${encodeURIComponent(errorId)}`,
  };
}
