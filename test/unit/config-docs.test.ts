import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.js";
import { readTextFile } from "../../src/config/read-text-file.js";
import { hasFileForm, SETTING_NAMES, SETTINGS, type Setting } from "../../src/config/settings.js";
import { A_SERVER, aConfigInput, validConfig } from "../support/config-input.js";

const PAGE = readTextFile("docs/configuration.md");
const EXAMPLE = readTextFile("polarwatch.example.yaml");
const EXAMPLE_ENV = {
  PROD_API_KEY: "k",
  LAB_PASSWORD: "p",
  SLACK_BOT_TOKEN: "xoxb-1",
  SMTP_URL: "smtps://mail.example.com",
  WEBHOOK_SECRET: "a-signing-secret",
};

/** The tables of the page, one a group, as they follow from the source. */
function settingsTables(): string {
  const settings = SETTING_NAMES.map((name) => ({ name, ...(SETTINGS[name] satisfies Setting as Setting) }));
  const groups = [...new Set(settings.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = settings
        .filter((setting) => setting.group === group)
        .map(({ name, isSecret, summary, unset }) => `| \`${name}\`${isSecret ? " *" : ""} | ${summary} | ${unset} |`);
      return [`### ${group}`, "", "| setting | meaning | when unset |", "| --- | --- | --- |", ...rows, ""].join("\n");
    })
    .join("\n");
}

/** The formatter pads the columns of a table. */
function withoutPadding(tables: string): string {
  return tables.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---");
}

test("the page lists every setting as the source describes it", () => {
  const listed = /<!-- settings -->\n\n([\s\S]*)\n<!-- \/settings -->/.exec(PAGE)?.[1];
  expect(withoutPadding(listed ?? "")).toBe(settingsTables());
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
    "webhook",
    "console",
  ]);
  expect(config.warnings).toEqual([]);
});

test("the example's comments load too, one by one", () => {
  const files = { "polarwatch.yaml": EXAMPLE.replace(/^(\s+)# (proxy_url|tls_verify|bytes_max):/gm, "$1$2:") };
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
    const input = aConfigInput(
      { ...A_SERVER, ...EXAMPLE_ENV },
      { "polarwatch.yaml": text, "/run/secrets/polarity": "k" },
    );
    expect(loadConfig(input)).toMatchObject({ kind: "valid" });
  }
});
