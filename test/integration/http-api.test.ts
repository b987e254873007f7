import { describe, expect } from "vitest";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { readList, readOne, readPages, readProblems } from "../support/json-api.js";
import { patchyErrors, watchedFor3Minutes } from "../support/past.js";
import { anError, aRead, someErrors, Watch } from "../support/watch.js";

const LISTS = ["servers", "integrations", "errors", "snapshots", "changes", "alerts", "deliveries"] as const;

databaseTest("every list answers in JSON:API, each thing under its type", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  const server = await startHttp(watch);
  const counts = { servers: 1, integrations: 1, errors: 4, snapshots: 2, changes: 1, alerts: 1, deliveries: 2 };
  for (const type of LISTS) {
    const { data, links } = await readList(server, `/api/${type}`);
    expect(data.map((resource) => resource.type)).toEqual(Array.from({ length: counts[type] }, () => type));
    expect(links).toEqual({ self: `/api/${type}`, next: null });
  }
});

databaseTest("every list is empty before anything was seen, and says so without an error", async ({ db }) => {
  const server = await startHttp({ db, clock: () => new Date(0) });
  for (const type of LISTS) expect((await readList(server, `/api/${type}`)).data).toEqual([]);
});

databaseTest("a server says how it is doing, in the list and alone", async ({ db }) => {
  const watch = await watchedFor3Minutes(db);
  const server = await startHttp(watch);
  const now = watch.clock().toISOString();
  const prod = {
    attributes: {
      url: "https://polarity.example.com",
      watched: true,
      "failing-since": now,
      "last-failure": { failure: "timeout", detail: "It failed with timeout", "http-status": null, "failed-at": now },
      "errors-present": 4,
      "open-alerts": 1,
    },
    links: { self: "/api/servers/prod" },
  };
  expect((await readList(server, "/api/servers?filter[watched]=true")).data).toMatchObject([prod]);
  expect((await readOne(server, "/api/servers/prod")).data).toMatchObject(prod);
  expect(await readProblems(server, "/api/servers/other", 404)).toHaveLength(1);
});

databaseTest(
  "one error comes with its texts, ids and decisions, its changes and its alerts with their moves",
  async ({ db }) => {
    const server = await startHttp(await watchedFor3Minutes(db));
    const [listed] = (await readList(server, "/api/errors?filter[http-status]=429")).data;
    const { data, included = [] } = await readOne(server, listed?.links?.self ?? "");
    expect(data.attributes).toMatchObject({
      ...listed?.attributes,
      text: {
        "short-text": "Quota of 100% used_up today",
        meta: { retryAfter: 60 },
        "cause-because": expect.any(String),
      },
      "earlier-texts": [],
      identities: [{ "polarity-id": "e4" }],
      decisions: [{ rule: "new", verdict: "fired" }],
    });
    expect(included.map(({ type }) => type)).toEqual(["integrations", "changes", "alerts", "transitions"]);
    const alone = await readOne(server, `${listed?.links?.self}?include=integration`);
    expect(alone.included?.map(({ attributes }) => attributes)).toEqual([{ name: "VirusTotal", acronym: "VT" }]);
    for (const id of ["99", "x", "-1", "%00", "99999999999999999999"]) {
      expect(await readProblems(server, `/api/errors/${id}`, 404)).toHaveLength(1);
    }
  },
);

describe("filters", () => {
  databaseTest("errors", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    await watch.minute(aRead(someErrors()));
    await watch.minute(aRead(someErrors()));
    const server = await startHttp(watch);
    const found = async (filters: string) =>
      (await readList(server, `/api/errors?sort=first-seen-at&${filters}`)).data.map(
        (error) => error.attributes["polarity-id"],
      );
    expect(await found("filter[server]=prod")).toEqual(["e1", "e2", "e3", "e4"]);
    expect(await found("filter[server]=other")).toEqual([]);
    expect(await found("filter[integration]=vt&filter[cause]=credential")).toEqual(["e1"]);
    expect(await found("filter[integration]=VirusTotal&filter[state]=present")).toEqual(["e1", "e2", "e3"]);
    expect(await found("filter[state]=gone")).toEqual(["e4"]);
    expect(await found("filter[http_status]=429")).toEqual(["e4"]);
    expect(await found("filter[text]=%25%20USED_up")).toEqual(["e4"]);
    expect(await found("filter[text]=%25%25x")).toEqual([]);
    expect(await found("filter[severity]=info&filter[alert-state]=firing&filter[acronym]=vt")).toEqual(["e4"]);
    expect(await found("filter[added-min]=1")).toEqual(["e4"]);
  });

  databaseTest("the other lists", async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    const server = await startHttp(watch);
    const [error] = (await readList(server, "/api/errors?filter[http-status]=429")).data;
    const now = encodeURIComponent(watch.clock().toISOString());
    const count = async (path: string) => (await readList(server, `/api/${path}`)).data.length;
    expect(await count("integrations?filter[status]=running&filter[present]=true&filter[server]=prod")).toBe(1);
    expect(await count("integrations?filter[status]=not-running")).toBe(0);
    expect(await count(`changes?filter[kind]=new&filter[error]=${error?.id}&filter[integration]=VT`)).toBe(1);
    expect(await count("changes?filter[kind]=gone")).toBe(0);
    expect(await count("changes?filter[error]=nonsense")).toBe(0);
    expect(await count(`changes?filter[since]=${now}`)).toBe(0);
    expect(await count("changes?filter[since]=2026-01-01&filter[until]=2026-02-01")).toBe(0);
    expect(await count("changes?filter[since]=2026-01-01&filter[until]=2026-04-01")).toBe(1);
    expect(await count(`alerts?filter[state]=open&filter[severity]=info&filter[error]=${error?.id}`)).toBe(1);
    expect(await count("alerts?filter[state]=resolved")).toBe(0);
    expect(await count("deliveries?filter[outcome]=delivered&filter[destination]=oncall/console")).toBe(2);
    expect(await count("deliveries?filter[outcome]=owed")).toBe(0);
    expect(await count(`deliveries?filter[since]=${now}`)).toBe(0);
    expect(await count("snapshots?filter[server]=prod&filter[since]=2026-03-01T13:02:00+01:00")).toBe(1);
    expect(await count(`snapshots?filter[until]=2026-03-01T12:02:00Z`)).toBe(1);
  });
});

