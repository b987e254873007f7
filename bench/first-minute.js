// Times the first minute of a new user: the demo on an empty data folder, then on one that exists. Every figure is also
// given as a ratio to the time this machine takes to start Node.js and do nothing. Run it with: npm run bench -- first-minute
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./figures.js";

const MAIN = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const RUNS = Number(process.argv[2] ?? 3);
const DEADLINE_MS = 90_000;

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

function timeNode() {
  const startedAt = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedAt;
}

/** Runs the demo until it says the word, then ends it as Ctrl-C does. */
async function timeDemo(cwd, word) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, "demo"], {
    cwd,
    env: { ...process.env, PORT: "0", POLARWATCH_DATA_DIR: path.join(cwd, "data") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const times = {};
  const closed = new Promise((resolve) => child.once("close", resolve));
  const said = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The demo did not say ${word}`)), DEADLINE_MS);
    const look = (text) => {
      const at = performance.now() - startedAt;
      if (text.includes("Watching")) times.ready ??= at;
      if (!text.includes(word)) return;
      times.said ??= at;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
  });
  try {
    await said;
  } finally {
    const stoppedAt = performance.now();
    child.kill("SIGINT");
    await closed;
    times.stop = performance.now() - stoppedAt;
  }
  return times;
}

const rows = { node: [], first: [], firstChange: [], stop: [], second: [], secondStop: [] };
for (let run = 0; run < RUNS; run += 1) {
  const cwd = mkdtempSync(path.join(tmpdir(), "polarwatch-bench-"));
  chmodSync(cwd, 0o755); // Postgres may run as another user, who has to pass through
  rows.node.push(timeNode());
  const first = await timeDemo(cwd, "NEW ");
  const second = await timeDemo(cwd, "Watching");
  rows.first.push(first.ready);
  rows.firstChange.push(first.said);
  rows.stop.push(first.stop);
  rows.second.push(second.ready);
  rows.secondStop.push(second.stop);
  rmSync(cwd, { recursive: true, force: true });
}

const base = median(rows.node);
const print = (what, values) =>
  console.log(
    `${what.padEnd(44)} ${seconds(median(values)).padStart(9)} ${(median(values) / base).toFixed(1).padStart(8)} x`,
  );
console.log(`Median of ${RUNS} runs; ratios to starting Node.js (${seconds(base)})`);
print("empty folder: from the start to ready", rows.first);
print("empty folder: from the start to the first change", rows.firstChange);
print("Ctrl-C to the end, database included", rows.stop);
print("second start to ready", rows.second);
print("second Ctrl-C to the end", rows.secondStop);
