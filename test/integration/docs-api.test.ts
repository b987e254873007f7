import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished } from "vitest";
import * as z from "zod";
import { databaseTest } from "../support/database.js";
import { anEventfulPast } from "../support/eventful-past.js";
import { startHttp, TOKEN } from "../support/http-server.js";
import { readList, send } from "../support/json-api.js";
import { readContract, type ServedContract } from "../support/served-contract.js";
import { aRead, someErrors } from "../support/watch.js";

const run = promisify(execFile);
const DOCS = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const BLOCKS = [...DOCS.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);

/** What the documentation shows to be refused, unchanged, or only found where much is wrong. */
const REFUSED = "filter[cause]=weather";
const FOUND_BY_FEW = ["filter[outcome]=owed", "filter[severity]=critical"];

type Told = { httpStatus: number; method: string; url: string; type: string; body: string };

/**
 * Gives how to run a block as a reader would: in a shell, by the real curl, of which only the output goes to files, one
 * for each answer, so that it can be looked at.
 */
async function shell(): Promise<(block: string) => Promise<Told[]>> {
  await run("curl", ["--version"]).catch(() => {
    throw new Error("The examples of docs/api.md are run by curl, and there is none: apt-get install curl");
  });
  const dir = await mkdtemp(join(tmpdir(), "polarwatch-docs-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  let blocks = 0;
  return async (block) => {
    blocks += 1;
    const tell = `'%{http_code}\\n%{method}\\n%{url_effective}\\n%{content_type}'`;
    const script = `
      curl() {
        local told; told=$(mktemp told-${blocks}-XXXXXX)
        command curl -sS --max-time 60 -o "$told.body" -w ${tell} "$@" >"$told"
        cat "$told.body"
      }
      ${block}`;
    const env = { PATH: process.env.PATH, API_TOKEN: TOKEN, NO_PROXY: "*" };
    await run("bash", ["-euo", "pipefail", "-c", script], { cwd: dir, env });
    const names = (await readdir(dir)).filter((name) => name.startsWith(`told-${blocks}-`) && !name.endsWith(".body"));
    return Promise.all(
      names.map(async (name) => {
        const [httpStatus, method = "", url = "", type = ""] = (await readFile(join(dir, name), "utf8")).split("\n");
        const body = await readFile(join(dir, `${name}.body`), "utf8").catch(() => "");
        return { httpStatus: Number(httpStatus), method, url, type, body };
      }),
    );
  };
}

/** The address of the contract that an URL is of; null for what is not under /api. */
function pathIn({ document }: ServedContract, url: string): string | null {
  const { pathname } = new URL(url);
  const fits = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
  return Object.keys(document.paths).find((path) => path === pathname || fits(path)) ?? null;
}

const listed = z.object({ data: z.array(z.unknown()) });

databaseTest("every example of the API's documentation does what it says, run by curl", async ({ db }) => {
  const watch = await anEventfulPast(db);
  watch.clock.set(new Date("2026-03-02T08:00:00Z"));
  await watch.minute(aRead(someErrors()));
  const deps = { db, clock: watch.clock, digests: () => watch.plans };
  const [open, guarded] = [
    await startHttp(deps),
    await startHttp({ ...deps, settings: { host: "127.0.0.1", port: 0, apiToken: TOKEN } }),
  ];
  const contract = await readContract(open);
  const first = async (path: string) => (await readList(open, path)).data[0]?.id ?? "";
  const error = await first("/api/errors?filter[http-status]=429");
  const alert = await first(`/api/alerts?filter[state]=firing&filter[error]=${error}`);
  const acknowledged = `/api/alerts/${alert}/acknowledgement`;
  const data = { type: "acknowledgements", attributes: { author: "mia" } };
  expect(await send(open, "POST", acknowledged, { data })).toMatchObject({ httpStatus: 201 });
  expect(await send(open, "DELETE", acknowledged, { meta: { author: "mia" } })).toMatchObject({ httpStatus: 204 });
  const ids: readonly (readonly [RegExp, string])[] = [
    [/(?<=\/api\/errors\/)\d+/g, error],
    [/(?<=\/api\/alerts\/|alert-)\d+/g, alert],
    [/(?<=\/api\/silences\/)\d+/g, await first("/api/silences")],
    [/(?<=\/api\/integrations\/)\d+/g, await first("/api/integrations")],
  ];
  const runBlock = await shell();
  let told = 0;
  expect(BLOCKS.length).toBeGreaterThan(10);
  for (const block of BLOCKS) {
    const { url } = block.includes("$API_TOKEN") ? guarded : open;
    const here = block.replaceAll("http://127.0.0.1:8080", url);
    const asked = ids.reduce((text, [pattern, id]) => text.replace(pattern, id), here);
    const answers = await runBlock(asked);
    expect(answers.length, block).toBe(block.match(/\bcurl /g)?.length);
    for (const answer of answers) {
      const { httpStatus, method, type, body } = answer;
      const where = `${method} ${answer.url}: ${body}`;
      const isUnchanged = block.includes("If-None-Match") && method === "GET";
      if (isUnchanged) expect(httpStatus, where).toBe(304);
      else if (block.includes(REFUSED)) expect(httpStatus, where).toBe(400);
      else expect([200, 201, 204], where).toContain(httpStatus);
      told += 1;
      const path = pathIn(contract, answer.url);
      if (path === null || method === "HEAD" || isUnchanged) continue;
      contract.check({ path, method }, { httpStatus, headers: { "content-type": type }, text: body });
      if (type.startsWith("text/csv")) expect(body, where).toMatch(/^id,.*\r\n./);
      const list = type.endsWith("+json") ? listed.safeParse(JSON.parse(body)) : null;
      const isRare = FOUND_BY_FEW.some((filter) => answer.url.includes(filter));
      if (list?.success === true && !isRare) expect(list.data.data, where).not.toHaveLength(0);
    }
  }
  expect(told).toBeGreaterThan(25);
});
