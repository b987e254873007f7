import * as z from "zod";
import type { ServerId } from "../domain/snapshot.js";

const server = z.custom<ServerId>((value) => typeof value === "string" && value !== "", "must be the name of a server");

/** Every job there is, with the data it carries: ids, never copies. Each name is a queue of its own. */
const JOBS = {
  poll: z.object({ server }),
  diff: z.object({ server }),
  notify: z.object({ destination: z.string().refine((name) => name !== "") }),
  digest: z.object({}),
  sweep: z.object({}),
};
export type JobName = keyof typeof JOBS;
export type JobData<Name extends JobName> = z.infer<(typeof JOBS)[Name]>;

/** Retries live in Postgres. A finished job is removed: BullMQ silently ignores an add whose id it still holds. */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** A scheduler makes each job while the one before it runs, and would have all of them, for ever, be parts of one trace. */
export const SCHEDULED_JOB_OPTIONS = { ...JOB_OPTIONS, telemetry: { omitContext: true } } as const;

/** Parses what a queue holds, which may come from another release. */
export function parseJob<Name extends JobName>(job: Name, data: unknown): z.ZodSafeParseResult<JobData<Name>> {
  const schemas: { [Key in JobName]: z.ZodType<JobData<Key>> } = JOBS;
  return schemas[job].safeParse(data);
}
