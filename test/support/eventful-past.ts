import { createApiToken } from "../../src/app/api-token.js";
import { addSilence } from "../../src/app/silence.js";
import { TOKEN_BYTES } from "../../src/domain/api-token.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { parseMatcher } from "../../src/domain/matcher.js";
import type { Database } from "../../src/store/prisma.js";
import { aPlan, digestNow } from "./digest-watch.js";
import { QUOTA } from "./past.js";
import { aFailure, anError, aRead, someErrors, Watch } from "./watch.js";

const DAY_MS = 86_400_000;
const CERTIFICATE = anError({ polarityId: "e5", title: null, shortText: "The certificate has expired" });
const REJECTED = { kind: "failed", reason: "rejected", retryable: false, retryAfterMs: null, detail: "No" } as const;

/**
 * A first look at the end of February; on March 1 at noon, six minutes in which something of each kind happens: errors
 * that are new, grow, change their words and go; alerts that are told, hidden by a silence, or cannot be delivered; a
 * failed poll; and a digest. At the end the quota error has an alert that fires.
 */
export async function anEventfulPast(db: Database): Promise<Watch> {
  const watch = await Watch.open(db);
  const noon = watch.clock();
  watch.clock.set(new Date(noon.getTime() - DAY_MS));
  await watch.minute(aRead(someErrors()));
  watch.clock.set(noon);
  watch.plans = [aPlan({ schedule: "*/5 * * * *" })];
  await digestNow(watch);
  await watch.minute(aRead(someErrors()));
  await silence(watch, `cause="tls"`);
  await watch.minute(aRead([...someErrors(), QUOTA, CERTIFICATE]));
  watch.notifier.next = { ...REJECTED, exchange: { requestDigest: null, replyCode: 400 } };
  await watch.minute(
    aRead([...someErrors(), { ...QUOTA, occurrences: 1900, lastOccurredAt: watch.clock() }, CERTIFICATE]),
  );
  watch.notifier.next = {
    kind: "delivered",
    providerMessageId: "m1",
    exchange: { requestDigest: "d", replyCode: 200 },
  };
  await watch.minute(aFailure("timeout"));
  const [, ...left] = someErrors();
  const reworded = {
    ...QUOTA,
    occurrences: 1950,
    lastOccurredAt: watch.clock(),
    shortText: "Quota of 200% used_up today",
  };
  await watch.minute(aRead([...left, reworded], [{ status: "stopped" }]));
  await digestNow(watch);
  await watch.minute(aRead([...left, reworded], [{ status: "stopped" }]));
  const token = { name: "grafana", role: "viewer", expiresInMs: null, author: "mia" } as const;
  await createApiToken(watch, token, Buffer.alloc(TOKEN_BYTES, 1));
  return watch;
}

async function silence({ db, clock }: Watch, text: string): Promise<void> {
  const matcher = parseMatcher(text);
  if ("problem" in matcher) throw new Error(matcher.problem);
  const [startsAt, endsAt] = [clock(), new Date(clock().getTime() + 7 * DAY_MS)];
  const endsWhen = { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false };
  const asked = { matchers: [matcher], startsAt, endsAt, author: "ben", reason: "Known", endsWhen };
  const added = await addSilence({ db, clock }, asked, FROM_COMMAND_LINE);
  if (added.kind === "refused") throw new Error(JSON.stringify(added.problems));
}
