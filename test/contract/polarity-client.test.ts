import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  createPolarityClient,
  DEFAULT_BYTES_MAX,
  type PolarityClient,
  type PolarityClientOptions,
} from "../../src/polarity/client.js";
import { eventually } from "../support/eventually.js";
import {
  anError,
  anIntegration,
  answerError,
  answerJson,
  answerText,
  type PolarityStub,
  type Script,
  startConnectProxy,
  startPolarityStub,
  TEST_CA,
} from "../support/polarity-stub.js";
import { createRecordingLog, type LogLine } from "../support/recording-log.js";
import { createTestClock, type TestClock } from "../support/test-clock.js";

const INTEGRATIONS = "GET /api/integrations";
const ERRORS = "GET /api/integrations/errors";
const LOGIN = "POST /api/users/login";
const REFRESH = "GET /api/users/refresh";
const LOGOUT = "POST /api/users/logout";

const KEY = { kind: "api-key", apiKey: "FAKE-key" } as const;
const PASSWORD = { kind: "password", username: "polarwatch", password: "FAKE-password" } as const;
const NOTHING_KNOWN = { digest: null, names: null };
const never = () => new AbortController().signal;

type Tested = { client: PolarityClient; clock: TestClock; slept: number[]; lines: LogLine[] };

/** A client of the stub that sleeps without waiting; closed when the test ends, its log searched for secrets. */
function clientOf(url: string, options: Partial<PolarityClientOptions> = {}): Tested {
  const clock = createTestClock(new Date("2025-01-08T15:00:00Z"));
  const { log, lines } = createRecordingLog();
  const slept: number[] = [];
  const client = createPolarityClient(
    {
      url,
      credentials: KEY,
      ca: null,
      proxyUrl: null,
      tlsVerify: true,
      attributes: {},
      timeouts: { connectMs: 2000, headersMs: 5000, bodyMs: 5000 },
      bytesMax: DEFAULT_BYTES_MAX,
      retry: { attemptsMax: 3, delayMsMin: 100, delayMsMax: 1000 },
      ...options,
    },
    { clock, random: () => 0.5, log, sleep: async (ms) => void slept.push(ms) },
  );
  onTestFinished(async () => {
    await client.close();
    expect(JSON.stringify(lines)).not.toContain("FAKE-");
  });
  return { client, clock, slept, lines };
}

/** A stub with two integrations and one error. */
async function aServer(options: { tls?: boolean } = {}): Promise<PolarityStub> {
  const stub = await startPolarityStub(options);
  stub.integrations = [anIntegration("i1", ["e1"]), anIntegration("i2", [], "stopped")];
  stub.errors = [anError("e1", { count: 42 })];
  return stub;
}

function text(httpStatus: number, body: string, headers: Record<string, string> = {}): Script {
  return (_, response) => answerText(response, httpStatus, body, headers);
}

const hangUp: Script = (_, response) => void response.destroy();

