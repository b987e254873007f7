import { Worker, type WorkerOptions } from "node:worker_threads";
import { type Ending, type Surveyed, SurveyLostError } from "../domain/survey.js";
import { failedRead } from "./failure.js";
import type { Material, SurveyResult } from "./surveyor.js";

/** What the thread is asked; each names a method of the `Surveyor` that lives there. */
export type SurveyCall =
  | { method: "survey"; id: number; material: Material }
  | { method: "differing"; id: number; from: number; count: number }
  | { method: "wordings"; id: number; at: readonly number[] }
  | { method: "countUnlisted"; id: number; polarityIds: readonly string[] };
export type SurveyRequest = (SurveyCall & { call: number }) | { method: "release"; id: number; ending: Ending };
export type SurveyReply = { call: number } & ({ value: unknown } | { error: unknown });

type ThreadSurvey = { result: SurveyResult; bodies: readonly Uint8Array[] };

/**
 * One thread with a `Surveyor`; it starts with the first survey. Where it ends or runs out of memory, everything that
 * waits for it is lost with a `SurveyLostError`, and the next survey starts another. An abort ends the wait.
 */
export interface SurveyThread {
  survey(id: number, material: Material, signal: AbortSignal): Promise<ThreadSurvey>;
  differing(id: number, from: number, count: number, signal: AbortSignal): Promise<Surveyed[]>;
  wordings(id: number, at: readonly number[], signal: AbortSignal): Promise<string[]>;
  countUnlisted(id: number, polarityIds: readonly string[], signal: AbortSignal): Promise<number>;
  release(id: number, ending: Ending): void;
  /** Ends the thread at once, and with it whatever waits for it. */
  close(): Promise<void>;
}

type Waiting = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Running = { worker: Worker; waiting: Map<number, Waiting> };

/** What decoding leaves behind is swept up early; it decodes as fast as with room for more. */
const YOUNG_GENERATION_MB_MAX = 12;
const ENTRY = new URL("./survey-thread-entry.js", import.meta.url);

export function createSurveyThread(
  options: { entry?: URL; resourceLimits?: WorkerOptions["resourceLimits"] } = {},
): SurveyThread {
  let running: Running | null = null;
  let isClosed = false;
  let last = 0;
  /** A survey lives and dies with the thread that made it. */
  const homes = new Map<number, Running>();

  const start = (): Running => {
    const { entry = ENTRY, resourceLimits = {} } = options;
    const limits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB_MAX, ...resourceLimits };
    const worker = new Worker(entry, { name: "polarwatch-survey", resourceLimits: limits });
    const started: Running = { worker, waiting: new Map() };
    const end = (why: string, cause?: unknown) => {
      if (running === started) running = null;
      const failure = failedRead("too-large", `The answer could not be decoded: ${why}`);
      for (const { reject } of started.waiting.values()) reject(new SurveyLostError(failure, cause));
      started.waiting.clear();
    };
    worker.on("message", (reply: SurveyReply) => {
      const waiting = started.waiting.get(reply.call);
      started.waiting.delete(reply.call);
      if ("error" in reply) waiting?.reject(reply.error);
      else waiting?.resolve(reply.value);
    });
    worker.on("error", (error) => {
      const isMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      end(isMemory ? "there was not enough memory" : "the thread for it failed", error);
    });
    worker.on("exit", () => end("the thread for it ended"));
    worker.unref();
    return started;
  };

  const ask = async (request: SurveyCall, signal: AbortSignal, transfer: ArrayBuffer[] = []): Promise<unknown> => {
    signal.throwIfAborted();
    const isFirst = request.method === "survey";
    if (isFirst && !isClosed) {
      running ??= start();
      homes.set(request.id, running);
    }
    const home = homes.get(request.id);
    if (home === undefined || home !== running) {
      const failure = failedRead("too-large", "The answer could not be decoded: the thread for it ended");
      throw new SurveyLostError(failure);
    }
    last += 1;
    const call = last;
    let abort = () => {};
    try {
      return await new Promise((resolve, reject) => {
        home.waiting.set(call, { resolve, reject });
        abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        home.worker.ref(); // somebody waits
        home.worker.postMessage({ ...request, call } satisfies SurveyRequest, transfer);
      });
    } catch (error) {
      if (isFirst) release(request.id, { kind: "dropped" });
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      home.waiting.delete(call);
      if (home.waiting.size === 0) home.worker.unref();
    }
  };

  const release = (id: number, ending: Ending) => {
    const home = homes.get(id);
    homes.delete(id);
    if (home !== undefined && home === running) {
      home.worker.postMessage({ method: "release", id, ending } satisfies SurveyRequest);
    }
  };

  return {
    survey(id, material, signal) {
      const bodies = material.bodies.map(ownBytes);
      const transfer = bodies.map(({ buffer }) => buffer);
      return ask(
        { method: "survey", id, material: { ...material, bodies } },
        signal,
        transfer,
      ) as Promise<ThreadSurvey>;
    },
    differing: (id, from, count, signal) =>
      ask({ method: "differing", id, from, count }, signal) as Promise<Surveyed[]>,
    wordings: (id, at, signal) => ask({ method: "wordings", id, at }, signal) as Promise<string[]>,
    countUnlisted: (id, polarityIds, signal) =>
      ask({ method: "countUnlisted", id, polarityIds }, signal) as Promise<number>,
    release,
    async close() {
      isClosed = true;
      await running?.worker.terminate();
    },
  };
}

/** Bytes that share their memory with nothing else, so that it can be handed over; copied only where they do share it. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return new Uint8Array(buffer);
  return Uint8Array.from(bytes);
}
