import fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprintOf } from "../../src/domain/fingerprint.js";
import { anErrorText, loadSampleErrors } from "../support/sample-errors.js";

const samples = await loadSampleErrors();
const ofText = (shortText: string) => fingerprintOf(anErrorText({ shortText }));
const ofMeta = (meta: object) => fingerprintOf(anErrorText({ shortText: "HTTP request error", meta: { ...meta } }));

const WORDS = "lookup answer refused server missing token rejected while after indicator cannot parse quota".split(" ");
const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }).map((list) => list.join(" "));
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((list) => list.join(""));
const date = fc.date({ min: new Date("1990-01-01"), max: new Date("2090-01-01"), noInvalidDate: true });
const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z]$/);
const host = fc.tuple(label, label, fc.constantFrom("com", "org", "io", "ch", "top")).map((parts) => parts.join("."));
const port = fc.integer({ min: 1, max: 65_535 });
const query = fc.tuple(label, fc.nat()).map(([key, value]) => `?${key}=${value}`);
const url = fc.tuple(host, label, query).map(([name, path, asked]) => `https://${name}/${path}${asked}`);
const variable = fc.oneof(
  fc.ipV4(),
  fc.tuple(fc.ipV4(), port).map(([address, number]) => `${address}:${number}`),
  fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, bits]) => `${address}/${bits}`),
  fc.ipV6(),
  fc.uuid(),
  hex(32),
  hex(40),
  hex(64),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  date.map((at) => at.toISOString()),
  date.map((at) => at.toUTCString()),
  fc.tuple(fc.nat(500), fc.constantFrom("ms", "seconds", "minutes", "h")).map((parts) => parts.join(" ")),
  host,
  url,
  fc.tuple(label, host).map(([name, domain]) => `${name}@${domain}`),
  fc.tuple(fc.nat(999), fc.nat(9999)).map(([a, b]) => `CVE-2${a.toString().padStart(3, "0")}-${1000 + b}`),
);

test("the same words around other addresses, hashes, numbers, times, ids and URLs are the same problem", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(words, variable, variable), { minLength: 1, maxLength: 4 }), words, (parts, last) => {
      const one = parts.map(([before, value]) => `${before} ${value}`).join(" ");
      const other = parts.map(([before, , value]) => `${before} ${value}`).join(" ");
      expect(ofText(`${other} ${last}`)).toBe(ofText(`${one} ${last}`));
    }),
    { numRuns: 1000 },
  );
});

test("other words around the same value are another problem", () => {
  fc.assert(
    fc.property(words, words, variable, (one, other, value) => {
      fc.pre(one !== other);
      expect(ofText(`${one} ${value} failed`)).not.toBe(ofText(`${other} ${value} failed`));
    }),
    { numRuns: 1000 },
  );
});

test("of all samples, only those that differ in an indicator or an id share a fingerprint", () => {
  const namesOf = new Map<string, string[]>();
  for (const { integrationId, error, name } of samples) {
    const key = `${integrationId} ${fingerprintOf(error)}`;
    namesOf.set(key, [...(namesOf.get(key) ?? []), name]);
  }
  const folded = [...namesOf.values()].filter((names) => names.length > 1);
  expect(folded.map((names) => [names.length, names[0]?.slice(0, 17)])).toEqual([
    [3, "The answer for 20"],
    [3, "No analysis found"],
  ]);
});

test("a refused connection and a timeout with the same title, text and status are two problems", () => {
  const connects = samples.filter(({ name }) => name === "Could not connect to the VirusTotal server");
  expect(new Set(connects.map(({ error }) => fingerprintOf(error))).size).toBe(2);
});

test("the codes and the status in meta tell problems apart, and nothing else of it does", () => {
  const refused = { err: { code: "ECONNREFUSED", address: "192.0.2.1", stack: "at a:1", requestId: "8f1c0a52" } };
  const elsewhere = { err: { requestId: "b7d3", stack: "at b:2", address: "192.0.2.2", code: "ECONNREFUSED" } };
  expect(ofMeta(elsewhere)).toBe(ofMeta(refused));
  expect(ofMeta({ err: { code: "ETIMEDOUT" } })).not.toBe(ofMeta(refused));
  expect(ofMeta({ statusCode: 401 })).not.toBe(ofMeta({ statusCode: 429 }));
  expect(ofMeta({ body: { code: "3f1c0a52-8d6e" } })).toBe(ofMeta({ body: { code: "9a53b7d3-0a52" } }));
});

test("a status counts wherever it stands, so that 502 and 504 in a text are two problems", () => {
  expect(ofText("Unexpected HTTP status code [502]")).not.toBe(ofText("Unexpected HTTP status code [504]"));
  expect(ofText("500 rows of 503 were skipped")).toBe(ofText("12 rows of 17 were skipped"));
});

test("the number of a failed bind tells a wrong password from a locked account", () => {
  const bind = (data: string) => ofText(`80090308: LdapErr: DSID-0C09042A, data ${data}`);
  expect(new Set(["52e", "533", "775"].map(bind)).size).toBe(3);
});

test("a text that moves to another slot, or is told twice, is still the same problem", () => {
  const one = fingerprintOf(anErrorText({ title: "Lookup failed", shortText: "No answer" }));
  expect(fingerprintOf(anErrorText({ title: "Lookup failed", longText: "No answer" }))).toBe(one);
  expect(fingerprintOf(anErrorText({ title: "Lookup failed", shortText: "no answer", longText: "No  answer" }))).toBe(
    one,
  );
});

test("an error whose only title is its class is told by its message in meta", () => {
  const failed = (message: string) => fingerprintOf(anErrorText({ title: "Error", meta: { message } }));
  expect(failed("no space left")).not.toBe(failed("no such user"));
  expect(failed("no answer from 192.0.2.1")).toBe(failed("no answer from 192.0.2.2"));
});

test("long texts that were cut at another place because of what varies in them are the same problem", () => {
  const cut = (value: string) => ofText(`answer of ${value} was slow. `.repeat(600).slice(0, 8000));
  expect(cut("192.0.2.1")).toBe(cut("198.51.100.200"));
});

test("the form is v1 and 32 hexadecimal digits, and it never changes by accident", () => {
  expect(ofText("Lookup of 192.0.2.1 failed")).toBe("v1:6251270d8804f708e78bd0c47959021b");
});
