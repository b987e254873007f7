import { expect } from "vitest";
import { ENDPOINTS } from "../../src/http/api.js";
import { databaseTest } from "../support/database.js";
import { ask, startHttp } from "../support/http-server.js";
import { watchedFor3Minutes } from "../support/past.js";
import { aRead, someErrors } from "../support/watch.js";

databaseTest(
  "whoever names what they have is told in few bytes that it still holds, until it changes",
  async ({ db }) => {
    const watch = await watchedFor3Minutes(db);
    const server = await startHttp(watch);
    const first = await ask(server, "/api/errors");
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await ask(server, "/api/errors", { headers: { "if-none-match": known } });
      expect(again, known).toMatchObject({ httpStatus: 304, text: "" });
      expect(again.headers).toMatchObject({ etag, vary: "accept", "cache-control": "private, no-cache" });
      expect(again.headers["content-type"]).toBeUndefined();
    }
    for (const other of ['"other"', etag.slice(1, -1), ""]) {
      expect((await ask(server, "/api/errors", { headers: { "if-none-match": other } })).httpStatus).toBe(200);
    }
    const head = await ask(server, "/api/errors", { method: "HEAD", headers: { "if-none-match": etag } });
    expect(head.httpStatus).toBe(304);
    await watch.minute(aRead(someErrors()));
    const changed = await ask(server, "/api/errors", { headers: { "if-none-match": etag } });
    expect(changed.httpStatus).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  },
);

databaseTest("one form of JSON is never taken for the other", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  const { etag } = (await ask(server, "/api/errors")).headers;
  const headers = { accept: "application/json", "if-none-match": String(etag) };
  expect((await ask(server, "/api/errors", { headers })).httpStatus).toBe(200);
});

databaseTest("no answer may be kept by a cache that several share, and a refusal by none", async ({ db }) => {
  const server = await startHttp(await watchedFor3Minutes(db));
  for (const { path } of ENDPOINTS) {
    const answer = await ask(server, path.replace(":id", "1"));
    expect(answer.headers["cache-control"], path).toBe(answer.httpStatus === 200 ? "private, no-cache" : "no-store");
    expect(answer.headers.etag === undefined, path).toBe(answer.httpStatus !== 200);
  }
  for (const path of ["/", "/healthz", "/metrics", "/nowhere"]) {
    expect((await ask(server, path)).headers["cache-control"], path).toBe("no-store");
  }
});
