import { expect, onTestFinished } from "vitest";
import { addsUp } from "../../src/domain/ledger.js";
import { createSlackNotifier } from "../../src/notify/slack/notifier.js";
import { findLedgerProblems, findLedgerTotals } from "../../src/store/ledger.js";
import { databaseTest } from "../support/database.js";
import { startFakeSlack } from "../support/fake-slack.js";
import { anError, aRead, MINUTE, someErrors, Watch } from "../support/watch.js";

const SECOND = 1000;
const INTEGRATIONS = 135;
const ERRORS = 5000;
const ALWAYS = { from: null, to: null };

const integrations = Array.from({ length: INTEGRATIONS }, (_, index) => ({
  polarityId: `i${index}`,
  name: `Integration ${index}`,
  acronym: `I${index}`,
  errorIds: [],
}));
const STATUSES = [401, 429, 500, 503, 404];
const WORDS = ["lookup", "search", "details", "comments", "tags", "owner", "history", "related"];

function storm() {
  return Array.from({ length: ERRORS }, (_, index) =>
    anError({
      polarityId: `n${index}`,
      integrationPolarityId: `i${index % INTEGRATIONS}`,
      title: null,
      shortText: `The ${WORDS[index % 8]} of the ${WORDS[Math.floor(index / 8) % 8]} ${WORDS[Math.floor(index / 64) % 8]} failed`,
      httpStatus: STATUSES[index % 5] ?? 500,
      occurrences: 1 + (index % 97),
    }),
  );
}

databaseTest(
  "5,000 errors in one poll are 25 calls of Slack at most in the first minute, and none is lost",
  async ({ db }) => {
    const watch = await Watch.open(db);
    const slack = await startFakeSlack({ now: watch.clock, ratePerSecond: 1 });
    onTestFinished(() => slack.close());
    const standing = someErrors().map((error) => ({ ...error, integrationPolarityId: "i0" }));
    await watch.minute(aRead(standing, integrations));
    watch.sender = createSlackNotifier(
      { bot_token: slack.token, channel: slack.channel.id, api_url: slack.apiUrl },
      { clock: watch.clock },
    );
    watch.clock.advance(MINUTE);
    await watch.poll(aRead([...standing, ...storm()], integrations));
    await watch.diffAll();
    for (let second = 0; second <= 60; second += 1) {
      await watch.deliverAll();
      watch.clock.advance(SECOND);
    }
    expect(slack.calls().length).toBeGreaterThan(1);
    expect(slack.calls().length).toBeLessThanOrEqual(25);
    expect(slack.rateLimited()).toBe(0);

    const totals = await findLedgerTotals(db, ALWAYS);
    expect(totals.pairs).toBeGreaterThanOrEqual(ERRORS);
    expect(addsUp(totals)).toBe(true);
    expect(totals.outcomes.owed).toBe(0);
    expect(await findLedgerProblems(db, ALWAYS, watch.clock(), 10)).toEqual([]);
    const [told] = await db.$queryRaw<{ errors: bigint }[]>`
    SELECT count(DISTINCT a.error_id) AS errors FROM alert AS a JOIN transition AS t ON t.alert_id = a.id
     WHERE cardinality(t.owed_to) > 0`;
    expect(Number(told?.errors)).toBe(ERRORS);
    await watch.sender.close();
  },
);