describe("a whole read", () => {
  test("has the integrations, the errors, the names, the server's time and a digest", async () => {
    const stub = await aServer();
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({
      kind: "complete",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: expect.any(Number),
      serverTime: stub.now,
      names: { shortText: "detail", occurrences: "count", title: null },
      integrations: [
        { polarityId: "i1", status: "running", errorIds: ["e1"] },
        { polarityId: "i2", status: "stopped", errorIds: [] },
      ],
      errors: [{ polarityId: "e1", integrationPolarityId: "i1", shortText: "Error e1", occurrences: 42 }],
    });
  });

  test("takes only a text for an integration's id, however deep what stands in its place is nested", async () => {
    const stub = await aServer();
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const error = JSON.stringify(anError("e1", { "integration-id": "i2" })).replace('"id":"i1"', `"id":${deep}`);
    stub.script(ERRORS, text(200, `{"data":[${error}]}`));
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ kind: "complete", errors: [{ integrationPolarityId: "i2" }] });
  });

  test.each(["Sat, 13 Sep 275760 00:00:00 GMT", "soon", ""])(
    "knows no time of the server that Postgres could not store: %j",
    async (date) => {
      const stub = await aServer();
      const whole = JSON.stringify({ data: stub.errors });
      stub.script(ERRORS, text(200, whole, { Date: date }));
      const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
      expect(read).toMatchObject({ kind: "complete", serverTime: null });
    },
  );

  test("is unchanged as long as every byte and every configured name is the same", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url);
    const first = await client.read(NOTHING_KNOWN, never());
    if (first.kind !== "complete") throw new Error(first.kind);
    const { digest, bytes } = first;
    expect(await client.read({ digest, names: null }, never())).toEqual({
      kind: "unchanged",
      digest,
      bytes,
      serverTime: stub.now,
    });
    const configured = clientOf(stub.url, { attributes: { title: "detail" } });
    expect(await configured.client.read({ digest, names: null }, never())).toMatchObject({
      kind: "complete",
      errors: [{ title: "Error e1", shortText: null }],
    });
    stub.integrations = [anIntegration("i1", ["e1"]), anIntegration("i2")];
    expect(await client.read({ digest, names: null }, never())).toMatchObject({ kind: "complete" });
  });

  test("of an empty list is complete, not failed and not unchanged", async () => {
    const stub = await startPolarityStub();
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ kind: "complete", integrations: [], errors: [] });
  });

  test("remembers which names were found before", async () => {
    const stub = await aServer();
    stub.errors = [anError("e1", { error: "other text" })];
    const { client } = clientOf(stub.url);
    const fresh = await client.read(NOTHING_KNOWN, never());
    if (fresh.kind !== "complete") throw new Error(fresh.kind);
    expect(fresh.names.shortText).toBe("error");
    const names = { ...fresh.names, shortText: "detail", longText: null };
    const read = await client.read({ digest: null, names }, never());
    expect(read).toMatchObject({
      names: { shortText: "detail" },
      errors: [{ shortText: "Error e1", rest: { error: "other text" } }],
    });
  });

  test("understands compressed answers", async () => {
    const stub = await aServer();
    const body = gzipSync(JSON.stringify({ data: [anError("e9")] }));
    stub.script(ERRORS, (_, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(body));
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({
      errors: [{ polarityId: "e9" }],
    });
  });

  test("finds a server behind a path, and one whose URL ends in /api", async () => {
    const stub = await aServer();
    expect(await clientOf(`${stub.url}/api/`).client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    const prefixed = await clientOf(`${stub.url}/polarity/`).client.read(NOTHING_KNOWN, never());
    expect(prefixed).toMatchObject({ reason: "wrong-shape", httpStatus: 404 });
    expect(stub.routes().at(-1)).toBe("GET /polarity/api/integrations");
  });
});

