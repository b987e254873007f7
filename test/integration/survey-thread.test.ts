import { describe, expect, onTestFinished, test } from "vitest";
import { pollServer } from "../../src/app/poll.js";
import { surveyOf } from "../../src/app/snapshot-content.js";
import { type Ending, SurveyLostError } from "../../src/domain/survey.js";
import { failedRead } from "../../src/polarity/failure.js";
import { createSurveyThread, type SurveyThread } from "../../src/polarity/survey-thread.js";
import type { Material } from "../../src/polarity/surveyor.js";
import { createSurveys, type ErrorsSurvey } from "../../src/polarity/surveys.js";
import { databaseTest } from "../support/database.js";
import { aRead, PROD, someErrors, Watch } from "../support/watch.js";

const ENTRY = new URL("../../dist/src/polarity/survey-thread-entry.js", import.meta.url);
const never = () => new AbortController().signal;

function aThread(options: Parameters<typeof createSurveyThread>[0] = {}): SurveyThread {
  const thread = createSurveyThread({ entry: ENTRY, ...options });
  onTestFinished(() => thread.close());
  return thread;
}

function aMaterial(count: number, spec: Partial<Material> = {}): Material {
  const data = Array.from({ length: count }, (_, index) => ({
    id: `e${index}`,
    attributes: { detail: `Request ${index} failed`, count: index, "last-occurred": "2025-01-08T15:00:00Z" },
    relationships: { integration: { data: { id: "vt" } } },
  }));
  return {
    subject: "lab",
    bodies: [Buffer.from(JSON.stringify({ data }))],
    isWhole: false,
    httpStatus: 200,
    configured: {},
    known: { digest: null, names: null },
    digest: "d1",
    integrationsDigest: "i1",
    ...spec,
  };
}

/** Everything that a survey says. */
async function told(survey: ErrorsSurvey) {
  const { names, errors, comparison } = survey;
  const differing = await survey.differing();
  const wordings = await survey.wordings(differing.map(({ at }) => at));
  const unlisted = await survey.countUnlisted(["e1", "elsewhere"]);
  return { names, errors, comparison, differing, wordings, unlisted };
}

function surveyed(result: { kind: string }): ErrorsSurvey {
  if (result.kind !== "surveyed") throw new Error(JSON.stringify(result));
  return result as ErrorsSurvey;
}

describe("a survey on the thread", () => {
  test("says what it says without one, of a list and of the one after it", async () => {
    const both = [createSurveys(aThread(), 0), createSurveys(aThread(), Number.POSITIVE_INFINITY)];
    const all = [];
    for (const surveys of both) {
      const first = surveyed(await surveys.survey(aMaterial(9000), never()));
      const before = await told(first);
      const at = Int32Array.from({ length: before.errors }, (_, index) => index);
      first.release({ kind: "stored", at, ids: BigInt64Array.from(at, BigInt) });
      const known = { digest: "d1", names: before.names };
      const second = surveyed(await surveys.survey(aMaterial(9001, { known, digest: "d2" }), never()));
      all.push([before, await told(second)]);
    }
    expect(all[0]).toEqual(all[1]);
    expect(all[0]?.[1]).toMatchObject({ errors: 9001, differing: [{ at: 9000 }], unlisted: 1 });
  });

  test("gives the bodies back where it cannot go on alone", async () => {
    const body = Buffer.from('{"data":[{"id":"1"}]}');
    const result = await createSurveys(aThread(), 0).survey(aMaterial(0, { bodies: [Buffer.from(body)] }), never());
    expect(result).toEqual({ kind: "odd", bodies: [body] });
  });

  test("that runs out of memory is lost with a reason, and the next one has a thread of its own", async () => {
    const thread = aThread({ resourceLimits: { maxOldGenerationSizeMb: 12, maxYoungGenerationSizeMb: 2 } });
    const surveys = createSurveys(thread, 0);
    const lost = await surveys.survey(aMaterial(120_000), never()).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(SurveyLostError);
    expect(lost).toMatchObject({
      failure: { kind: "failed", reason: "too-large", detail: expect.stringContaining("not enough memory") },
    });
    expect(surveyed(await surveys.survey(aMaterial(10), never())).errors).toBe(10);
  });

  test("ends when it is aborted, with the reason of that", async () => {
    const surveys = createSurveys(aThread(), 0);
    const aborter = new AbortController();
    const surveying = surveys.survey(aMaterial(20_000), aborter.signal);
    aborter.abort(new Error("stopping"));
    await expect(surveying).rejects.toThrow("stopping");
    expect(surveyed(await surveys.survey(aMaterial(10), never())).errors).toBe(10);
  });

  test("ends when the thread is closed, and none begins afterwards", async () => {
    const thread = aThread();
    const surveys = createSurveys(thread, 0);
    const surveying = surveys.survey(aMaterial(20_000), never()).catch((error: unknown) => error);
    await thread.close();
    expect(await surveying).toBeInstanceOf(SurveyLostError);
    await expect(surveys.survey(aMaterial(10), never())).rejects.toThrow(SurveyLostError);
  });
});

databaseTest("a poll whose survey is lost while it is stored is a failed poll, and stores nothing", async ({ db }) => {
  const watch = await Watch.open(db);
  const released: Ending[] = [];
  const lost = () => Promise.reject(new SurveyLostError(failedRead("too-large", "The thread ended")));
  const survey = {
    ...surveyOf(aRead(someErrors())),
    wordings: lost,
    release: (ending: Ending) => void released.push(ending),
  };
  const polled = { id: PROD, read: async () => survey };
  expect(await pollServer(watch.pollDeps, polled, { kind: "unscheduled" }, never())).toMatchObject({
    outcome: "failed",
    reason: "too-large",
    detail: "The thread ended",
  });
  expect(await db.snapshot.count()).toBe(0);
  expect(await db.error.count()).toBe(0);
  expect(released).toEqual([{ kind: "distrusted" }]);
});
