import { connect } from "node:net";
import { describe, expect } from "vitest";
import { PortInUseError } from "../../src/http/port-in-use-error.js";
import { type HttpServer, serveHttp } from "../../src/http/server.js";
import { alteredDatabaseTest, databaseTest } from "../support/database.js";
import { ask, httpDeps, startHttp, TOKEN } from "../support/http-server.js";
import { watchedFor3Minutes } from "../support/past.js";
import { createRecordingLog } from "../support/recording-log.js";
import { createTestClock } from "../support/test-clock.js";

const WITH_TOKEN = { host: "127.0.0.1", port: 0, apiToken: TOKEN };
const clock = createTestClock();
const basic = (password: string) => `Basic ${Buffer.from(`anyone:${password}`).toString("base64")}`;

describe("with a token", () => {
  databaseTest("nothing but health is answered without it, and everything with it", async ({ db }) => {
    const moving = createTestClock();
    const server = await startHttp({ db, clock: moving, settings: WITH_TOKEN });
    for (const path of ["/", "/api/errors", "/errors/1", "/style.css", "/nowhere", "/api/errors?page[size]=0"]) {
      moving.advance(60_000); // else so many wrong ones would be too many
      for (const authorization of [
        undefined,
        "",
        "Bearer",
        "Bearer ",
        `Bearer ${TOKEN}x`,
        TOKEN,
        basic("wrong"),
        "Basic !",
      ]) {
        const answer = await ask(server, path, { headers: authorization === undefined ? {} : { authorization } });
        expect(answer.httpStatus, `${path} ${authorization}`).toBe(401);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
      }
    }
    for (const authorization of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, basic(TOKEN)]) {
      expect((await ask(server, "/api/errors", { headers: { authorization } })).httpStatus).toBe(200);
    }
    expect((await ask(server, "/healthz")).httpStatus).toBe(200);
    expect((await ask(server, "/readyz")).httpStatus).toBe(200);
  });

  databaseTest("a browser is led to the login, and a password in the header still does", async ({ db }) => {
    const server = await startHttp({ db, clock, settings: WITH_TOKEN });
    const html = "text/html,*/*;q=0.8";
    for (const [path, location] of [
      ["/", "/login"],
      ["/errors/1?a=b", "/login?next=%2Ferrors%2F1%3Fa%3Db"],
      ["/api/errors", "/login?next=%2Fapi%2Ferrors"],
      ["/nowhere", "/login?next=%2Fnowhere"],
    ]) {
      const led = await ask(server, path ?? "", { headers: { accept: html } });
      expect([led.httpStatus, led.headers.location, led.headers["www-authenticate"]]).toEqual([
        303,
        location,
        undefined,
      ]);
    }
    const shown = await ask(server, "/", { headers: { accept: "text/html", authorization: basic(TOKEN) } });
    expect(shown.httpStatus).toBe(200);
    expect(shown.text).not.toContain("/logout"); // there is no session to end
  });

  databaseTest("any host name is answered, for a proxy may stand in front", async ({ db }) => {
    const server = await startHttp({ db, clock, settings: WITH_TOKEN });
    const headers = { host: "polarwatch.example.com", authorization: `Bearer ${TOKEN}` };
    expect((await ask(server, "/api/servers", { headers })).httpStatus).toBe(200);
  });
});