describe("a failed read", () => {
  const integrationsPage = (data: unknown, total: unknown = 2) =>
    JSON.stringify({ data, meta: { page: { number: 1, size: 200, total } } });
  test.each<[string, string, Script, object]>([
    ["403", ERRORS, text(403, ""), { reason: "forbidden", httpStatus: 403 }],
    [
      "a 404 on the errors, of a server that is too old",
      ERRORS,
      text(404, ""),
      { reason: "wrong-shape", httpStatus: 404, detail: expect.stringContaining("too old") },
    ],
    [
      "429",
      ERRORS,
      text(429, "", { "Retry-After": "90" }),
      { reason: "rate-limited", httpStatus: 429, retryAfterMs: 90_000 },
    ],
    [
      "503 with a long wait",
      INTEGRATIONS,
      text(503, "", { "Retry-After": "90" }),
      { reason: "server-error", httpStatus: 503, retryAfterMs: 90_000 },
    ],
    ["500", INTEGRATIONS, text(500, "<html>"), { reason: "server-error", httpStatus: 500 }],
    ["an unknown refusal", INTEGRATIONS, text(418, ""), { reason: "wrong-shape", httpStatus: 418 }],
    ["HTML with a 200", ERRORS, text(200, "<html>Sign in</html>"), { reason: "not-json", httpStatus: 200 }],
    ["HTML with a 201", ERRORS, text(201, "<html>Sign in</html>"), { reason: "not-json", httpStatus: 201 }],
    ["JSON that is broken, but not cut", ERRORS, text(200, '{"data": nope}'), { reason: "not-json" }],
    ["nothing at all", ERRORS, text(200, ""), { reason: "truncated" }],
    ["no content", ERRORS, (_, response) => response.writeHead(204).end(), { reason: "truncated" }],
    [
      "JSON that ends early",
      ERRORS,
      text(200, '{"data": [{"id": "e1", "attributes": {"title": "a}'),
      { reason: "truncated" },
    ],
    [
      "a body shorter than its length",
      ERRORS,
      (_, response) => {
        response.writeHead(200, { "Content-Length": 1000 }).write('{"data": []}');
        response.socket?.destroySoon();
      },
      { reason: "truncated" },
    ],
    [
      "a chunked body without its end",
      ERRORS,
      (_, response) => {
        response.writeHead(200).write('{"data": []}');
        response.socket?.destroySoon();
      },
      { reason: "truncated" },
    ],
    [
      "compressed data that was cut",
      ERRORS,
      (_, response) => {
        const body = gzipSync(JSON.stringify({ data: [anError("e1")] })).subarray(0, 40);
        response.writeHead(200, { "Content-Encoding": "gzip" }).end(body);
      },
      { reason: "truncated" },
    ],
    ["data that is no list", ERRORS, text(200, '{"data": {"id": "e1"}}'), { reason: "wrong-shape" }],
    ["errors in place of data", ERRORS, text(200, '{"errors": [{"detail": "x"}]}'), { reason: "wrong-shape" }],
    ["a list without an envelope", ERRORS, text(200, "[]"), { reason: "wrong-shape" }],
    ["an error without an id", ERRORS, text(200, '{"data": [{"attributes": {}}]}'), { reason: "wrong-shape" }],
    [
      "an integration without an id",
      INTEGRATIONS,
      text(200, integrationsPage([{ id: "" }], 1)),
      { reason: "wrong-shape" },
    ],
    [
      "no total",
      INTEGRATIONS,
      text(200, '{"data": []}'),
      { reason: "wrong-shape", detail: expect.stringContaining("how many") },
    ],
    ["an empty page before the end", INTEGRATIONS, text(200, integrationsPage([])), { reason: "truncated" }],
    [
      "something that is not HTTP",
      INTEGRATIONS,
      (_, response) => void response.socket?.end("SSH-2.0-x\r\n"),
      { reason: "not-json" },
    ],
  ])("comes from %s", async (_, route, script, expected) => {
    const stub = await aServer();
    stub.script(route, script);
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ kind: "failed", ...expected });
  });

  test("comes from a refused key, and says what may have become of it", async () => {
    const stub = await aServer();
    stub.tokens.clear();
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({
      reason: "unauthorized",
      httpStatus: 401,
      detail: expect.stringMatching(/expired or been revoked/),
    });
    expect(stub.routes()).toEqual([INTEGRATIONS]);
  });

  test("comes from a port where nothing listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    if (address === null || typeof address === "string") throw new Error("no port");
    const { client, slept } = clientOf(`http://127.0.0.1:${address.port}`);
    const read = await client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "unreachable", detail: expect.stringContaining("ECONNREFUSED") });
    expect(slept).toHaveLength(2);
  });

  test("comes from a port that fetch refuses to connect to, and is not tried again", async () => {
    const { client, slept } = clientOf("http://127.0.0.1:9");
    const read = await client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "unreachable", detail: expect.stringContaining("bad port") });
    expect(slept).toEqual([]);
  });

  test("comes from a server that never answers", async () => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, () => {});
    const timeouts = { connectMs: 5000, headersMs: 200, bodyMs: 5000 };
    const read = await clientOf(stub.url, { timeouts }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "timeout", httpStatus: null });
    await eventually(() => expect(stub.requests).toHaveLength(1), { deadlineMs: 10_000 });
  });

  test("comes from a body that drips without end", async () => {
    const stub = await aServer();
    stub.script(ERRORS, (_, response) => {
      response.writeHead(200).write('{"data": [');
      const drip = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(drip));
    });
    const timeouts = { connectMs: 2000, headersMs: 2000, bodyMs: 100 };
    const read = await clientOf(stub.url, { timeouts }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "timeout", httpStatus: 200 });
  });

  test("comes from a body whose stated length is over the cap, before any of it is read", async () => {
    const stub = await aServer();
    stub.script(ERRORS, (_, response) => void response.writeHead(200, { "Content-Length": 100_000 }).flushHeaders());
    const read = await clientOf(stub.url, { bytesMax: 10_000 }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "too-large" });
  });

  test("comes from a body without end as soon as it is over the cap", async () => {
    const stub = await aServer();
    const hungUp = new Promise<void>((resolve) => {
      stub.script(ERRORS, (_, response) => {
        response.on("close", () => resolve());
        response.writeHead(200);
        const pour = () => void (response.destroyed || response.write(" ".repeat(5000), () => setImmediate(pour)));
        pour();
      });
    });
    const read = await clientOf(stub.url, { bytesMax: 10_000 }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "too-large" });
    await hungUp;
  });

  test("comes from a small body that grows over the cap when it is decompressed", async () => {
    const stub = await aServer();
    const body = gzipSync(JSON.stringify({ data: [anError("e1", { detail: "x".repeat(100_000) })] }));
    expect(body.length).toBeLessThan(1000);
    stub.script(ERRORS, (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": body.length }).end(body);
    });
    const read = await clientOf(stub.url, { bytesMax: 10_000 }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "too-large" });
  });

  test("quotes what the server said without secrets, the innermost text first", async () => {
    const stub = await aServer();
    const inner = { detail: "refused FAKE-key\u001b[1m at https://a.example.com/?token=FAKE-x", status: "500" };
    stub.script(ERRORS, (_, response) =>
      answerJson(response, 500, { errors: [{ detail: "outer", meta: { errors: [inner] } }] }),
    );
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({
      detail: "The server failed to answer (HTTP 500): refused [redacted] at https://a.example.com/?token=[redacted]",
    });
  });
});

