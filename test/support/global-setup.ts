import type { TestProject } from "vitest/node";
import type { Lifecycle } from "../../src/lib/lifecycle.js";
import { createRunLifecycle, startTestServers, type TestServers } from "./test-servers.js";

declare module "vitest" {
  export interface ProvidedContext {
    servers: TestServers;
  }
}

type Run = { life: Lifecycle; servers: Promise<TestServers>; projects: number };

declare global {
  /** Each project of a run loads this file anew, in one process: here they find what another one has started. */
  var polarwatchTestRun: Run | undefined;
}

/** Starts the servers with the first project that needs them, and stops them with the last one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = globalThis.polarwatchTestRun ?? begin();
  globalThis.polarwatchTestRun = run;
  run.projects += 1;
  const leave = async () => {
    run.projects -= 1;
    if (run.projects > 0) return;
    globalThis.polarwatchTestRun = undefined;
    await run.life.stop();
  };
  try {
    project.provide("servers", await run.servers);
  } catch (error) {
    await leave();
    throw error;
  }
  return leave;
}

function begin(): Run {
  const { life, log } = createRunLifecycle();
  for (const signal of ["SIGINT", "SIGTERM"] as const) stopBefore(signal, life);
  return { life, servers: startTestServers(life, log), projects: 0 };
}

/** The runner's own listeners end the process at once: they get to know of the signal when everything has stopped. */
function stopBefore(signal: "SIGINT" | "SIGTERM", life: Lifecycle): void {
  const others = process.listeners(signal);
  process.removeAllListeners(signal);
  process.once(signal, () => {
    void life.stop().finally(() => {
      for (const listener of others) process.on(signal, listener);
      process.kill(process.pid, signal);
    });
  });
}
