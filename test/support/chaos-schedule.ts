import type { Checkpoint } from "../../src/app/checkpoint.js";
import { CHECKPOINTS } from "../../src/app/checkpoint.js";
import type { Role } from "../../workers/roles.js";
import { ENDINGS, type Ending } from "./restartable-postgres.js";
import { seededRandom } from "./seeded-random.js";

/** The processes that share the work of a schedule; each that ends is started again. */
export const CAST: readonly (readonly Role[])[] = [
  ["poll", "diff"],
  ["notify", "sweep"],
  ["poll", "diff", "notify", "sweep"],
];

/** What goes wrong. Whatever lasts has its length in milliseconds. */
export type Fault =
  | { kind: "kill"; process: number }
  | { kind: "terminate"; process: number }
  /** It kills itself when it next passes there. */
  | { kind: "die_at"; process: number; checkpoint: Checkpoint }
  | { kind: "jump_clock"; process: number; lastsMs: number }
  | { kind: "cut_database" | "freeze_database"; lastsMs: number }
  | { kind: "restart_database"; ending: Ending; lastsMs: number }
  /** Only where the database lies on a disk of its own. */
  | { kind: "fill_disk"; lastsMs: number }
  | { kind: "cut_redis" | "freeze_redis" | "fill_redis" | "restart_redis"; lastsMs: number }
  | { kind: "flush_redis" }
  | { kind: "polarity"; mode: (typeof POLARITY_MODES)[number]; lastsMs: number }
  /** One poll is told, without a contradiction, that there is nothing. */
  | { kind: "polarity_blind" }
  /** Away, and then there again with other ids for its errors where `rekey` says so; who was logged in is not any more. */
  | { kind: "restart_polarity"; rekey: boolean; lastsMs: number }
  | { kind: "slack"; failure: (typeof SLACK_FAILURES)[number]; lastsMs: number }
  | { kind: "smtp"; failure: (typeof SMTP_FAILURES)[number]; mails: number };

/** What happens on the watched server. */
export type Event = { kind: "raise" } | { kind: "grow"; by: number } | { kind: "clear" };

export type Step = { afterMs: number; does: Fault | Event };

export type Schedule = {
  seed: number;
  queue: "postgres" | "redis";
  /** How far off a clock is that jumps; what jumps ahead finds every lease of the others over. */
  clockJumpMs: number;
  steps: readonly Step[];
};

/** Every way to fail but `blind`, which two polls in a row would be right to believe. */
const POLARITY_MODES = [
  "unauthorized",
  "forbidden",
  "login-refused",
  "rate-limited",
  "unreachable",
  "timeout",
  "not-json",
  "truncated",
  "truncated-json",
  "wrong-shape",
  "too-large",
  "empty-list",
  "server-error",
  "slow-drip",
] as const;
export const SLACK_FAILURES = ["500", "429", "slow", "drop request", "drop reply", "hang"] as const;
export const SMTP_FAILURES = ["421", "450", "slow", "drop before", "drop after", "hang after"] as const;

const STEPS = { min: 10, max: 18 } as const;
const PAUSE_MS_MAX = 500;
/** Long enough that polls and messages meet it. */
const FULL_MS = { min: 500, max: 3000 } as const;
const LASTS_MS = { min: 100, max: 1200 } as const;

/** What a schedule can play on besides what each has. */
type Stage = { hasRedis: boolean; hasSmallDisk: boolean };

/** The schedule of a seed, always the same on the same kind of stage. On a small disk it is filled once at least. */
export function scheduleOf(seed: number, { hasRedis, hasSmallDisk }: Stage): Schedule {
  const random = seededRandom(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(choices: readonly T[]): T => {
    const chosen = choices[upTo(choices.length)];
    if (chosen === undefined) throw new Error("Nothing to choose from");
    return chosen;
  };
  const queue = hasRedis && seed % 2 === 0 ? "redis" : "postgres";
  const lastsMs = () => LASTS_MS.min + upTo(LASTS_MS.max - LASTS_MS.min);
  const process = () => upTo(CAST.length);
  const fillDisk = (): Fault => ({ kind: "fill_disk", lastsMs: FULL_MS.min + upTo(FULL_MS.max - FULL_MS.min) });
  const faults: readonly (() => Fault)[] = [
    () => ({ kind: "kill", process: process() }),
    () => ({ kind: "die_at", process: process(), checkpoint: oneOf(CHECKPOINTS) }),
    () => ({ kind: "terminate", process: process() }),
    () => ({ kind: "jump_clock", process: process(), lastsMs: lastsMs() }),
    () => ({ kind: oneOf(["cut_database", "freeze_database"]), lastsMs: lastsMs() }),
    () => ({ kind: "restart_database", ending: oneOf(ENDING_NAMES), lastsMs: lastsMs() }),
    () => ({ kind: "polarity", mode: oneOf(POLARITY_MODES), lastsMs: lastsMs() }),
    () =>
      oneOf<Fault>([
        { kind: "polarity_blind" },
        { kind: "restart_polarity", rekey: true, lastsMs: lastsMs() },
        { kind: "restart_polarity", rekey: false, lastsMs: lastsMs() },
      ]),
    () => ({ kind: "slack", failure: oneOf(SLACK_FAILURES), lastsMs: lastsMs() }),
    () => ({ kind: "smtp", failure: oneOf(SMTP_FAILURES), mails: 1 + upTo(3) }),
    ...(queue === "redis"
      ? [
          (): Fault => ({ kind: oneOf(["cut_redis", "freeze_redis"]), lastsMs: lastsMs() }),
          (): Fault => ({ kind: oneOf(["fill_redis", "restart_redis"]), lastsMs: lastsMs() }),
          (): Fault => ({ kind: "flush_redis" }),
        ]
      : []),
    ...(hasSmallDisk ? [fillDisk] : []),
  ];
  const events: readonly (() => Event)[] = [
    () => ({ kind: "raise" }),
    () => ({ kind: "grow", by: 1 + upTo(50) }),
    () => ({ kind: "grow", by: 1 + upTo(5) }),
    () => ({ kind: "clear" }),
  ];
  const length = STEPS.min + upTo(STEPS.max - STEPS.min + 1);
  const steps = Array.from({ length }, (_, index): Step => {
    const does: Step["does"] = index === 0 ? { kind: "raise" } : random() < 0.5 ? oneOf(faults)() : oneOf(events)();
    return { afterMs: upTo(PAUSE_MS_MAX), does };
  });
  const clockJumpMs = oneOf([-600_000, -45_000, 45_000, 600_000]);
  if (hasSmallDisk) steps.splice(1 + upTo(length - 1), 0, { afterMs: upTo(PAUSE_MS_MAX), does: fillDisk() });
  return { seed, queue, clockJumpMs, steps: steps.filter(isFirstBlindness) };
}

/** Nobody may have polled between two of them, and two polls in a row that are told so are right to believe it. */
function isFirstBlindness({ does }: Step, index: number, steps: readonly Step[]): boolean {
  return does.kind !== "polarity_blind" || steps.findIndex((step) => step.does.kind === "polarity_blind") === index;
}

const ENDING_NAMES = Object.keys(ENDINGS) as readonly Ending[];

/** A schedule as a person reads it, to say what was going on when something was found wrong. */
export function describeSchedule({ seed, queue, clockJumpMs, steps }: Schedule): string {
  const lines = steps.map(({ afterMs, does }) => `  +${afterMs} ms ${JSON.stringify(does)}`);
  return [`seed ${seed}, queue in ${queue}, clocks jump by ${clockJumpMs} ms`, ...lines].join("\n");
}