describe("paging", () => {
  const ids = Array.from({ length: 135 }, (_, n) => `i${n}`);

  test("goes on in whatever size the server grants, until all are there", async () => {
    const stub = await startPolarityStub();
    stub.integrations = ids.map((id) => anIntegration(id));
    stub.pageSizeMax = 50;
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read.kind === "complete" && read.integrations.map(({ polarityId }) => polarityId)).toEqual(ids);
    const asked = stub.requests.slice(0, 3).map(({ query }) => [query.get("page[number]"), query.get("page[size]")]);
    expect(asked).toEqual([
      ["1", "200"],
      ["2", "50"],
      ["3", "50"],
    ]);
  });

  test("starts again when the total changes on the way", async () => {
    const stub = await startPolarityStub();
    stub.integrations = ids.map((id) => anIntegration(id));
    stub.pageSizeMax = 100;
    stub.script(INTEGRATIONS, (_, response) => {
      const data = stub.integrations.slice(0, 100);
      answerJson(response, 200, { data, meta: { page: { number: 1, size: 100, total: 134 } } });
    });
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read.kind === "complete" && read.integrations.length).toBe(135);
    expect(stub.routes().filter((route) => route === INTEGRATIONS)).toHaveLength(4);
  });

  test("gives up on a total that never stands still", async () => {
    const stub = await startPolarityStub();
    let total = 1000;
    const moving: Script = (_, response) => {
      total += 1;
      answerJson(response, 200, { data: [anIntegration(`i${total}`)], meta: { page: { number: 1, size: 1, total } } });
    };
    stub.script(INTEGRATIONS, ...Array.from({ length: 20 }, () => moving));
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "wrong-shape", detail: expect.stringContaining("changed") });
    expect(stub.requests).toHaveLength(8);
  });

  test("does not take a page that repeats for the end", async () => {
    const stub = await startPolarityStub();
    const first: Script = (_, response) =>
      answerJson(response, 200, { data: [anIntegration("i1")], meta: { page: { number: 1, size: 1, total: 2 } } });
    stub.script(INTEGRATIONS, first, first);
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "truncated", detail: expect.stringContaining("Page 2") });
  });

  test("counts the bytes of all pages together", async () => {
    const stub = await startPolarityStub();
    stub.integrations = ids.map((id) => anIntegration(id));
    stub.pageSizeMax = 10;
    const read = await clientOf(stub.url, { bytesMax: 10_000 }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "too-large" });
  });

  test("is followed for errors too, by links, should a server page them after all", async () => {
    const stub = await aServer();
    const page =
      (id: string, next: string | null): Script =>
      (_, response) =>
        answerJson(response, 200, { data: [anError(id)], links: { next } });
    const pages = [
      page("e1", "/api/integrations/errors?page=2"),
      page("e2", `${stub.url}/api/integrations/errors?page=3`),
      page("e3", null),
    ];
    stub.script(ERRORS, ...pages, ...pages);
    const { client } = clientOf(stub.url);
    const read = await client.read(NOTHING_KNOWN, never());
    if (read.kind !== "complete") throw new Error(read.kind);
    expect(read.errors.map(({ polarityId }) => polarityId)).toEqual(["e1", "e2", "e3"]);
    expect(await client.read({ digest: read.digest, names: read.names }, never())).toMatchObject({ kind: "unchanged" });
  });

  test("is followed for errors by numbers, and keeps equal ids of two integrations apart", async () => {
    const stub = await aServer();
    const page =
      (number: number, integration: string): Script =>
      (_, response) =>
        answerJson(response, 200, {
          data: [anError("e1", {}, integration)],
          meta: { page: { number, size: 1, total: 2 } },
        });
    stub.script(ERRORS, page(1, "i1"), page(2, "i2"));
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read.kind === "complete" && read.errors.map((error) => error.integrationPolarityId)).toEqual(["i1", "i2"]);
    expect(stub.requests.at(-1)?.query.get("page[number]")).toBe("2");
  });

  test("never follows a link to another server", async () => {
    const stub = await aServer();
    const other = await startPolarityStub();
    stub.script(ERRORS, (_, response) =>
      answerJson(response, 200, { data: [anError("e1")], links: { next: `${other.url}/x` } }),
    );
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "wrong-shape" });
    expect(other.requests).toEqual([]);
  });
});

