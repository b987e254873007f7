import { spawn } from "node:child_process";
import { once } from "node:events";

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Opens a file with the program that the system has for it, which goes on by itself. False when there is none. */
export async function openFile(path: string): Promise<boolean> {
  const [command, ...before] = OPENERS[process.platform] ?? ["xdg-open"];
  const opener = spawn(command, [...before, path], { stdio: "ignore", detached: true });
  opener.unref();
  try {
    await once(opener, "spawn");
    return true;
  } catch {
    return false;
  }
}
