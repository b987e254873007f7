import { expect } from "vitest";
import { acknowledgeAlert } from "../../src/app/acknowledge.js";
import { addSilence } from "../../src/app/silence.js";
import { FROM_COMMAND_LINE } from "../../src/domain/audit.js";
import { databaseTest } from "../support/database.js";
import { type Deed, playThirtyDays } from "../support/thirty-days.js";
import { textOf, timeOf } from "../support/thirty-days-time.js";
import type { Watch } from "../support/watch.js";

/** Somebody takes on the alert that fires about an integration. */
function acknowledged(at: string, integration: string): Deed {
  const act = async ({ db, clock }: Watch) => {
    const alert = await db.alert.findFirst({ where: { state: "firing", integration: { name: integration } } });
    if (alert === null) return `Ana finds nothing to acknowledge of ${integration}`;
    const request = { alert: String(alert.id), author: "Ana", note: "", untilAt: null, origin: FROM_COMMAND_LINE };
    const { kind } = await acknowledgeAlert({ db, clock }, request);
    return `Ana acknowledges ${integration}: ${kind}`;
  };
  return { at, act };
}

/** Somebody silences an integration for its maintenance. */
function silenced(at: string, endsAt: string, integration: string): Deed {
  const act = async ({ db, clock }: Watch) => {
    const silence = {
      matchers: [{ label: "integration", operator: "=", value: integration, pattern: null }],
      startsAt: clock(),
      endsAt: new Date(timeOf(endsAt)),
      author: "Ana",
      reason: "Maintenance",
      endsWhen: { unmatchedPolls: null, countDoubles: false, httpStatusChanges: false, textChanges: false },
    } as const;
    const { kind } = await addSilence({ db, clock }, silence, FROM_COMMAND_LINE);
    return `Ana silences ${integration}: ${kind}`;
  };
  return { at, act };
}

const DEEDS = [
  acknowledged("03-12 09:00", "Jira"),
  acknowledged("03-16 09:00", "Jira"),
  silenced("03-16 19:50", "03-16 23:00", "Okta"),
  acknowledged("03-29 09:00", "Jira"),
];