describe("repeating", () => {
  test("helps a GET over a connection that broke and over a busy server, later each time", async () => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, hangUp, text(502, ""));
    const { client, slept } = clientOf(stub.url);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(slept).toEqual([75, 150]);
  });

  test("ends after the tries that the policy allows", async () => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, text(503, ""), text(429, ""), text(504, ""));
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({
      httpStatus: 504,
      reason: "server-error",
    });
    expect(stub.requests).toHaveLength(3);
  });

  test.each([
    ["seconds", "1", 1000],
    ["an HTTP date, by the server's own clock", "Wed, 08 Jan 2025 15:00:01 GMT", 1000],
    ["a date that is over", "Wed, 08 Jan 2025 14:00:00 GMT", 0],
    ["nonsense, as none", "soon", 75],
  ])("waits as long as Retry-After says in %s", async (_, header, expectedMs) => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, text(429, "", { "Retry-After": header }));
    const { client, clock, slept } = clientOf(stub.url);
    clock.advance(86_400_000);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(slept).toEqual([expectedMs]);
  });

  test.each([
    [429, "rate-limited"],
    [503, "server-error"],
  ])("does not outwait a Retry-After over the policy's limit on %s", async (httpStatus, reason) => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, text(httpStatus, "", { "Retry-After": "2" }));
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({ reason, retryAfterMs: 2000 });
    expect(stub.requests).toHaveLength(1);
  });

  test("is never done with a POST", async () => {
    const stub = await aServer();
    const { client, slept } = clientOf(stub.url, { credentials: PASSWORD });
    stub.script(LOGIN, hangUp);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ reason: "unreachable" });
    stub.script(LOGIN, text(503, "", { "Retry-After": "0" }));
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ reason: "server-error", httpStatus: 503 });
    expect(stub.routes()).toEqual([LOGIN, LOGIN]);
    expect(slept).toEqual([]);
  });

  test("is not done after a body broke off", async () => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, text(200, '{"data": ['));
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({ reason: "truncated" });
    expect(stub.requests).toHaveLength(1);
  });
});

describe("an API key", () => {
  test("is sent as it is, without login, refresh or logout", async () => {
    const stub = await aServer();
    const { client, clock } = clientOf(stub.url);
    await client.read(NOTHING_KNOWN, never());
    clock.advance(365 * 86_400_000);
    await client.read(NOTHING_KNOWN, never());
    await client.close();
    expect(stub.routes()).toEqual([INTEGRATIONS, ERRORS, INTEGRATIONS, ERRORS]);
    expect(new Set(stub.requests.map(({ token }) => token))).toEqual(new Set(["FAKE-key"]));
  });

  test.each(["", "two\nlines", "käse"])(
    "that no header can carry, as %j, is refused at once and not quoted",
    (apiKey) => {
      expect(() => clientOf("a.example.com", { credentials: { kind: "api-key", apiKey } })).toThrow(
        /^The API key .* header can carry$/,
      );
    },
  );
});

