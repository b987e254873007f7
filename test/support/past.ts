import type { ErrorRead } from "../../src/domain/snapshot.js";
import type { Database } from "../../src/store/prisma.js";
import { aFailure, anError, aRead, someErrors, Watch } from "./watch.js";

/** A quota problem that is not there at first. */
export const QUOTA: ErrorRead = anError({
  polarityId: "e4",
  title: null,
  shortText: "Quota of 100% used_up today",
  httpStatus: 429,
  occurrences: 3,
  meta: { retryAfter: 60 },
});

/** A baseline of three errors, then a fourth that fires and is told, then one failed poll. */
export async function watchedFor3Minutes(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  await watch.minute(aRead(someErrors()));
  await watch.minute(aRead([...someErrors(), QUOTA]));
  await watch.minute(aFailure("timeout"));
  return watch;
}

/** Unlike errors, of which some have no total and no time, and many the same. */
export function patchyErrors(count: number): ErrorRead[] {
  return Array.from({ length: count }, (_, index) =>
    anError({
      polarityId: `p${index}`,
      title: null,
      shortText: `Unlike problem ${String.fromCharCode(97 + index).repeat(5)}`,
      occurrences: index % 3 === 0 ? null : index % 4,
      lastOccurredAt: index % 4 === 0 ? null : new Date(Date.UTC(2026, 1, 1 + (index % 3))),
    }),
  );
}
