import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/domain/json.js";
import { redactJson, redactText } from "../../src/polarity/redact.js";

const M = "[redacted]";

describe("redactText", () => {
  test.each([
    [
      "a key in a query",
      "GET https://a.example.com/x?key=FAKE-1&minify=true failed",
      `GET https://a.example.com/x?key=${M}&minify=true failed`,
    ],
    [
      "a percent-encoded name",
      "https://a.example.com/?api%5Fkey=FAKE-1#top",
      `https://a.example.com/?api%5Fkey=${M}#top`,
    ],
    [
      "an encoded URL in a query",
      "/go?to=https%3A%2F%2Fa.example.com%2F%3Fx%3D1%26api_key%3DFAKE-1%26y%3D2",
      `/go?to=https%3A%2F%2Fa.example.com%2F%3Fx%3D1%26api_key%3D${M}%26y%3D2`,
    ],
    ["a query in HTML", '<a href="/x?a=1&amp;access_token=FAKE-1">', `<a href="/x?a=1&amp;access_token=${M}">`],
    [
      "a value that nobody typed",
      "https://a.example.com/?cursor=FAKEaB3dEf6hIj9kLm2nOpQrS",
      `https://a.example.com/?cursor=${M}`,
    ],
    [
      "a form",
      "grant_type=x&client_id=y&client_secret=FAKE-a%7Eb&scope=z",
      `grant_type=x&client_id=y&client_secret=${M}&scope=z`,
    ],
    [
      "userinfo",
      "connect to http://user:FAKE-p@192.0.2.1:8080/ failed",
      `connect to http://${M}@192.0.2.1:8080/ failed`,
    ],
    [
      "a password with a slash and a sharp",
      "postgres://user:FAKE-a/b#c@db.example.com/x",
      `postgres://${M}@db.example.com/x`,
    ],
    ["a token as user name", "https://FAKE-token@git.example.com/x.git", `https://${M}@git.example.com/x.git`],
    ["encoded userinfo", "?u=https%3A%2F%2Fuser%3AFAKE-p%40a.example.com", `?u=https%3A%2F%2F${M}%40a.example.com`],
    ["a Go connection string", "user:FAKE-p@tcp(192.0.2.1:3306)/db", `${M}@tcp(192.0.2.1:3306)/db`],
    [
      "an ADO connection string",
      "Server=db;User Id=sa;Password=FAKE-p#1;Database=x",
      `Server=db;User Id=sa;Password=${M};Database=x`,
    ],
    ["a libpq connection string", "host=db password='FAKE it' user=x", `host=db password='${M}' user=x`],
    ["a bearer token in a sentence", "Bearer FAKE-in-a-sentence was refused", `Bearer ${M} was refused`],
    ["a second scheme behind a word", "bearer bearer FAKE-x1 no", `bearer bearer ${M} no`],
    [
      "an Authorization header in a sentence",
      "Authorization: Bearer FAKE-x was refused",
      `Authorization: ${M} was refused`,
    ],
    ["a scheme nobody knows", "authorization: TC 0000:RkFLRS10Yw==", `authorization: ${M}`],
    ["a digest", 'Authorization: Digest username="a", response="FAKE-1"\nnext', `Authorization: ${M}\nnext`],
    [
      "a raw header block",
      "GET /x HTTP/1.1\r\nHost: a.example.com\r\nSEC: FAKE-1\r\n\r\nbody: kept",
      `GET /x HTTP/1.1\r\nHost: a.example.com\r\nSEC: ${M}\r\n\r\nbody: kept`,
    ],
    ["cookies", "Set-Cookie: sid=FAKE-1; Path=/; theme=FAKE-2", `Set-Cookie: ${M}`],
    [
      "a header of a quoted command",
      `curl -H "x-apikey: FAKE-1" https://a.example.com`,
      `curl -H "x-apikey: ${M}" https://a.example.com`,
    ],
    ["flags", "tool --password FAKE-1 --verbose -u me:FAKE-2 x", `tool --password ${M} --verbose -u me:${M} x`],
    ["a JWT", "got eyJGQUtFIjoiRkFLRS0ifQ.FAKE-payload.FAKE-signature back", `got ${M} back`],
    ["a JWT behind an escape", "line\\neyJGQUtFIjoiRkFLRS0ifQ.FAKE-payload.FAKE-s", `line\\n${M}`],
    [
      "well-known prefixes",
      "xoxb-FAKE-0000-1 ghp_FAKE00000000000 AKIAFAKE00000000 sk-FAKE-0000000000",
      `${M} ${M} ${M} ${M}`,
    ],
    [
      "a webhook",
      "POST https://hooks.slack.com/services/T0/B0/FAKE-x failed",
      `POST https://hooks.slack.com/services/${M} failed`,
    ],
    ["a PEM block", "a\n-----BEGIN PRIVATE KEY-----\nFAKE-\n-----END PRIVATE KEY-----\nb", `a\n${M}\nb`],
    ["half a PEM block", "a -----BEGIN RSA PRIVATE KEY-----\nFAKE-", `a ${M}`],
    ["script", `<script>var atl_token = "FAKE-x";</script>`, `<script>var atl_token = "${M}";</script>`],
    [
      "a hidden field",
      `<input type="hidden" name="csrf" value="FAKE-x">`,
      `<input type="hidden" name="csrf" value="${M}">`,
    ],
    ["an XML element", "<user>a</user><password>FAKE-x</password>", `<user>a</user><password>${M}</password>`],
    [
      "JSON between words",
      'Failed: {"a":1,"headers":{"SEC":"FAKE-x"}} (2)',
      `Failed: {"a":1,"headers":{"SEC":"${M}"}} (2)`,
    ],
    [
      "JSON that was cut",
      '{"headers":{"SEC":"FAKE-x","accept":"y"},"api_key":"FAKE-y","b":"FAKE',
      `{"headers":{"SEC":"${M}","accept":"y"},"api_key":"${M}","b":"FAKE`,
    ],
    ["escaped JSON that was cut", '{\\"api_key\\":\\"FAKE-y\\",\\"b\\":1', `{\\"api_key\\":\\"${M}\\",\\"b\\":1`],
    ["a list under a secret's name", '{"set-cookie":["a=FAKE-1; Path=/","b=FAKE-2"],"b":', `{"set-cookie":${M},"b":`],
    ["JSON in a string", '{"data":"{\\"token\\":\\"FAKE-x\\"}"}', `{"data":"{\\"token\\":\\"${M}\\"}"}`],
  ])("masks %s", (_, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test.each([
    "Invalid credentials: user or key unknown",
    "InvalidCredentialsError: 80090308: LdapErr: DSID-0C09042A, data 52e",
    "TokenExpiredError: jwt expired",
    "Unauthorized: check the API key",
    "Basic authentication is not supported, use Bearer authentication",
    'password authentication failed for user "polarity_ro"',
    "connect ECONNREFUSED secrets.example.com:443",
    "token: expired",
    "https://okta.example.com/api/v1/users/user@example.com",
    "http://a.example.com:8080/x/user@example.com",
    "https://a.example.com/?hash=44d88612fea8a8f36de82e1278abb02f&q=x",
    "hxxps://bad[.]example[.]com/a?b=c",
    "Error: connect ECONNREFUSED 192.0.2.10:443\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
    "</td><script>alert(document.cookie)</script>",
    '  {"status": "Failure",  "n": 9007199254740993123}',
  ])("leaves %j as it is", (text) => {
    expect(redactText(text)).toBe(text);
  });

  test("says the same when it is asked again", () => {
    const piece = fc.constantFrom(
      ..."token password key Bearer eyJ ://a:b@ = : & ? ; [ { } ] \" ' \\ %3D %26 < > - _ , AKIA x1 cookie headers \n".split(
        " ",
      ),
      " ",
      "abcdef0123456789",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const once = redactText(pieces.join(""));
        expect(redactText(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Each of them is what some rule has to give up on, again and again. */
const HOSTILE = [
  "a",
  "-",
  "=",
  ":",
  "/",
  "//",
  "%",
  "%3D",
  "%2f%2f",
  "<",
  "<a>",
  "<input ",
  "&",
  "?a=",
  "?a='",
  ';a="',
  "eyJ",
  "eyJaaaa.",
  "SG.aaaaaaaa.",
  "token=",
  "credentials:",
  "credentials:[",
  "auth=",
  "auth=[",
  "key=%",
  "password:",
  '"token":"',
  'token=\\"',
  "cookie:",
  "headers:{",
  '"headers":{',
  "authorization: a ",
  "basic ",
  "basic+",
  "bearer realm=",
  "--a ",
  '--a "',
  "-----BEGIN",
  "//a:b",
  "//a:b/",
  "a:b@tcp",
  "-u a:",
  " HTTP/1 \n",
  "GET \n",
  "a: b\n",
  "\r",
  "x-a: ",
  "{",
  '{"',
  "[",
  '{"a":',
  "\\",
  '\\"',
  "'",
  "\u{1f525}",
  "WWWW",
  "aA1",
  "token ",
  "api key is ",
  "mysql ",
  "mysql -",
  "sshpass -p ",
  "a.a~",
  "1//0",
  "0123456789:",
];

/** Of 200 kB: a rule that goes back over what it has seen takes many seconds, all others some hundredths. */
const CPU_MS_MAX = 1000;

describe("the time it takes", () => {
  test.each(HOSTILE)("is in proportion to the length of a text full of %j", (piece) => {
    const text = piece.repeat(Math.ceil(200_000 / piece.length));
    for (const hostile of [text, `?x=1 ${text}}`, `{"a":"${text}@`]) {
      const before = process.cpuUsage();
      redactText(hostile);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(CPU_MS_MAX);
    }
  });
});

test("a block of very many lines is no trouble", () => {
  expect(redactText(`Host: a\n${"SEC: FAKE-x\n".repeat(200_000)}`)).not.toContain("FAKE-");
});

describe("redactJson", () => {
  test.each<[string, Json, Json]>([
    [
      "names however they are spelled",
      { "API-Key": "F", api_key: "F", xApiKey: "F", ClientSecret: "F" },
      { "API-Key": M, api_key: M, xApiKey: M, ClientSecret: M },
    ],
    [
      "whole objects and lists",
      { credentials: { a: "F" }, cookies: ["F"], token: 5 },
      { credentials: M, cookies: M, token: M },
    ],
    [
      "headers that are not known to be harmless",
      { headers: { SEC: "F", key: ["F"], Accept: "x", common: { "X-Own": "F" } } },
      { headers: { SEC: M, key: M, Accept: "x", common: { "X-Own": M } } },
    ],
    [
      "maps that look like headers",
      { sent: { "content-type": "a", "user-agent": "b", own: "F" } },
      { sent: { "content-type": "a", "user-agent": "b", own: M } },
    ],
    ["raw headers", { rawHeaders: ["Accept", "x", "SEC", "F"] }, { rawHeaders: ["Accept", "x", "SEC", M] }],
    ["lists of header lines", { headers: ["Accept: x", "SEC: F"] }, { headers: ["Accept: x", `SEC: ${M}`] }],
    [
      "lists of pairs",
      {
        headers: [
          ["Accept", "x"],
          ["SEC", "F"],
        ],
      },
      {
        headers: [
          ["Accept", "x"],
          ["SEC", M],
        ],
      },
    ],
    [
      "lists of names and values",
      { headers: [{ name: "SEC", value: "F" }], options: [{ key: "apiKey", value: "F" }] },
      { headers: [{ name: "SEC", value: M }], options: [{ key: "apiKey", value: M }] },
    ],
    ["parameters", { qs: { key: "F", q: "x" }, form: { k: "F" } }, { qs: { key: M, q: "x" }, form: { k: M } }],
    ["user and password in one", { auth: "user:F" }, { auth: M }],
    ["bytes", { raw: { type: "Buffer", data: [1, 2, 3] } }, { raw: { type: "Buffer", data: "[3 bytes]" } }],
    ["keys", { "https://a:F@b.example.com": 1 }, { [`https://${M}@b.example.com`]: 1 }],
    [
      "JSON in JSON in JSON",
      { a: JSON.stringify({ b: JSON.stringify({ pwd: "F" }) }) },
      { a: JSON.stringify({ b: JSON.stringify({ pwd: M }) }) },
    ],
  ])("masks %s", (_, json, expected) => {
    expect(redactJson({ json })).toEqual({ json: expected });
  });

  test("keeps what only speaks about secrets, and what holds none", () => {
    const json = {
      token_type: "Bearer",
      passwordExpired: true,
      password: null,
      secret: "",
      max_tokens: 4096,
      accessTokenUrl: "https://a.example.com/token",
      key: "PROJ-1",
      signature: "Trojan.Win32",
      code: "2A",
      requestOptions: '{ "a" : 1 }',
    };
    expect(redactJson(json)).toEqual(json);
  });

  test("drops what lies too deep, a secret at the bottom with it, and survives any depth", () => {
    const deep: Json = JSON.parse(`${'{"a":['.repeat(50_000)}{"leaf":"FAKE-x"}${"]}".repeat(50_000)}`);
    const inText = JSON.stringify({ body: `${"[".repeat(50_000)}"FAKE-x"${"]".repeat(50_000)}` });
    const redacted = JSON.stringify([redactJson({ deep }), redactText(inText)]);
    expect(redacted).toContain("[cut: nested too deep]");
    expect(redacted).not.toContain("FAKE-");
    expect(redacted.length).toBeLessThan(2000);
  });

  test("cannot be tricked by names that objects inherit", () => {
    const hostile: Json = JSON.parse('{"__proto__":{"token":"FAKE-x","a":1},"constructor":{"prototype":{"b":1}},"":2}');
    const redacted = redactJson({ hostile });
    expect(JSON.stringify(redacted)).toBe(
      `{"hostile":{"__proto__":{"token":"${M}","a":1},"constructor":{"prototype":{"b":1}},"":2}}`,
    );
    expect(Object.getPrototypeOf(redacted.hostile)).toBe(Object.prototype);
  });

  test("drops what Postgres cannot store, from keys and values", () => {
    const json: Json = JSON.parse('{"a\\u0000b":"c\\u0000d \\ud83d","e":["\\udd25"]}');
    expect(redactJson({ json })).toEqual({ json: { ab: "cd ", e: [""] } });
  });
});