describe("a password", () => {
  test("logs in once for reads at the same time, and logs out at the end", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    const reads = await Promise.all([1, 2, 3].map(() => client.read(NOTHING_KNOWN, never())));
    expect(reads.map(({ kind }) => kind)).toEqual(["complete", "complete", "complete"]);
    await Promise.all([client.close(), client.close()]);
    expect(stub.routes().filter((route) => route === LOGIN)).toHaveLength(1);
    expect(stub.routes().filter((route) => route === LOGOUT)).toHaveLength(1);
    expect(stub.tokens).toEqual(new Set(["FAKE-key"]));
  });

  test("is refreshed after four fifths of the token's lifetime, by the server's clock", async () => {
    const stub = await aServer();
    const { client, clock } = clientOf(stub.url, { credentials: PASSWORD });
    clock.advance(-86_400_000);
    await client.read(NOTHING_KNOWN, never());
    clock.advance(2879_000);
    await client.read(NOTHING_KNOWN, never());
    expect(stub.routes()).not.toContain(REFRESH);
    clock.advance(2000);
    await client.read(NOTHING_KNOWN, never());
    expect(stub.routes().slice(-3)).toEqual([REFRESH, INTEGRATIONS, ERRORS]);
    expect(stub.requests.at(-1)?.token).toBe("FAKE-token-2");
    expect(stub.routes().filter((route) => route === LOGIN)).toHaveLength(1);
  });

  test("keeps the token that still holds when a refresh fails, and does not try again at once", async () => {
    const stub = await aServer();
    const { client, clock } = clientOf(stub.url, { credentials: PASSWORD });
    await client.read(NOTHING_KNOWN, never());
    stub.script(REFRESH, text(500, ""));
    clock.advance(3000_000);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(stub.routes().filter((route) => route === REFRESH)).toHaveLength(1);
    clock.advance(300_000);
    await client.read(NOTHING_KNOWN, never());
    expect(stub.requests.at(-1)?.token).toBe("FAKE-token-2");
  });

  test("logs in again when the token has expired, or its refresh is refused", async () => {
    const stub = await aServer();
    const { client, clock } = clientOf(stub.url, { credentials: PASSWORD });
    await client.read(NOTHING_KNOWN, never());
    clock.advance(3600_000);
    await client.read(NOTHING_KNOWN, never());
    expect(stub.routes()).not.toContain(REFRESH);
    stub.script(REFRESH, (_, response) => answerError(response, 401, "expired"));
    clock.advance(3000_000);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(stub.routes().filter((route) => route === LOGIN)).toHaveLength(3);
  });

  test("logs in once more on a 401 in mid-use, and repeats the call", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    await client.read(NOTHING_KNOWN, never());
    stub.tokens.clear();
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(stub.routes().slice(2)).toEqual([ERRORS, INTEGRATIONS, LOGIN, INTEGRATIONS, ERRORS]);
  });

  test("is not believed a third time when the new token is refused as well", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    const refuse: Script = (_, response) => answerError(response, 401, "no");
    stub.script(INTEGRATIONS, refuse, refuse);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ reason: "unauthorized", httpStatus: 401 });
    expect(stub.routes()).toEqual([LOGIN, INTEGRATIONS, LOGIN, INTEGRATIONS]);
  });

  test("that was refused is tried again only after a growing time, of which every read tells", async () => {
    const stub = await aServer();
    stub.accounts.clear();
    const { client, clock } = clientOf(stub.url, { credentials: PASSWORD });
    const logins = () => stub.routes().filter((route) => route === LOGIN).length;
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({
      reason: "unauthorized",
      httpStatus: 401,
      detail: expect.stringContaining("2025-01-08T15:01:00.000Z"),
    });
    clock.advance(59_999);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({
      reason: "unauthorized",
      retryAfterMs: 1,
      detail: expect.stringContaining("2025-01-08T15:01:00.000Z"),
    });
    expect(logins()).toBe(1);
    clock.advance(1);
    await client.read(NOTHING_KNOWN, never());
    expect(logins()).toBe(2);
    for (const [index, minutes] of [2, 4, 8, 16, 30, 30].entries()) {
      clock.advance(minutes * 60_000 - 1);
      await client.read(NOTHING_KNOWN, never());
      expect(logins()).toBe(index + 2);
      clock.advance(1);
      await client.read(NOTHING_KNOWN, never());
      expect(logins()).toBe(index + 3);
    }
    stub.accounts.set("polarwatch", "FAKE-password");
    clock.advance(30 * 60_000);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
  });

  test.each<[string, Script, object]>([
    ["without a token", text(200, '{"data": {}}'), { reason: "wrong-shape" }],
    ["with a token that no header can carry", text(200, '{"data": {"token": "FAKE\\nx"}}'), { reason: "wrong-shape" }],
    ["that is limited", text(429, "", { "Retry-After": "60" }), { reason: "rate-limited", retryAfterMs: 60_000 }],
    ["that is not there", text(404, ""), { reason: "wrong-shape", httpStatus: 404 }],
  ])("whose login is answered %s fails the read, and may be tried again", async (_, script, expected) => {
    const stub = await aServer();
    stub.script(LOGIN, script);
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "failed", ...expected });
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
  });

  test("gets a token without a lifetime that is used until it is refused", async () => {
    const stub = await aServer();
    stub.tokens.add("FAKE-eternal");
    stub.script(LOGIN, text(200, '{"data": {"token": "FAKE-eternal"}}'));
    const { client, clock } = clientOf(stub.url, { credentials: PASSWORD });
    await client.read(NOTHING_KNOWN, never());
    clock.advance(365 * 86_400_000);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(stub.routes()).toEqual([LOGIN, INTEGRATIONS, ERRORS, INTEGRATIONS, ERRORS]);
  });

  test("is closed in peace when the logout fails, or nobody ever logged in", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    await client.read(NOTHING_KNOWN, never());
    stub.script(LOGOUT, hangUp);
    await expect(client.close()).resolves.toBeUndefined();
    await expect(
      clientOf(stub.url, { credentials: PASSWORD }).client.close(AbortSignal.abort()),
    ).resolves.toBeUndefined();
    expect(stub.routes().filter((route) => route === LOGOUT)).toHaveLength(1);
  });
});

