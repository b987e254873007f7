import fc from "fast-check";

/** Of all cases of a long run, how many go to each edge, in thousandths: what costs least gets most. */
const SHARES = {
  "polarity bodies": 100,
  "polarity answers": 5,
  configuration: 10,
  environment: 120,
  "slack requests": 150,
  replies: 10,
  "stored JSON": 590,
  "API reads": 6,
  "API writes": 6,
  "slack desk": 1,
  "hostile polls": 1,
  "stored rows": 1,
} as const satisfies Record<string, number>;
export type Edge = keyof typeof SHARES;

/** How many cases of each edge `npm test` tries; fewer where each costs a request or a transaction. */
const SHORT = 300;
const SHORT_SERVED = { "polarity answers": 100, "slack desk": 60, "hostile polls": 8, "stored rows": 12 } as const;

const { FUZZ_CASES, FUZZ_SEED } = process.env;
const seed = Number(FUZZ_SEED ?? 20_261_128);

/** How many cases of an edge this run tries: its share of `FUZZ_CASES`, or the few of a short run. */
function casesOf(edge: Edge): number {
  if (FUZZ_CASES !== undefined) return Math.max(1, Math.round((Number(FUZZ_CASES) * SHARES[edge]) / 1000));
  return (
    new Map<Edge, number>(Object.entries(SHORT_SERVED) as [keyof typeof SHORT_SERVED, number][]).get(edge) ?? SHORT
  );
}

/**
 * Tries a property of an edge as often as its share says, from the seed of the run. What fails is printed with the seed
 * and as small as it gets; a long run also prints how many cases there were.
 */
export async function fuzz<Case>(
  edge: Edge,
  cases: fc.Arbitrary<Case>,
  holds: (one: Case) => void | Promise<void>,
): Promise<void> {
  const numRuns = casesOf(edge);
  let tried = 0;
  const property = fc.asyncProperty(cases, async (one) => {
    tried += 1;
    await holds(one);
  });
  await fc.assert(property, { seed, numRuns, endOnFailure: false });
  if (FUZZ_CASES !== undefined) process.stderr.write(`${edge}: ${tried} cases, FUZZ_SEED=${seed}\n`);
}
