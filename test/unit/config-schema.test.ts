import Fastify from "fastify";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { fileJsonSchema } from "../../src/config/json-schema.js";
import { readTextFile } from "../../src/config/read-text-file.js";

/** The published schema with short lists on one line, as the formatter wants them. */
function schemaText(): string {
  const text = JSON.stringify(fileJsonSchema(), null, 2);
  return `${text.replace(/\[\s+("[^[\]{}]*?")\s+\]/g, (_, items: string) => `[${items.replace(/\s*\n\s*/g, " ")}]`)}\n`;
}

test("the published JSON Schema is the one that follows from the source; vitest -u writes it anew", async () => {
  await expect(schemaText()).toMatchFileSnapshot("../../docs/polarwatch.schema.json");
});

/** What an editor would say, by the JSON Schema validator that Fastify brings, told not to repair anything. */
async function accepts(file: object): Promise<boolean> {
  const repairsNothing = {
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allowUnionTypes: true,
  } as const;
  const app = Fastify({ ajv: { customOptions: repairsNothing } });
  app.post("/", { schema: { body: fileJsonSchema() } }, async () => "");
  const { statusCode } = await app.inject({ method: "POST", url: "/", payload: file });
  expect([200, 400]).toContain(statusCode);
  await app.close();
  return statusCode === 200;
}

test("an editor accepts the example, and files and variables in place of values", async () => {
  expect(await accepts(parse(readTextFile("polarwatch.example.yaml"), { merge: true }))).toBe(true);
  const server = {
    name: "a",
    url: `\${URL}`,
    username: "u",
    password_file: "p",
    tls_verify: `\${VERIFY}`,
    ca_file: "c",
  };
  const webhook = { url_file: "hook", secret_file: "secret" };
  const mail = { smtp_url: `\${SMTP_URL}`, from: "p@example.com", to: ["a@example.com", `\${TEAM}`] };
  const receiver = { name: "r", webhook_configs: [webhook], email_configs: [mail] };
  expect(await accepts({ "x-anything": [1], servers: [server], receivers: [receiver] })).toBe(true);
});

const TWO_CONDITIONS = { last_seen_moved: {}, added: { at_least: 1, within: "poll" } };

test.each<[string, object]>([
  ["an unknown key", { rule: [] }],
  ["an unknown key of a route below a route", { route: { routes: [{ routes: [{ groupwait: "1s" }] }] } }],
  ["matchers at the root", { route: { matchers: ["a=b"] } }],
  ["a rule on nothing", { rules: [{ name: "a" }] }],
  ["a rule on something unknown", { rules: [{ name: "a", on: "grown" }] }],
  ["two conditions in one", { rules: [{ name: "a", on: "growing", any_of: [TWO_CONDITIONS] }] }],
  ["an unknown key of a server", { servers: [{ name: "a", url: "a", api_key: "k", intervall: "1m" }] }],
  ["a server without credentials", { servers: [{ name: "a", url: "a" }] }],
  ["two ways in", { servers: [{ name: "a", url: "a", api_key: "k", username: "u", password: "p" }] }],
  ["a destination without its secret", { receivers: [{ name: "r", slack_configs: [{ channel: "c" }] }] }],
  [
    "a secret given twice",
    { receivers: [{ name: "r", webhook_configs: [{ url: "http://a.example.com", url_file: "f" }] }] },
  ],
  ["a name with a slash", { receivers: [{ name: "a/b", console_configs: [{}] }] }],
])("an editor marks %s", async (_, file) => {
  expect(await accepts(file)).toBe(false);
});