const TOLD = [
  // The first look is told as one summary.
  "03-02 00:00:00 oncall/console BASELINE prod: 10 errors present",
  // The nightly failure is news as long as fewer than four of the last seven nights had it. From 03-06 on it is a habit.
  "03-02 03:15:30 oncall/console GROWING Splunk: The search job was cancelled",
  "03-02 04:00:30 oncall/console RESOLVED Splunk: The search job was cancelled",
  "03-03 04:00:30 oncall/console GROWING Splunk: The search job was cancelled",
  "03-03 06:00:30 oncall/console RESOLVED Splunk: The search job was cancelled",
  "03-04 04:00:30 oncall/console GROWING Splunk: The search job was cancelled",
  "03-04 06:00:30 oncall/console RESOLVED Splunk: The search job was cancelled",
  // The key expired: critical, and told without any wait.
  "03-04 10:15:00 oncall/console NEW Shodan: Invalid API key",
  // Nobody acknowledged it within four hours.
  "03-04 14:16:00 oncall/console STILL FIRING Shodan: Invalid API key [NEW]",
  // The key was replaced at 15:30, and half an hour of quiet proved it.
  "03-04 16:00:00 oncall/console RESOLVED Shodan: Invalid API key",
  // The last night that is no habit yet.
  "03-05 04:00:30 oncall/console GROWING Splunk: The search job was cancelled",
  "03-05 06:00:30 oncall/console RESOLVED Splunk: The search job was cancelled",
  // Stopped at the third poll in a row; seen running at noon, and for half an hour after that.
  "03-07 09:30:30 oncall/console NOT RUNNING MISP: The integration is not running (stopped)",
  "03-07 12:30:30 oncall/console RESOLVED MISP: The integration is not running (stopped)",
  // Nothing on 03-09: the server restarted with new ids and lower counts, and its integrations took one poll to start.
  // The ramp, which makes no step, is over its usual by a long window on the tenth day.
  "03-11 16:00:30 oncall/console GROWING Jira: The search was refused",
  // Told again after four hours and after eight more, until somebody acknowledges it.
  "03-11 20:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-12 04:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-12 09:00:00 Ana acknowledges Jira: acknowledged",
  // The third poll in a row that failed, at once; an hour after the first one it can be read again.
  "03-12 14:30:00 oncall/console UNREADABLE prod: it does not answer in time",
  "03-12 15:00:00 oncall/console RECOVERED prod: can be read again",
  // This began while nobody could see it.
  "03-12 15:00:30 oncall/console NEW Zscaler: The lookup returned no category",
  "03-12 16:30:30 oncall/console RESOLVED Zscaler: The lookup returned no category",
  // From 50 to 500 an hour, told by the first poll that sees it.
  "03-13 08:15:30 oncall/console GROWING Censys: The query could not be parsed",
  // Nobody acknowledges it, and the pause grows: 4 h, 8 h, 16 h, then 24 h each, found by the next sweep.
  "03-13 14:01:00 oncall/console STILL FIRING Censys: The query could not be parsed [GROWING]",
  "03-13 22:01:00 oncall/console STILL FIRING Censys: The query could not be parsed [GROWING]",
  "03-14 14:01:00 oncall/console STILL FIRING Censys: The query could not be parsed [GROWING]",
  // 50 an hour again since eight, but the alert waits for a quarter of its three days without growth that goes on.
  "03-15 14:01:00 oncall/console STILL FIRING Censys: The query could not be parsed [GROWING]",
  // The ramp has grown tenfold since it was acknowledged, so it fires again until it is acknowledged once more.
  "03-16 04:00:30 oncall/console GROWING Jira: The search was refused",
  // Until noon of the 15th the newest six hours were above their limit too; eighteen hours later it is over, although
  // three days together are above theirs until the 18th.
  "03-16 06:00:30 oncall/console RESOLVED Censys: The query could not be parsed",
  "03-16 08:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-16 09:00:00 Ana acknowledges Jira: acknowledged",
  "03-16 19:50:00 Ana silences Okta: added",
  // The maintenance is over: what was hidden is reported, and what goes on is told after all. The other one was over.
  "03-16 23:01:00 oncall/console SILENCE ENDED Maintenance: 2 alerts hidden, 1 still firing (prod)",
  "03-16 23:01:00 oncall/console NO LONGER HIDDEN Okta: The certificate has expired [NEW]",
  // It was told, so its end is told.
  "03-17 01:00:30 oncall/console RESOLVED Okta: The certificate has expired",
  // Back after fourteen silent days.
  "03-18 12:15:30 oncall/console RETURNED AbuseIPDB: The service is temporarily unavailable",
  // Told again after four hours, by the sweep of 18:01. It last happened at 18:30, and the poll of 22:00 saw it quiet.
  "03-18 18:01:00 oncall/console STILL FIRING AbuseIPDB: The service is temporarily unavailable [RETURNED]",
  "03-18 22:00:30 oncall/console RESOLVED AbuseIPDB: The service is temporarily unavailable",
  // What comes and goes each hour is told as any other twice...
  "03-20 00:15:30 oncall/console NEW CrowdStrike: The event stream was closed",
  "03-20 00:45:30 oncall/console RESOLVED CrowdStrike: The event stream was closed",
  "03-20 01:15:30 oncall/console RETURNED CrowdStrike: The event stream was closed",
  "03-20 01:45:30 oncall/console RESOLVED CrowdStrike: The event stream was closed",
  "03-20 02:15:30 oncall/console RETURNED CrowdStrike: The event stream was closed",
  "03-20 02:45:30 oncall/console RESOLVED CrowdStrike: The event stream was closed",
  // ...then each flip doubles the wait: 1 min, 2 min, and from here on the 40 min and 60 min since the last message.
  "03-20 03:16:00 oncall/console RETURNED CrowdStrike: The event stream was closed",
  "03-20 03:47:00 oncall/console RESOLVED CrowdStrike: The event stream was closed",
  "03-20 04:27:00 oncall/console RETURNED CrowdStrike: The event stream was closed",
  "03-20 05:27:00 oncall/console RETURNED CrowdStrike: The event stream was closed",
  "03-20 06:27:00 oncall/console RETURNED CrowdStrike: The event stream was closed",
  // The last one began and ended while the message about the one before it waited.
  "03-20 07:45:00 oncall/console RESOLVED CrowdStrike: The event stream was closed",
  // polarwatch was down for eight hours, with a nightly failure and a new error in them: one summary.
  "03-23 06:00:00 oncall/console CATCH-UP prod: 1 new, 9 growing, 0 returned, 0 gone",
  // No end of the ramp's alert here: it goes on and is acknowledged, although nobody was looking for a while.
  // One message for eight errors of an outage. Two that follow are told by it.
  "03-26 16:15:30 oncall/console VENDOR-WIDE GreyNoise: 8 errors have the same cause",
  // The last of the ten happened at 18:30.
  "03-26 19:00:30 oncall/console RESOLVED GreyNoise: 8 errors have the same cause",
  // Tenfold once more, told again after 4 h, 8 h and 16 h, and acknowledged for good.
  "03-27 22:00:30 oncall/console GROWING Jira: The search was refused",
  "03-28 02:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-28 10:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-29 02:01:00 oncall/console STILL FIRING Jira: The search was refused [GROWING]",
  "03-29 09:00:00 Ana acknowledges Jira: acknowledged",
  // Not one line about the noise of VirusTotal and URLhaus.
];

/** What was owed and is told to nobody, and why. */
const UNTOLD = [
  // Both of Okta began during the maintenance; the first one ended before it did.
  "03-16 20:15:00 suppressed: Ana silenced it for another 2 h 44 min: Maintenance",
  "03-16 21:30:00 suppressed: It is over, and that it began was hidden",
  "03-16 22:15:00 suppressed: Ana silenced it for another 44 min 30 s: Maintenance",
  // The two that followed the outage, and the end of the others, whose alert goes on with the last one.
  "03-26 16:45:00 suppressed: Alert N about the whole integration tells it",
  "03-26 18:30:00 suppressed: It is over, and that it began was hidden",
];

databaseTest("thirty days are told in exactly these messages, each of which has to be there", async ({ db }) => {
  const told = await playThirtyDays(db, { deeds: DEEDS, down: ["03-22 22:05", "03-23 06:00"] });
  expect(told).toEqual(TOLD);
  const untold = await db.delivery.findMany({ where: { outcome: { not: "delivered" } }, orderBy: { id: "asc" } });
  expect(
    untold.map(({ createdAt, outcome, outcomeBecause }) =>
      `${textOf(createdAt)} ${outcome}: ${outcomeBecause}`.replace(/Alert \d+/, "Alert N"),
    ),
  ).toEqual(UNTOLD);
  expect(await db.delivery.count({ where: { outcome: null } })).toBe(0);
});
