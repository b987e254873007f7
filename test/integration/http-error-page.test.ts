import { expect } from "vitest";
import { acknowledgeAlert } from "../../src/app/acknowledge.js";
import { addSilence } from "../../src/app/silence.js";
import { FROM_API } from "../../src/domain/audit.js";
import { AlertPast, NOON } from "../support/alert-past.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { createTestClock } from "../support/test-clock.js";
import { MINUTE } from "../support/watch.js";

databaseTest(
  "the page of an error shows who looks after its alert and what hides it, as long as it does",
  async ({ db }) => {
    const past = await AlertPast.open(db);
    const { id, errorId } = await past.alert();
    const clock = createTestClock(NOON);
    const server = await startHttp({ db, clock });
    const words = async () =>
      (await ask(server, `/errors/${errorId}`)).text
        .replace(/<[^>]*>/g, "")
        .replaceAll("&#39;", "'")
        .replace(/\s+/g, " ");
    expect(await words()).not.toMatch(/looks after it|hides it/);
    const request = { alert: id, author: "ada (Slack)", note: "", untilAt: null, origin: FROM_API };
    await acknowledgeAlert({ db, clock }, request);
    const silence = {
      matchers: [{ label: "integration", operator: "=", value: "VirusTotal", pattern: null }],
      startsAt: NOON,
      endsAt: new Date(NOON.getTime() + 60 * MINUTE),
      author: "<b>ben</b>",
      reason: "A new key",
      endsWhen: { unmatchedPolls: null, countDoubles: true, httpStatusChanges: false, textChanges: false },
    } as const;
    await addSilence({ db, clock }, silence, FROM_API);
    expect(await words()).toContain("ada (Slack) looks after it until it is resolved.");
    expect(await words()).toContain(
      "Silence 1 of &lt;b&gt;ben&lt;/b&gt; hides it until 2026-03-01 13:00:00 UTC (in 1 h) or sooner. A new key",
    );
    clock.advance(60 * MINUTE);
    expect(await words()).not.toContain("hides it");
  },
);
