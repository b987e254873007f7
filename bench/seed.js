// Makes a past of many observations once, for "questions" to ask about again and again: 100,000 errors of one server over 60
// days. What is there is replaced. Run it with: npm run bench -- seed [OBSERVATIONS], or npm run bench -- seed remove
import { createLogger } from "../dist/src/lib/logger.js";
import { migrate } from "../dist/src/store/migrate.js";
import { withPastClient } from "./past-client.js";
import { fillQuestions } from "./questions-history.js";
import { removeSeeded, storeSeededFacts, withSeededPostgres } from "./seeded.js";

const WANTED = process.argv[2] ?? "50000000";
const ERRORS = 100_000;
const log = createLogger({ level: "error", format: "pretty" });

async function seed(databaseUrl, wanted) {
  await migrate(databaseUrl, { log });
  const startedAt = performance.now();
  await fillQuestions(databaseUrl, ERRORS, wanted);
  const { rows } = await withPastClient(databaseUrl, (client) =>
    client.query(
      "SELECT (SELECT count(*) FROM observation)::float8 AS observations, pg_database_size(current_database())::float8 AS bytes",
    ),
  );
  const [{ observations, bytes }] = rows;
  storeSeededFacts({ errors: ERRORS, observations, bytes });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${observations.toLocaleString("en")} observations and as many changes in ${seconds.toFixed(0)} s: ` +
      `${(bytes / 2 ** 30).toFixed(1)} GiB. "npm run bench -- questions" asks about them; "npm run bench -- seed remove" removes them.`,
  );
}

if (WANTED !== "remove" && !(Number.isSafeInteger(Number(WANTED)) && Number(WANTED) > 0)) {
  console.error(`"${WANTED}" is no number of observations, and not "remove" either`);
  process.exit(2);
}
await removeSeeded();
if (WANTED !== "remove") await withSeededPostgres({ log }, (databaseUrl) => seed(databaseUrl, Number(WANTED)));
