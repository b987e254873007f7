import type { CompleteRead, ErrorRead, IntegrationRead, ServerRead } from "../../src/domain/snapshot.js";
import { seededRandom } from "./seeded-random.js";
import { aFailure, anError, aRead, MINUTE, type Watch } from "./watch.js";

/** What a server said at a good poll, and when that was. */
export type Said = { takenAt: Date; read: CompleteRead };

const PROBLEMS = ["Invalid API key", "Connection refused", "Rate limit reached", "No such host", "Out of memory"];
const WORDS = ["once", "again", "for good"];
const STATUSES = ["running", "running", "stopped", "error"];

type Mind = { error: ErrorRead; listed: boolean };
type Random = { below: (limit: number) => number; chance: (share: number) => boolean };

/**
 * Polls and diffs a server on which anything may happen between two polls: errors come, go, come back, grow, start anew,
 * say something else, get other ids; integrations stop, start, vanish, are renamed; reads fail. Gives what good polls saw.
 */
export async function watchAtRandom(watch: Watch, seed: number, polls: number): Promise<Said[]> {
  const next = seededRandom(seed);
  const random: Random = { below: (limit) => Math.floor(next() * limit), chance: (share) => next() < share };
  const minds = ["vt", "sh"].flatMap((integration) =>
    PROBLEMS.map((shortText, index) => ({
      error: anError({
        polarityId: `${integration}-${index}`,
        integrationPolarityId: integration,
        title: null,
        shortText,
        occurrences: index === 4 ? null : 10,
        lastOccurredAt: index === 3 ? null : watch.clock(),
      }),
      listed: random.chance(0.7),
    })),
  );
  const integrations: (Partial<IntegrationRead> & { listed: boolean })[] = [
    { polarityId: "vt", name: "VirusTotal", acronym: "VT", listed: true },
    { polarityId: "sh", name: "Shodan", acronym: "SH", listed: true },
  ];
  const said: Said[] = [];
  for (let poll = 0; poll < polls; poll += 1) {
    watch.clock.advance(MINUTE * (random.chance(0.1) ? 1 + random.below(20) : 1));
    const read = answer(minds, integrations, random);
    const summary = await watch.poll(read);
    if (read.kind === "complete" && summary.outcome === "complete") said.push({ takenAt: watch.clock(), read });
    await watch.diffAll();
    for (const mind of minds) happen(mind, watch.clock(), random);
    for (const one of integrations) happenToIntegration(one, random);
    if (random.chance(0.05)) restart(minds, poll);
  }
  return said;
}

function answer(
  minds: readonly Mind[],
  integrations: readonly (Partial<IntegrationRead> & { listed: boolean })[],
  random: Random,
): ServerRead {
  if (random.chance(0.08)) return aFailure("timeout");
  const errors = minds.filter(({ listed }) => listed).map(({ error }) => error);
  const listed = integrations.filter((one) => one.listed).map(({ listed: _, ...one }) => ({ ...one, errorIds: [] }));
  const read = aRead(errors, listed);
  return errors.length > 0 && random.chance(0.05) ? { ...read, errors: [...errors, ...errors.slice(0, 1)] } : read;
}

function happen(mind: Mind, now: Date, random: Random): void {
  if (random.chance(0.12)) mind.listed = !mind.listed;
  mind.error = { ...mind.error, ...fateOf(mind.error, now, random) };
}

function fateOf({ occurrences, polarityId }: ErrorRead, now: Date, random: Random): Partial<ErrorRead> {
  const fate = random.below(100);
  if (fate < 20 && occurrences !== null) return { occurrences: occurrences + 1 + random.below(9), lastOccurredAt: now };
  if (fate < 25) return { occurrences: random.below(3) };
  if (fate < 30) return { longText: WORDS[random.below(3)] ?? null };
  if (fate < 35) return { httpStatus: [null, 401, 429][random.below(3)] ?? null, meta: { tries: random.below(2) } };
  if (fate < 40) return { lastOccurredAt: random.chance(0.2) ? null : now };
  if (fate < 44) return { polarityId: `${polarityId.split("/")[0]}/${random.below(3)}` };
  return {};
}

function happenToIntegration(one: Partial<IntegrationRead> & { listed: boolean }, random: Random): void {
  if (random.chance(0.06)) one.listed = !one.listed;
  if (random.chance(0.08)) one.status = STATUSES[random.below(4)] ?? "running";
  if (random.chance(0.04)) one.name = `${one.acronym} ${random.below(3)}`;
}

/** All errors get other ids and count from nothing again. */
function restart(minds: readonly Mind[], poll: number): void {
  for (const mind of minds) {
    const base = mind.error.polarityId.split("/")[0];
    mind.error = {
      ...mind.error,
      polarityId: `${base}/r${poll}`,
      occurrences: mind.error.occurrences === null ? null : 1,
    };
  }
}
