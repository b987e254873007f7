import { describe, expect, test } from "vitest";
import { readTextFile } from "../../src/config/read-text-file.js";
import { fileReference, settingsReference } from "../../src/config/reference.js";
import { hasFileForm, SETTING_NAMES, SETTINGS } from "../../src/config/settings.js";
import { A_SERVER, problemLines, validConfig } from "../support/config-input.js";

const PAGE = readTextFile("docs/configuration.md");
const EXAMPLE = readTextFile("polarwatch.example.yaml");
const EXAMPLE_ENV = {
  PROD_API_KEY: "k",
  LAB_PASSWORD: "p",
  SLACK_BOT_TOKEN: "xoxb-1",
  SLACK_APP_TOKEN: "xapp-1",
  SMTP_URL: "smtps://mail.example.com",
  WEBHOOK_SECRET: "a-signing-secret",
  PAGERDUTY_ROUTING_KEY: "k".repeat(32),
  TEAMS_WORKFLOW_URL: "https://workflows.example.com/invoke?sig=s",
};

/** The page with what stands between two markers made anew from the source. */
function withSection(page: string, marker: string, content: string): string {
  const between = new RegExp(`(<!-- ${marker} -->\n)[\\s\\S]*(<!-- /${marker} -->)`);
  expect(page).toMatch(between);
  return page.replace(between, (_, start: string, end: string) => `${start}\n${content}\n\n${end}`);
}

test("the page lists every setting and every key as the source describes them; vitest -u writes it anew", async () => {
  const page = withSection(withSection(PAGE, "settings", settingsReference()), "keys", fileReference());
  await expect(page).toMatchFileSnapshot("../../docs/configuration.md");
});

test("every setting named on the page exists", () => {
  const named = PAGE.match(/\b(POLARITY|POLARWATCH|SLACK|SMTP|EMAIL|WEBHOOK)_[A-Z_]+\b/g) ?? [];
  const known = SETTING_NAMES.flatMap((name) => (hasFileForm(name) ? [name, `${name}_FILE`] : [name]));
  expect(named.filter((name) => !known.some((each) => each === name))).toEqual([]);
});

test("the example loads, without a warning", () => {
  const config = validConfig(EXAMPLE_ENV, { "polarwatch.yaml": EXAMPLE });
  expect(config.servers.map(({ name, receiver }) => [name, receiver])).toEqual([
    ["prod", "secops"],
    ["lab", "lab"],
  ]);
  expect(config.receivers.flatMap(({ destinations }) => destinations.map(({ kind }) => kind))).toEqual([
    "slack",
    "email",
    "email",
    "webhook",
    "email",
    "pagerduty",
    "teams",
    "console",
  ]);
  expect(config.warnings).toEqual([]);
});

test("the example's comments load too, one by one", () => {
  const files = {
    "polarwatch.yaml": EXAMPLE.replace(
      /^(\s+)# (proxy_url|tls_verify|bytes_max|previous_secret|allow_private_addresses|api_url):/gm,
      "$1$2:",
    ),
  };
  expect(validConfig(EXAMPLE_ENV, files).servers[0]).toMatchObject({ proxyUrl: "http://proxy.example.com:3128" });
});

describe("what the settings say of their unset value is so", () => {
  const config = validConfig(A_SERVER);
  test.each([
    ["POLARITY_INTERVAL", config.servers[0]?.intervalMs, "`1m`", 60_000],
    ["GROUP_WAIT", config.route.groupWaitMs, "`30s`", 30_000],
    ["GROUP_INTERVAL", config.route.groupIntervalMs, "`5m`", 300_000],
    ["HOST", config.http.host, "`127.0.0.1`", "127.0.0.1"],
    ["PORT", config.http.port, "`8080`", 8080],
    ["LOG_LEVEL", config.log.level, "`info`", "info"],
  ] as const)("%s", (name, actual, words, expected) => {
    expect(SETTINGS[name].unset).toBe(words);
    expect(actual).toBe(expected);
  });
});

test("every example of a file on the page loads", () => {
  const examples = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  expect(examples.length).toBeGreaterThan(0);
  for (const text of examples) {
    const asked = Object.entries(EXAMPLE_ENV).filter(([name]) => text.includes(`\${${name}}`));
    const secrets = {
      "/run/secrets/polarity": "k",
      "/run/secrets/webhook": "k",
      "/run/secrets/webhook-old": "k",
      "/run/secrets/pagerduty": "k".repeat(32),
      "/run/secrets/teams": "https://workflows.example.com/invoke?sig=s",
    };
    const files = { "polarwatch.yaml": text, ...secrets };
    expect(problemLines({ ...A_SERVER, ...Object.fromEntries(asked) }, files)).toEqual([]);
  }
});
