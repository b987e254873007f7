// Serves many simulated Polarity servers from one process, each under a path of its own, and takes webhooks: the other side
// of the benchmark "fleet", apart from what is measured. Every row of a list is rendered once; what changes from poll to
// poll is put between. Its arguments: SERVERS ERRORS CHANGING; it says on which port it listens.
import { once } from "node:events";
import { createServer } from "node:http";
import { systemClock } from "../dist/src/lib/clock.js";
import { startSimulator } from "../dist/src/simulator/start.js";

const [SERVERS, ERRORS, CHANGING] = process.argv.slice(2).map(Number);
const INTEGRATIONS = 50;
const JSON_API = { "content-type": "application/vnd.api+json" };
const [COUNT, LAST] = ["<count>", "<last>"];

/** What one simulated server says, as the bodies of its two lists. */
async function findLists() {
  const simulator = await startSimulator({ seed: 1, clock: systemClock, integrations: INTEGRATIONS, errors: ERRORS });
  const headers = { authorization: `Bearer ${simulator.apiKey}`, ...JSON_API };
  const get = async (path) => (await fetch(simulator.url + path, { headers })).text();
  const integrations = await get("/api/integrations?page[number]=1&page[size]=200");
  const errors = await get("/api/integrations/errors");
  await simulator.close();
  return { integrations: Buffer.from(integrations), errors: JSON.parse(errors) };
}

/** The row before its count, between that and its last time, and after it. */
function piecesOf(row) {
  const attributes = { ...row.attributes, count: COUNT, "last-occurred": LAST };
  const text = JSON.stringify({ ...row, attributes });
  const [before, rest] = text.split(JSON.stringify(COUNT));
  const [between, after] = rest.split(LAST);
  return { before, between, after };
}

const lists = await findLists();
const { data: rows, ...document } = lists.errors;
const pieces = rows.map(piecesOf);
const tail = `],${JSON.stringify(document).slice(1)}`;
const firstLast = new Date().toISOString();
const servers = Array.from({ length: SERVERS }, () => ({
  counts: rows.map((row) => Number(row.attributes.count ?? 1)),
  lasts: rows.map(() => firstLast),
}));
const served = { lists: 0, hooks: 0 };

/** The list of errors, of which a few were seen again since it was last asked for. */
function errorsOf({ counts, lasts }) {
  const now = new Date().toISOString();
  for (let change = 0; change < CHANGING; change += 1) {
    const index = Math.floor(Math.random() * rows.length);
    counts[index] += 1;
    lasts[index] = now;
  }
  const texts = pieces.map(({ before, between, after }, at) => before + counts[at] + between + lasts[at] + after);
  return Buffer.from(`{"data":[${texts.join(",")}${tail}`);
}

const server = createServer((request, response) => {
  request.resume();
  const [, number, list] = /^\/s(\d+)\/api\/(integrations(?:\/errors)?)(?:\?|$)/.exec(request.url) ?? [];
  const asked = servers[Number(number)];
  if (request.method === "POST") {
    served.hooks += 1;
    response.end();
  } else if (asked === undefined) {
    response.writeHead(404).end();
  } else {
    served.lists += 1;
    const body = list === "integrations" ? lists.integrations : errorsOf(asked);
    response.writeHead(200, { ...JSON_API, "content-length": body.length }).end(body);
  }
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("message", () => process.send(served));
process.once("disconnect", () => process.exit());
process.send({ port: server.address().port });