describe("without a token", () => {
  databaseTest("only loopback names are answered, whatever a page calls this machine", async ({ db }) => {
    const server = await startHttp({ db, clock });
    const statusFor = async (host: string, path = "/api/errors") =>
      (await ask(server, path, { headers: { host } })).httpStatus;
    for (const host of [
      "localhost",
      "localhost:1234",
      "LOCALHOST",
      "127.0.0.1",
      "127.9.9.9:80",
      "[::1]",
      "[::1]:8080",
    ]) {
      expect(await statusFor(host), host).toBe(200);
    }
    const foreign = [
      "evil.example.com",
      "127.0.0.1.evil.example.com",
      "localhost.evil.example.com",
      "10.0.0.1",
      "0.0.0.0",
      "localhost:80:80",
      "127.1",
      "a@localhost",
    ];
    for (const host of foreign) {
      for (const path of ["/api/errors", "/", "/healthz", "/readyz", "/nowhere"]) {
        expect(await statusFor(host, path), `${host} ${path}`).toBe(403);
      }
    }
  });

  databaseTest("scripts of other sites are refused, links from them are not", async ({ db }) => {
    const server = await startHttp({ db, clock });
    const statusFor = async (origin: string) =>
      (await ask(server, "/api/errors", { headers: { host: "localhost:8080", origin } })).httpStatus;
    expect(await statusFor("http://localhost:8080")).toBe(200);
    for (const origin of ["https://evil.example.com", "null", "http://localhost:9090", "https://localhost:8080"]) {
      expect(await statusFor(origin), origin).toBe(403);
    }
    for (const site of ["cross-site", "same-site"]) {
      const statusOf = async (mode: string) => {
        const headers = { host: "localhost:8080", "sec-fetch-site": site, "sec-fetch-mode": mode };
        return (await ask(server, "/api/errors", { headers })).httpStatus;
      };
      expect(await statusOf("navigate")).toBe(200); // a link to here
      for (const mode of ["no-cors", "cors", "websocket"]) expect(await statusOf(mode), `${site} ${mode}`).toBe(403);
    }
    const preflight = { origin: "https://evil.example.com", "access-control-request-method": "GET" };
    const answer = await ask(server, "/api/errors", { method: "OPTIONS", headers: preflight });
    expect(answer.httpStatus).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

databaseTest(
  "every answer forbids sniffing, framing and running anything, and to store more than one may have",
  async ({ db }) => {
    const server = await startHttp(await watchedFor3Minutes(db));
    const refused = { headers: { host: "evil.example.com" } };
    const answers = await Promise.all([
      ask(server, "/"),
      ask(server, "/api/errors"),
      ask(server, "/api/errors?foo=1"),
      ask(server, "/nowhere"),
      ask(server, "/%zz"),
      ask(server, "/", refused),
    ]);
    expect(answers.map(({ httpStatus }) => httpStatus)).toEqual([200, 200, 400, 404, 400, 403]);
    for (const { headers } of answers) {
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe(headers.etag === undefined ? "no-store" : "private, no-cache");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    }
  },
);

databaseTest("an unknown address is 404, and another method than GET and HEAD 405, in JSON:API", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  for (const path of [
    "/nowhere",
    "/api",
    "/api/",
    "/api/errors/1/2",
    "/api/servers/%00",
    "/api/errors/9999",
    `/errors/${"9".repeat(1500)}`,
  ]) {
    const answer = await ask(server, path);
    expect(answer.httpStatus, path).toBe(path.length > 1000 ? 400 : 404);
    expect(JSON.parse(answer.text).errors).toHaveLength(1);
    expect(answer.headers["content-type"]).toBe("application/vnd.api+json");
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of ["/", "/api/errors", "/api/errors/1", "/healthz", "/style.css"]) {
      const answer = await ask(server, path, {
        method,
        body: "x".repeat(100_000),
        headers: { "content-type": "text/odd" },
      });
      expect(answer.httpStatus, `${method} ${path}`).toBe(405);
      expect(answer.headers.allow).toBe("GET, HEAD");
      expect(JSON.parse(answer.text).errors[0].code).toBe("wrong-method");
    }
    expect((await ask(server, "/nowhere", { method, body: "{" })).httpStatus).toBe(404);
  }
});

databaseTest("a browser on a wrong address gets a page", async ({ db }) => {
  const server = await startHttp({ db, clock });
  const answer = await ask(server, "/servers/nowhere", { headers: { accept: "text/html" } });
  expect(answer).toMatchObject({ httpStatus: 404, text: expect.stringContaining("There is nothing here") });
  expect((await ask(server, "/servers/%00")).httpStatus).toBe(404);
});

databaseTest("the form of JSON is what Accept allows, and 406 when it allows none", async ({ db }) => {
  const server = await startHttp({ db, clock });
  const typeFor = async (accept: string) => {
    const { httpStatus, headers } = await ask(server, "/api/errors", { headers: { accept } });
    return httpStatus === 200 ? headers["content-type"] : httpStatus;
  };
  const jsonApi = "application/vnd.api+json";
  for (const accept of [jsonApi, "*/*", "application/*", `${jsonApi}, application/json`, "text/html, */*;q=0.1"]) {
    expect(await typeFor(accept), accept).toBe(jsonApi);
  }
  expect(await typeFor("application/json")).toBe("application/json");
  expect(await typeFor(`${jsonApi};q=0.1, Application/JSON`)).toBe("application/json");
  for (const accept of [
    "text/html",
    "application/xml",
    "application/json;q=0",
    `${jsonApi};ext="x"`,
    "application/json;q=2",
  ]) {
    expect(await typeFor(accept), accept).toBe(406);
  }
});

databaseTest("a request leaves one debug line, without its values and without the token", async ({ db }) => {
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock, log, settings: WITH_TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  await ask(server, "/api/errors?filter[text]=very-private", { headers });
  await ask(server, "/servers/very-private", { headers });
  await ask(server, "/very-private?very-private", { headers });
  expect(lines.map(({ level, msg, route, http_status }) => ({ level, msg, route, http_status }))).toEqual([
    { level: 20, msg: "Request answered", route: "/api/errors", http_status: 200 },
    { level: 20, msg: "Request answered", route: "/servers/:id", http_status: 404 },
    { level: 20, msg: "Request answered", route: null, http_status: 404 },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/very-private|a-token-of/);
});

alteredDatabaseTest("a fault of ours is logged once and tells the outside nothing", async ({ db }) => {
  const { log, lines } = createRecordingLog();
  const server = await startHttp({ db, clock, log });
  await db.$executeRaw`DROP TABLE delivery CASCADE`;
  for (const [path, accept] of [
    ["/api/deliveries", "*/*"],
    ["/api/deliveries", "text/html, */*"],
  ] as const) {
    const answer = await ask(server, path, { headers: { accept } });
    expect(answer.httpStatus).toBe(500);
    expect(JSON.parse(answer.text).errors).toEqual([expect.objectContaining({ status: "500", code: "internal" })]);
    expect(answer.text).not.toMatch(/delivery|42P01|relation|SELECT/i);
  }
  expect(lines.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([
    "A request failed",
    "A request failed",
  ]);
});

describe("starting and stopping", () => {
  databaseTest("a port that is taken is a PortInUseError with what to do about it", async ({ db }) => {
    const first = await startHttp({ db, clock });
    const port = Number(new URL(first.url).port);
    const { log } = createRecordingLog();
    const settings = { host: "127.0.0.1", port, apiToken: null };
    const second = serveHttp(httpDeps({ db, clock, log, settings }));
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(second).rejects.toThrow(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use.*PORT=`));
  });

  databaseTest("an IPv6 address stands in brackets in the URL, and answers", async ({ db }) => {
    for (const host of ["::1", "[::1]"]) {
      const server = await startHttp({ db, clock, settings: { host, port: 0, apiToken: null } });
      expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
      expect((await ask(server, "/healthz")).httpStatus).toBe(200);
    }
  });

  databaseTest("closing ends connections that are kept alive, and those that never asked", async ({ db }) => {
    const server = await startHttp({ db, clock });
    const sockets = await Promise.all([idleAfterAnswer(server), silent(server)]);
    const ended = Promise.all(sockets.map(({ closed }) => closed));
    await server.close();
    await ended;
    await expect(ask(server, "/healthz")).rejects.toThrow(/ECONNREFUSED/);
  });
});

type Connection = { closed: Promise<void> };

/** A connection that has had an answer and is kept open for the next one. */
function idleAfterAnswer(server: HttpServer): Promise<Connection> {
  return connection(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", "data");
}

/** A connection on which half a request was sent. */
function silent(server: HttpServer): Promise<Connection> {
  return connection(server, "GET /healthz HTT", "connect");
}

function connection(server: HttpServer, sent: string, ready: "data" | "connect"): Promise<Connection> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {}); // a reset is an end as well
  socket.write(sent);
  return new Promise((resolve) => socket.once(ready, () => resolve({ closed })));
}