describe("a redirect", () => {
  test("within the server is followed, with the token", async () => {
    const stub = await aServer();
    stub.script(ERRORS, text(302, "", { Location: "/api/integrations/errors?moved=1" }));
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
  });

  test("to another server is a failure that names it without its query, and the token stays here", async () => {
    const stub = await aServer();
    const other = await startPolarityStub();
    stub.script(ERRORS, text(302, "", { Location: `${other.url}/login?state=secret` }));
    const read = await clientOf(stub.url).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "wrong-shape", httpStatus: 302, detail: expect.stringContaining(other.url) });
    expect(JSON.stringify(read)).not.toContain("state");
    expect(other.requests).toEqual([]);
  });

  test("in a circle comes to an end", async () => {
    const stub = await aServer();
    const again = text(307, "", { Location: "/api/integrations" });
    stub.script(INTEGRATIONS, again, again, again, again, again);
    expect(await clientOf(stub.url).client.read(NOTHING_KNOWN, never())).toMatchObject({
      reason: "wrong-shape",
      httpStatus: 307,
    });
    expect(stub.requests).toHaveLength(4);
  });

  test("of a login is not followed with the password", async () => {
    const stub = await aServer();
    stub.script(LOGIN, text(307, "", { Location: "/api/users/login2" }));
    const read = await clientOf(stub.url, { credentials: PASSWORD }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "wrong-shape", httpStatus: 307 });
    expect(stub.routes()).toEqual([LOGIN]);
  });
});

describe("TLS", () => {
  test("trusts a private CA that was given", async () => {
    const stub = await aServer({ tls: true });
    const { client } = clientOf(stub.url.replace("https://", ""), { ca: TEST_CA });
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
  });

  test("trusts nobody else, and does not try again", async () => {
    const stub = await aServer({ tls: true });
    const { client, slept } = clientOf(stub.url);
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({
      reason: "tls",
      detail: expect.stringContaining("UNABLE_TO_"),
    });
    expect([stub.requests, slept]).toEqual([[], []]);
  });

  test("is not checked where that was asked for", async () => {
    const stub = await aServer({ tls: true });
    expect(await clientOf(stub.url, { tlsVerify: false }).client.read(NOTHING_KNOWN, never())).toMatchObject({
      kind: "complete",
    });
  });

  test("that a server does not speak is a failure of TLS", async () => {
    const stub = await aServer();
    const read = await clientOf(stub.url.replace("http:", "https:")).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "tls" });
  });

  test("is not set up with a CA that is none", () => {
    expect(() => clientOf("a.example.com", { ca: "not a certificate" })).toThrow(/not PEM/);
  });
});

describe("a proxy", () => {
  test("carries everything through a tunnel, with its own credentials", async () => {
    const stub = await aServer({ tls: true });
    const proxy = await startConnectProxy();
    const proxyUrl = proxy.url.replace("http://", "http://me:FAKE-p@");
    const { client } = clientOf(stub.url, { ca: TEST_CA, proxyUrl });
    expect(await client.read(NOTHING_KNOWN, never())).toMatchObject({ kind: "complete" });
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(stub.url).host]));
    const authorization = `Basic ${Buffer.from("me:FAKE-p").toString("base64")}`;
    expect(new Set(proxy.authorizations)).toEqual(new Set([authorization]));
  });

  test("does not weaken TLS", async () => {
    const stub = await aServer({ tls: true });
    const proxy = await startConnectProxy();
    const read = await clientOf(stub.url, { proxyUrl: proxy.url }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "tls" });
  });

  test("that refuses makes the server unreachable, and says so", async () => {
    const stub = await aServer({ tls: true });
    const proxy = await startConnectProxy(407);
    const read = await clientOf(stub.url, { proxyUrl: proxy.url }).client.read(NOTHING_KNOWN, never());
    expect(read).toMatchObject({ reason: "unreachable", detail: "The proxy refused the connection (HTTP 407)" });
  });
});

