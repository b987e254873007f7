// Runs the benchmarks: npm run bench [-- NAME [OPTIONS]]; without a name all of them, one after the other. "seed" measures
// nothing and takes long, so it runs only when it is named.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BENCHMARKS = {
  "first-minute": "the demo on an empty data folder, and on one that exists  [RUNS]",
  growth: "one poll of a server with a year of changes  [RUNS [ERRORS]]",
  storage: "bytes an observation, fresh and packed  [ERRORS [DAYS]]",
  questions: "filtered errors, timelines and the noisiest integrations  [OBSERVATIONS|seeded [SAMPLES]]",
  latency: "from the diff's commit to the request that Slack gets  [SAMPLES]",
  fleet:
    "CPU, memory and punctuality for fleets of servers, polled each minute  [SERVERS,... [MINUTES [PROCESSES [STATEMENTS]]]]",
  ingest: "a poll of 100,000 errors and of 500, from the body to the commit  [RUNS [ERRORS]]",
  travel: "two moments 30 days apart, and one of them, of a server with 100,000 errors  [ERRORS [RUNS]]",
};

const TOOLS = { seed: "makes a past that stays, for questions to be asked about  [OBSERVATIONS|remove]" };
const KNOWN = { ...BENCHMARKS, ...TOOLS };

const [name, ...options] = process.argv.slice(2);
if (name !== undefined && !Object.hasOwn(KNOWN, name)) {
  console.error(`There is no benchmark "${name}". There are:`);
  for (const [known, what] of Object.entries(KNOWN)) console.error(`  ${known.padEnd(14)}${what}`);
  process.exit(2);
}
for (const wanted of name === undefined ? Object.keys(BENCHMARKS) : [name]) {
  if (name === undefined) console.log(`\n${wanted}: ${BENCHMARKS[wanted].split("  [")[0]}`);
  const file = fileURLToPath(new URL(`./${wanted}.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
