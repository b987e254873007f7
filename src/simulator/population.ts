import { parseExact, stringifyExact } from "./exact-json.js";
import type { Integration } from "./integrations.js";
import { drawBetween, hashOf, hex32, shuffled } from "./random.js";
import { type ErrorTexts, type Sample, textsOf } from "./samples.js";
import type { Growth } from "./scenario.js";

/** An error that may come into being. */
export type Draft = {
  readonly integrationId: string;
  readonly texts: ErrorTexts;
  readonly growth: Growth;
  /** Fit to be the first thing that somebody sees: a plain sentence about a trouble that somebody can mend. */
  readonly isEveryday: boolean;
};

export type Population = {
  /** What is there at the start. */
  readonly initial: readonly Draft[];
  /** What comes later, one after the other, without end; null when there is no integration to have errors. */
  readonly arrival: (index: number) => Draft | null;
};

/** So many samples are kept for later when a live scenario may choose how many it starts with. */
const KEPT_FOR_LATER = 24;
const EVERYDAY_CAUSES = ["credential", "quota", "network", "tls", "timeout", "vendor", "config"];

/**
 * Which errors there are: the samples first, in an order that the seed decides, then errors derived from them, with
 * other indicators in their texts and, as far as the number of integrations allows, of other integrations.
 * @param errors how many at the start; null for all samples, but for a few when `isLive`.
 */
export function populate(
  samples: readonly Sample[],
  integrations: readonly Integration[],
  { seed, errors, isLive }: { seed: number; errors: number | null; isLive: boolean },
): Population {
  const placeOf = new Map(integrations.map(({ id }, place) => [id, place]));
  const known = shuffled(
    samples.filter((sample) => placeOf.has(sample.integration.id)),
    seed,
    "samples",
  );
  const everyday = known.filter(isEveryday);
  const later = isLive ? everyday.slice(0, KEPT_FOR_LATER) : [];
  const order = [...known.filter((sample) => !later.includes(sample)), ...later];

  const derived = (sample: Sample, round: number): Draft | null => {
    const place = ((placeOf.get(sample.integration.id) ?? 0) + round) % integrations.length;
    const integration = integrations[place];
    return integration === undefined ? null : deriveDraft(sample, integration, round);
  };
  const among = (pool: readonly Sample[], index: number): Draft | null => {
    const sample = pool[index % pool.length];
    return sample === undefined ? null : derived(sample, 1 + Math.floor(index / pool.length));
  };

  const count = errors ?? order.length - later.length;
  const initial = Array.from({ length: count }, (_, index) => {
    const sample = order[index];
    return sample === undefined ? among(order, index - order.length) : draftOf(sample);
  });
  const unused = order.slice(count);
  const waiting = [...unused.filter(isEveryday), ...unused.filter((sample) => !isEveryday(sample))];
  const roundsUsed = Math.ceil(Math.max(0, count - order.length) / Math.max(1, order.length));
  return {
    initial: initial.filter((draft) => draft !== null),
    arrival: (index) => {
      const sample = waiting[index];
      if (sample !== undefined) return draftOf(sample);
      return among(everyday, index - waiting.length + roundsUsed * everyday.length);
    },
  };
}

const draftOf = (sample: Sample): Draft => ({
  integrationId: sample.integration.id,
  texts: textsOf(sample),
  growth: sample.growth,
  isEveryday: isEveryday(sample),
});

function isEveryday({ detail, cause, integration }: Sample): boolean {
  const isPlain = typeof detail === "string" && /^[A-Za-z][ -;=?-~]{14,160}$/.test(detail);
  return isPlain && /^[A-Z][A-Z-]+$/.test(integration.acronym) && EVERYDAY_CAUSES.includes(cause);
}

const INDICATORS = [
  /\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
  /\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b/g,
];

function deriveDraft(sample: Sample, integration: Integration, round: number): Draft {
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const nameIsAWord = sample.integration.name.trim().length > 2;
  const other = (value: unknown): unknown => {
    let json = stringifyExact(value);
    if (json === undefined) return undefined;
    for (const pattern of INDICATORS) json = json.replace(pattern, (found) => otherIndicator(found, round));
    json = json.replaceAll(inJson(sample.integration.id), () => inJson(integration.id));
    if (nameIsAWord) json = json.replaceAll(inJson(sample.integration.name), () => inJson(integration.name));
    return parseExact(json);
  };
  const { title, detail, description, httpStatus, meta } = sample;
  return {
    integrationId: integration.id,
    texts: {
      title: other(title),
      detail: other(detail),
      description: other(description),
      httpStatus,
      meta: other(meta),
    },
    growth: sample.growth,
    isEveryday: isEveryday(sample),
  };
}

function otherIndicator(found: string, round: number): string {
  if (found.includes(".")) {
    return `${found.slice(0, found.lastIndexOf("."))}.${drawBetween(1, 254, "address", found, round)}`;
  }
  let digits = "";
  for (let word = 0; digits.length < 64; word += 1) digits += hex32(hashOf("hash", found, round, word));
  let used = 0;
  return found.replace(/[0-9a-f]/g, () => digits.charAt(used++));
}