describe("an abort", () => {
  test("before, during and between requests is thrown as its reason", async () => {
    const stub = await aServer();
    const reason = new Error("shutting down");
    await expect(clientOf(stub.url).client.read(NOTHING_KNOWN, AbortSignal.abort(reason))).rejects.toBe(reason);
    const during = new AbortController();
    stub.script(INTEGRATIONS, () => during.abort(reason));
    await expect(clientOf(stub.url).client.read(NOTHING_KNOWN, during.signal)).rejects.toBe(reason);
    const inBody = new AbortController();
    stub.script(ERRORS, (_, response) => {
      response.writeHead(200).write("{");
      setImmediate(() => inBody.abort(reason));
    });
    await expect(clientOf(stub.url).client.read(NOTHING_KNOWN, inBody.signal)).rejects.toBe(reason);
  });

  test("before a login begins none: nobody would hear how it ended", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    const reason = new Error("shutting down");
    await expect(client.read(NOTHING_KNOWN, AbortSignal.abort(reason))).rejects.toBe(reason);
    await client.close();
    expect(stub.routes()).toEqual([]);
  });

  test("of one read leaves the login to the others", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url, { credentials: PASSWORD });
    const impatient = new AbortController();
    stub.script(LOGIN, (_, response) => {
      impatient.abort(new Error("enough"));
      stub.tokens.add("FAKE-late");
      setImmediate(() => answerJson(response, 200, { data: { token: "FAKE-late" } }));
    });
    const given = client.read(NOTHING_KNOWN, impatient.signal);
    const kept = client.read(NOTHING_KNOWN, never());
    await expect(given).rejects.toThrow("enough");
    expect(await kept).toMatchObject({ kind: "complete" });
    expect(stub.routes().filter((route) => route === LOGIN)).toHaveLength(1);
  });
});

describe("filters", () => {
  test("are sent as the server documents them, and only when they narrow", async () => {
    const stub = await aServer();
    const { client } = clientOf(stub.url);
    const ids = async (filters: { running?: boolean; withErrors?: boolean }) => {
      const read = await client.listIntegrations(filters, never());
      return read.kind === "complete" ? read.integrations.map(({ polarityId }) => polarityId) : read;
    };
    expect(await ids({ running: true })).toEqual(["i1"]);
    expect(await ids({ withErrors: true })).toEqual(["i1"]);
    expect(await ids({ running: false, withErrors: false })).toEqual(["i1", "i2"]);
    const sent = stub.requests.map(({ query }) => [...query].filter(([name]) => name.startsWith("filter")));
    expect(sent).toEqual([
      [["filter[integration.status]", "running"]],
      [["filter[integration.integration-errors]", "true"]],
      [],
    ]);
  });

  test("of a list that cannot be read are a failed read", async () => {
    const stub = await aServer();
    stub.script(INTEGRATIONS, text(403, ""));
    expect(await clientOf(stub.url).client.listIntegrations({}, never())).toMatchObject({ reason: "forbidden" });
  });
});

describe("a probe", () => {
  test("tells what was found, and that the credentials are proved", async () => {
    const stub = await aServer();
    stub.errors = [anError("e1", { strange: 1 })];
    stub.script("GET /api/openapi", text(200, JSON.stringify({ openapi: "3.0.1", info: { version: "5.7.3" } })));
    const { client } = clientOf(stub.url, { attributes: { title: "headline" } });
    expect(await client.probe(never())).toMatchObject({
      kind: "probed",
      openapi: { kind: "served", openapiVersion: "3.0.1", apiVersion: "5.7.3", names: null },
      names: { shortText: "detail", title: null },
      configuredMissing: ["title"],
      unplaced: ["strange"],
      integrations: 2,
      integrationsRunning: 1,
      integrationsWithErrors: 1,
      errors: 1,
      visibility: "proved",
    });
  });

  test("of a server without errors proves nothing, and needs no description", async () => {
    const stub = await startPolarityStub();
    expect(await clientOf(stub.url).client.probe(never())).toMatchObject({
      openapi: { kind: "not-served", detail: expect.stringContaining("404") },
      configuredMissing: [],
      errors: 0,
      visibility: "unproved",
    });
  });

  test("with refused credentials is a failed read", async () => {
    const stub = await aServer();
    stub.tokens.clear();
    expect(await clientOf(stub.url).client.probe(never())).toMatchObject({ reason: "unauthorized" });
  });
});

describe("settings that can never work", () => {
  test.each(["", "ftp://a.example.com", "https://user:FAKE-p@a.example.com", "https://a b"])(
    "as the URL %j throw, unquoted",
    (url) => {
      expect(() => clientOf(url)).toThrow(/^The URL of a Polarity server [a-z /:]+$/);
    },
  );
});
