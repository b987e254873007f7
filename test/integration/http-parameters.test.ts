import { expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { startHttp } from "../support/http-server.js";
import { readList, readProblems } from "../support/json-api.js";
import { watchedFor3Minutes } from "../support/past.js";

databaseTest("each bad parameter is named, with what it should have been", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const cases: [string, string, RegExp][] = [
    ["errors?filter[nonsense]=1", "filter[nonsense]", /No such parameter/],
    ["errors?__proto__=1", "__proto__", /No such parameter/],
    ["errors?__proto__=1&__proto__=2", "__proto__", /No such parameter/],
    ["errors?foo=1", "foo", /No such parameter/],
    ["servers?filter[cause]=tls", "filter[cause]", /No such parameter/],
    ["errors?sort=headline", "sort", /last-grown-at, last-occurred-at/],
    ["errors?sort=--occurrences", "sort", /last-grown-at/],
    ["changes?sort=at", "sort", /-at/],
    ["errors?include=server", "include", /integration/],
    ["errors?page[size]=0", "page[size]", /from 1 to 200/],
    ["errors?page[size]=201", "page[size]", /from 1 to 200/],
    ["errors?page[size]=ten", "page[size]", /from 1 to 200/],
    ["errors?page[size]=1e2", "page[size]", /from 1 to 200/],
    ["errors?page[size]=99999999999999999999", "page[size]", /from 1 to 200/],
    ["errors?page[after]=nonsense", "page[after]", /links\.next/],
    ["errors?page[after]=", "page[after]", /links\.next/],
    ["errors?filter[cause]=weather", "filter[cause]", /credential, quota/],
    ["errors?filter[http-status]=4", "filter[http-status]", /such as 401/],
    ["errors?filter[state]=firing", "filter[state]", /present, gone/],
    ["errors?filter[server]=", "filter[server]", /not be empty/],
    ["errors?filter[text]=%00", "filter[text]", /must be text/i],
    [`errors?filter[text]=${"x".repeat(201)}`, "filter[text]", /at most 200/],
    ["errors?filter[text]=%25%25", "filter[text]", /letter or a digit/],
    ["errors?filter[severity]=bad", "filter[severity]", /info, warning/],
    ["errors?filter[alert-state]=resolved", "filter[alert-state]", /pending, firing/],
    ["errors?filter[added-min]=0", "filter[added-min]", /from 1 on/],
    ["errors?filter[added-min]=9999999999999999", "filter[added-min]", /from 1 on/],
    ["errors?filter[added-since]=lately", "filter[added-since]", /2026-03-01/],
    ["errors?filter[added-since]=2999-01-01&sort=-added", "filter[added-since]", /not lie in the future/],
    [
      "errors?filter[first-seen-since]=2026-03-02&filter[first-seen-until]=2026-03-01",
      "filter[first-seen-until]",
      /later than filter\[first-seen-since\]/,
    ],
    [
      "errors?filter[last-seen-since]=2026-03-02&filter[last-seen-until]=2026-03-02",
      "filter[last-seen-until]",
      /later than filter\[last-seen-since\]/,
    ],
    ["errors?filter[server]=a&filter[server]=b", "filter[server]", /more than once/],
    ["errors?filter[http-status]=401&filter[http_status]=402", "filter[http_status]", /more than once/],
    ["alerts?filter[state]=present", "filter[state]", /pending, firing/],
    ["alerts?filter[severity]=bad", "filter[severity]", /info, warning/],
    ["deliveries?filter[outcome]=lost", "filter[outcome]", /delivered, folded/],
    ["integrations?filter[present]=yes", "filter[present]", /true or false/],
    ["changes?filter[kind]=unchanged", "filter[kind]", /new, growing/],
    ["changes?filter[since]=yesterday", "filter[since]", /2026-03-01/],
    ["changes?filter[since]=2026-13-01", "filter[since]", /2026-03-01/],
    ["changes?filter[since]=2026-02-30", "filter[since]", /2026-03-01/],
    ["changes?filter[since]=0000-01-01", "filter[since]", /2026-03-01/],
    ["changes?filter[since]=", "filter[since]", /2026-03-01/],
    ["snapshots?filter[until]=9999-12-31T23:59:59-23:00", "filter[until]", /2026-03-01/],
    ["changes?filter[since]=2026-03-02&filter[until]=2026-03-01", "filter[until]", /later than/],
    ["snapshots?filter[since]=2026-03-02&filter[until]=2026-03-02", "filter[until]", /later than/],
  ];
  for (const [path, parameter, detail] of cases) {
    const problems = await readProblems(server, `/api/${path}`);
    expect(problems, path).toHaveLength(1);
    expect(problems[0]?.startsWith(`${parameter}: `), `${path}: ${problems}`).toBe(true);
    expect(problems[0], path).toMatch(detail);
  }
});

databaseTest("everything that is wrong with a request is said at once", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const problems = await readProblems(
    server,
    "/api/changes?page[size]=0&page[after]=x&filter[kind]=odd&filter[since]=2026-03-02&filter[until]=2026-03-01&foo=1&sort=up",
  );
  expect(problems.map((problem) => problem.split(":")[0]).sort()).toEqual(
    ["filter[kind]", "filter[until]", "foo", "page[after]", "page[size]", "sort"].sort(),
  );
});

databaseTest("a cursor is of its list and order only", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const next = new URL((await readList(server, "/api/errors?page[size]=1")).links.next ?? "", server.url);
  const after = next.searchParams.get("page[after]");
  expect((await readList(server, `/api/errors?page[after]=${after}`)).data).toHaveLength(3);
  for (const path of ["errors?sort=occurrences&", "errors?sort=last-grown-at&", "changes?", "servers?"]) {
    expect(await readProblems(server, `/api/${path}page[after]=${after}`)).toEqual([
      expect.stringMatching(/^page\[after\]: /),
    ]);
  }
  expect(await readProblems(server, `/api/errors?sort=odd&page[after]=${after}`)).toHaveLength(1);
});
