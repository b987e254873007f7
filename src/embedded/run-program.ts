import { type SpawnOptions, spawn } from "node:child_process";
import { dirname } from "node:path";

/** An ordinary user of this system, in whose name root starts Postgres, which refuses to run as root. */
export type RunAs = { uid: number; gid: number; name: string };

export type ProgramResult =
  | { kind: "finished"; exitCode: number | null; output: string }
  | { kind: "not-started"; error: Error };

/**
 * How every program of Postgres is started. It gets a session of its own, so that Ctrl-C in a terminal reaches
 * polarwatch alone, and an environment of its own: neither PGPORT and its like nor our secrets are meant for it.
 */
export function spawnOptionsFor(program: string, runAs: RunAs | null): SpawnOptions {
  const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return {
    detached: process.platform !== "win32",
    windowsHide: true,
    cwd: dirname(program), // where this user may be for sure; the directory polarwatch was started in may be closed to it
    ...(process.platform === "win32" ? {} : { env: { LC_ALL: "C", TZ: "UTC", PATH } }),
    ...(runAs === null ? {} : { uid: runAs.uid, gid: runAs.gid }),
  };
}

/** Runs a program to its end and keeps what it said on both outputs. */
export function runProgram(program: string, args: readonly string[], runAs: RunAs | null): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...spawnOptionsFor(program, runAs), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("error", (error) => resolve({ kind: "not-started", error }));
    child.once("close", (exitCode) => resolve({ kind: "finished", exitCode, output }));
  });
}
