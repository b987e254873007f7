import * as z from "zod";
import type { Clock } from "../lib/clock.js";
import { NAMINGS, SPELLINGS } from "./naming.js";

const positive = z.number().positive().finite();
const count = z.int().min(0).max(1_000_000);

const schema = z
  .strictObject({
    /** Decides everything that is left to chance. */
    seed: z.int().min(0),
    /** Everything timed is computed from it: scenario, tokens, `Date` headers. */
    clock: z.custom<Clock>((value) => typeof value === "function"),
    host: z.string().min(1).default("127.0.0.1"),
    /** 0 for any free port. */
    port: z.int().min(0).max(65_535).default(0),
    naming: z.enum(NAMINGS).default("A"),
    spelling: z.enum(SPELLINGS).default("kebab"),
    /** By default made from the seed; tokens last an hour. */
    auth: z
      .strictObject({
        apiKey: z.string().regex(/^\S+$/).optional(),
        username: z.string().min(1).optional(),
        password: z.string().min(1).optional(),
        tokenLifetimeMs: z.int().min(1).optional(),
      })
      .default({}),
    /** How many: first those of the samples, then invented ones. */
    integrations: count.default(135),
    /** How many at the start. By default every sample; in a live scenario some of them are kept for later. */
    errors: count.optional(),
    /** `live`: counts follow the clock, errors come, one surges, an integration stops. `still`: nothing moves by itself. */
    scenario: z.enum(["live", "still"]).default("still"),
    /** Live only: scenario time runs this many times faster than the clock. */
    speed: positive.optional(),
    /** Live only: when the scenario began; now by default. A later start goes on where an earlier one was. */
    startedAt: z.date().optional(),
    /** Live only: the scenario stands at its beginning until the errors are first read; told then when that was. */
    onBegin: z.custom<(startedAt: Date) => void>((value) => typeof value === "function").optional(),
    /** Live only, in scenario time, 8000 by default. */
    firstNewAfterMs: z.int().min(0).optional(),
    /** Live only, in scenario time; by default there are no restarts. */
    restartEveryMs: z.int().min(1000).optional(),
    /** The largest page of integrations that is granted. */
    pageSizeMax: z.int().min(1).default(200),
    /** PEM; with it the server speaks HTTPS. */
    tls: z.strictObject({ key: z.string(), cert: z.string() }).optional(),
  })
  .refine(({ integrations, errors }) => integrations > 0 || (errors ?? 0) === 0, {
    error: "Without integrations there can be no errors",
    path: ["errors"],
  })
  .refine(
    ({ scenario, speed, startedAt, onBegin, firstNewAfterMs, restartEveryMs }) =>
      scenario === "live" || (speed ?? startedAt ?? onBegin ?? firstNewAfterMs ?? restartEveryMs) === undefined,
    {
      error: "speed, startedAt, onBegin, firstNewAfterMs and restartEveryMs are for the live scenario",
      path: ["scenario"],
    },
  )
  .refine(({ startedAt, onBegin }) => startedAt === undefined || onBegin === undefined, {
    error: "A scenario that began already cannot wait to begin",
    path: ["onBegin"],
  });

export type SimulatorOptions = z.input<typeof schema>;

/** Fills in the defaults. Throws a ZodError that names each option that makes no sense. */
export function parseOptions(options: SimulatorOptions): z.output<typeof schema> {
  return schema.parse(options);
}