describe("include", () => {
  databaseTest("brings along what was asked for, each thing once, and nothing else", async ({ db }) => {
    const server = await startHttp(await watchedFor3Minutes(db));
    const included = async (path: string) => (await readList(server, `/api/${path}`)).included?.map(({ type }) => type);
    expect(await included("errors?include=integration")).toEqual(["integrations"]);
    expect(await included("alerts?include=error,transitions")).toEqual(["errors", "transitions"]);
    expect(await included("deliveries?include=attempts")).toEqual(["attempts", "attempts"]);
    expect(await included("changes?include=error,integration")).toEqual(["errors", "integrations"]);
    expect(await included("alerts")).toBeUndefined();
  });

  databaseTest("what is included is what the relationships point at", async ({ db }) => {
    const server = await startHttp(await watchedFor3Minutes(db));
    const { data, included = [] } = await readList(server, "/api/alerts?include=error,transitions");
    const [alert] = data;
    expect(included.map(({ type, id }) => ({ type, id }))).toEqual([
      alert?.relationships?.error?.data,
      ...[alert?.relationships?.transitions?.data].flat(),
    ]);
  });
});

describe("paging", () => {
  databaseTest("following links.next visits everything once and keeps the filters", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(patchyErrors(3)));
    for (let count = 4; count <= 9; count += 1) await watch.minute(aRead(patchyErrors(count)));
    const server = await startHttp(watch);
    for (const path of [
      "errors?sort=-occurrences&filter[server]=prod",
      "changes?filter[kind]=new",
      "snapshots?",
      "alerts?",
      "deliveries?",
    ]) {
      const whole = (await readList(server, `/api/${path}`)).data.map(({ id }) => id);
      const pages = await readPages(server, `/api/${path}&page[size]=2`);
      expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(whole);
      expect(pages.length).toBe(Math.ceil(whole.length / 2));
      expect(whole.length).toBeGreaterThan(4);
    }
  });

  databaseTest("the next page keeps filters that are hard to spell", async ({ db }) => {
    const watch = await Watch.open(db);
    const odd = [1, 2, 3].map((nth) =>
      anError({
        polarityId: `q${nth}`,
        title: null,
        shortText: `Why?a=1&b=${nth}+1 "ü" 100% #${"xyz"[nth - 1]}`.repeat(nth),
      }),
    );
    await watch.minute(aRead(odd));
    const server = await startHttp(watch);
    const filter = `filter[text]=${encodeURIComponent("why?A=1&b=").replace("%3F", "?")}`;
    const pages = await readPages(server, `/api/errors?${filter}&page[size]=1`);
    expect(pages.map(({ data }) => data.length)).toEqual([1, 1, 1]);
    const decoy = await readPages(server, `/api/errors?filter[text]=why?A=7&page[size]=1`);
    expect(decoy.map(({ data }) => data.length)).toEqual([0]);
  });

  databaseTest("rows that are added meanwhile are neither repeated nor push others out", async ({ db }) => {
    const watch = await Watch.open(db);
    await watch.minute(aRead(patchyErrors(3)));
    await watch.minute(aRead(patchyErrors(8)));
    const server = await startHttp(watch);
    const before = (await readList(server, "/api/changes")).data.map(({ id }) => id);
    const seen: string[] = [];
    let count = 8;
    for (let next: string | null = "/api/changes?page[size]=2"; next !== null; ) {
      const page: Awaited<ReturnType<typeof readList>> = await readList(server, next);
      seen.push(...page.data.map(({ id }) => id));
      next = page.links.next;
      count += 1;
      await watch.minute(aRead(patchyErrors(count)));
    }
    expect(seen).toEqual(before);
  });

  databaseTest(
    "changes are those of the last seven days unless asked otherwise, and every page is of the same span",
    async ({ db }) => {
      const watch = await Watch.open(db);
      await watch.minute(aRead(patchyErrors(3)));
      await watch.minute(aRead(patchyErrors(5)));
      const server = await startHttp(watch);
      const first = await readList(server, "/api/changes?page[size]=1");
      const since = new Date(watch.clock().getTime() - 7 * 86_400_000).toISOString();
      expect(first.meta).toEqual({ since, until: null });
      watch.clock.advance(60_000);
      expect((await readList(server, first.links.next ?? "")).meta).toEqual({ since, until: null });
      watch.clock.advance(8 * 86_400_000);
      expect((await readList(server, "/api/changes")).data).toEqual([]);
      expect((await readList(server, "/api/changes?filter[until]=2026-03-02")).data).toHaveLength(2);
    },
  );
});

databaseTest("HEAD answers like GET, without the body", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const [got, head] = [await ask(server, "/api/errors"), await ask(server, "/api/errors", { method: "HEAD" })];
  expect(head).toMatchObject({ httpStatus: 200, text: "" });
  expect(head.headers["content-type"]).toBe(got.headers["content-type"]);
});
