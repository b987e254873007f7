import { expect } from "vitest";
import { noMeter } from "../../src/app/meter.js";
import { Places } from "../../src/lib/places.js";
import { NO_TRACES } from "../../src/queue/traces.js";
import { diffWorker } from "../../workers/diff.js";
import { notifyWorker } from "../../workers/notify.js";
import { pollWorker } from "../../workers/poll.js";
import { databaseTest } from "../support/database.js";
import { createRecordingLog } from "../support/recording-log.js";
import { anError, aRead, MINUTE, ONCALL, PROD, someErrors, Watch } from "../support/watch.js";

/** Guards against a message of which nobody can tell from which poll it came. */
databaseTest(
  "the id of a poll is in its own line, in that of its diff and in those of what it owed",
  async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(someErrors()));
    watch.clock.advance(MINUTE);
    const { log, lines } = createRecordingLog();
    const read = async () => aRead([...someErrors(), anError({ polarityId: "new" })]);
    const signal = new AbortController().signal;
    const handBack = () => {};
    const deps = { log, meter: noMeter, notes: NO_TRACES.notes };
    const places = new Places(1, 1000);
    const poll = pollWorker({ ...watch.pollDeps, ...deps, places }, (id) => ({ id, intervalMs: MINUTE, read }));
    await poll({ server: PROD }, signal, handBack);
    await diffWorker({ ...watch.diffDeps, ...deps })({ server: PROD }, signal, handBack);
    watch.notifier.next = {
      kind: "failed",
      reason: "unavailable",
      retryable: true,
      retryAfterMs: null,
      detail: "Away",
    };
    const notify = notifyWorker({ ...watch.deliverDeps, ...deps, patienceMs: 1000 });
    await notify({ destination: ONCALL }, signal, handBack);
    watch.notifier.next = { kind: "delivered", providerMessageId: null };
    watch.clock.advance(MINUTE);
    await notify({ destination: ONCALL }, signal, handBack);

    const [polled] = await db.$queryRaw<{ id: bigint }[]>`SELECT max(id) AS id FROM poll`;
    const pollId = String(polled?.id);
    expect(lines.map((line) => [line.msg, line.poll, line.result ?? line.outcome ?? line.mode])).toEqual([
      ["Poll finished", pollId, "complete"],
      ["Diff finished", pollId, "normal"],
      ["Delivery handled", pollId, "postponed"],
      ["Delivery handled", pollId, "delivered"],
    ]);
    expect(lines[3]?.delivery).toBe(lines[2]?.delivery);
  },
);
