import { describe, expect, test } from "vitest";
import { DESTINATION_KIND_NAMES, keyOf } from "../../src/config/destination-kinds.js";
import { loadConfig } from "../../src/config/load-config.js";
import { A_SERVER, aConfigInput, CWD, problemLines, validConfig } from "../support/config-input.js";

/** Problems of a polarwatch.yaml with this text. */
function fileProblems(text: string, env: Record<string, string> = {}, files: Record<string, string> = {}): string[] {
  return problemLines(env, { "polarwatch.yaml": text, ...files });
}

describe("problems with a file", () => {
  test("all of them come at once, in the order of the file, with line, column and path", () => {
    const text = `servers:
  - name: prod
    url: ftp://polarity.example.com
    api_key: 12345
    intervall: 1m
  - name: prod
    url: b.example.com
    username: u
    attributes: { occurences: count, title: a-b, meta: A_B }
    tls_verify: maybe
    receiver: secop
  - 7
receivers:
  - name: secops
    slack_configs:
      - channel: "#c"
        bot_token: ""
        icon: x
    email_configs: []
    webhook_configs: { url: https://h.example.com }
  - name: /bad/
  - name: secops
    console_configs: [{}]
rout:
  receiver: secops
`;
    expect(fileProblems(text, { PORT: "x" })).toEqual([
      "PORT: must be a port from 0 to 65535",
      "polarwatch.yaml:1:1 route.receiver: is required when there is more than one receiver",
      "polarwatch.yaml:3:10 servers[0].url: must be an address such as https://polarity.example.com",
      "polarwatch.yaml:4:14 servers[0].api_key: must be printable ASCII without spaces; YAML reads this as a number, quotes make it text",
      'polarwatch.yaml:5:5 servers[0]: "intervall" is not a known key, did you mean "interval"?',
      "polarwatch.yaml:6:5 servers[1].password: is needed too, because username is set",
      "polarwatch.yaml:6:11 servers[1].name: is already taken by an earlier entry",
      'polarwatch.yaml:9:19 servers[1].attributes: "occurences" is not a known key, did you mean "occurrences"?',
      "polarwatch.yaml:9:56 servers[1].attributes.meta: is the attribute of another slot",
      "polarwatch.yaml:10:17 servers[1].tls_verify: must be true or false",
      'polarwatch.yaml:11:15 servers[1].receiver: names no receiver, did you mean "secops"?',
      "polarwatch.yaml:12:5 servers[2]: must be a mapping of keys to values",
      "polarwatch.yaml:17:20 receivers[0].slack_configs[0].bot_token: must not be empty",
      'polarwatch.yaml:18:9 receivers[0].slack_configs[0]: "icon" is not a known key',
      "polarwatch.yaml:19:20 receivers[0].email_configs: must not be empty",
      "polarwatch.yaml:20:22 receivers[0].webhook_configs: must be a list",
      `polarwatch.yaml:21:5 receivers[1]: has no destination; give it at least one of ${DESTINATION_KIND_NAMES.map(keyOf).join(", ")}`,
      "polarwatch.yaml:21:11 receivers[1].name: must be 1 to 64 letters, digits, - _ . or spaces between them",
      "polarwatch.yaml:22:11 receivers[2].name: is already taken by an earlier entry",
      'polarwatch.yaml:24:1: "rout" is not a known key, did you mean "route"?',
    ]);
  });

  test.each<[string, string, string]>([
    ["a list at the top", "- a", "polarwatch.yaml:1:1: must be a mapping of keys to values"],
    ["no servers in the list", "servers: []", "polarwatch.yaml:1:10 servers: must not be empty"],
    ["nothing after servers", "servers:\nroute: {}", "polarwatch.yaml:1:9 servers: must be a list"],
    [
      "no credentials",
      "servers: [{ name: a, url: a.example.com }]",
      "polarwatch.yaml:1:11 servers[0].api_key: is required: give api_key, or username and password",
    ],
    [
      "a destination without its secret",
      "servers: [{ name: a, url: a.example.com, api_key: k }]\nreceivers: [{ name: r, slack_configs: [{ channel: c }] }]",
      "polarwatch.yaml:2:40 receivers[0].slack_configs[0].bot_token: is required, or bot_token_file",
    ],
    [
      "a receiver that only the environment could have",
      "servers: [{ name: a, url: a.example.com, api_key: k, receiver: ops }]",
      "polarwatch.yaml:1:64 servers[0].receiver: names no receiver",
    ],
    [
      "a limit beyond reason",
      "servers: [{ name: a, url: a.example.com, api_key: k, bytes_max: 5 }]",
      "polarwatch.yaml:1:65 servers[0].bytes_max: must be at least 1048576",
    ],
  ])("%s", (_, text, line) => {
    expect(fileProblems(text)).toContain(line);
  });

  test.each<[string, Record<string, string>, string]>([
    ["api_key_file: key", {}, "servers[0].api_key_file: cannot be read: there is no such file"],
    ["api_key_file: key", { key: "" }, "servers[0].api_key_file: names an empty file"],
    ["api_key_file: 7", {}, "servers[0].api_key_file: must be the path of a file"],
    ["api_key_file: key", { key: "a b" }, "servers[0].api_key: must be printable ASCII without spaces"],
    [
      "{ api_key: MARK, api_key_file: key }",
      { key: "k" },
      "servers[0].api_key_file: is given, and api_key is given too; keep one of them",
    ],
    [`api_key_file: \${NOWHERE}`, {}, "servers[0].api_key_file: the environment variable NOWHERE is not set"],
  ])("%s with files %o is a single problem at its line", (yaml, files, line) => {
    const inner = yaml.startsWith("{") ? yaml.slice(1, -1).trim().replace(", ", "\n    ") : yaml;
    const text = `servers:\n  - name: a\n    url: a.example.com\n    ${inner}\n`;
    const lines = fileProblems(text, {}, files);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^polarwatch\.yaml:[45]:\d+ /);
    expect(lines[0]?.replace(/^\S+ /, "")).toBe(line);
  });

  test("an unset variable is reported where it stands, once, and what it should fill is not judged", () => {
    const text = `servers:\n  - name: a\n    url: \${URL}\n    api_key: a\${KEY}b\${KEY}\n    proxy_url: '\${not-a-name}'\n`;
    expect(fileProblems(text, { URL: "" })).toEqual([
      "polarwatch.yaml:3:10 servers[0].url: the environment variable URL is not set",
      "polarwatch.yaml:4:14 servers[0].api_key: the environment variable KEY is not set",
      `polarwatch.yaml:5:16 servers[0].proxy_url: \${ must be followed by the name of an environment variable and }; write $\${ for \${ itself`,
    ]);
  });

  test("beyond 200 they are counted, so that a file of another kind is refused quickly", () => {
    const text = Array.from({ length: 5_000 }, (_, line) => `key${line}: 1`).join("\n");
    const lines = fileProblems(text, A_SERVER);
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe("polarwatch.yaml:1:1: and 4800 more problems");
  });

  test("comments and keys are left alone", () => {
    const text = `x-\${NOWHERE}: 1 # \${NOWHERE}\nservers: [{ name: a, url: a.example.com, api_key: k }]`;
    expect(fileProblems(text)).toEqual([]);
  });

  test("a value from the environment is not searched for further variables", () => {
    const text = `servers: [{ name: a, url: a.example.com, api_key: '\${KEY}' }]`;
    const config = validConfig({ KEY: `\${HOME}`, HOME: "MARK" }, { "polarwatch.yaml": text });
    expect(config.servers[0]?.credentials).toEqual({ kind: "api-key", apiKey: `\${HOME}` });
  });

  test("a problem in an anchored part is reported where it is written, for every place that uses it", () => {
    const text = "x-d: &d\n  interval: soon\nservers:\n  - { <<: *d, name: a, url: a.example.com, api_key: k }\n";
    expect(fileProblems(text)).toEqual([
      "polarwatch.yaml:2:13 servers[0].interval: must be a duration with its unit, such as 30s, 1m or 1h30m",
    ]);
  });
});

describe("a file that is no good YAML", () => {
  test.each<[string, string, string]>([
    ["an unclosed quote", 'a: "MARK', "polarwatch.yaml:1:9: a quote, a bracket, a comma or a space is missing here"],
    ["a key twice", "route: {}\nroute: {}", "polarwatch.yaml:2:1: this key is there twice"],
    [
      "two documents",
      "route: {}\n---\nroute: {}",
      "polarwatch.yaml:2:1: the file must hold a single document; a second one begins here",
    ],
    ["a tab", "route:\n\treceiver: a", "polarwatch.yaml:2:1: a tab cannot indent; use spaces"],
    [
      "a bad escape",
      'a: "\\MARK"',
      "polarwatch.yaml:1:5: this escape is not valid inside double quotes; single quotes take a backslash as it is",
    ],
    [
      "a tag",
      "a: !MARK b",
      "polarwatch.yaml:1:4: tags (!...) are not supported; put the value in quotes if it begins with !",
    ],
    [
      "a variable in brackets without quotes",
      `servers: [{ api_key: \${MARK} }]`,
      `polarwatch.yaml:1:23: this cannot stand here; a value with brackets, or a \${VARIABLE} inside them, needs quotes`,
    ],
    [
      "an alias of nothing",
      "a: *MARK",
      "polarwatch.yaml:1:4: this alias (*name) names no anchor (&name) that stands before it",
    ],
  ])("%s is reported with its place, in words that do not quote it", (_, text, line) => {
    expect(fileProblems(text)).toEqual([line]);
    expect(fileProblems(text).join()).not.toContain("MARK");
  });

  test.each<[string, string, RegExp]>([
    ["too long", `# ${"x".repeat(2_100_000)}`, /longer than 2 MiB/],
    ["nested too deep in brackets", "[".repeat(100_000), /nested more than 48 levels/],
    ["nested too deep in dashes", "- ".repeat(100_000), /nested more than 48 levels/],
    ["circular", "x-a: &a [*a]", /aliases that go round in a circle/],
    ["circular by a merge", "x-a: &a { <<: *a }", /aliases that go round in a circle/],
    ["merged from no mapping", "<<: 5", /a << of no mapping/],
    ["a bomb of aliases", aliasBomb(), /aliases that go round in a circle/],
  ])("one that is %s is refused without being followed", (_, text, message) => {
    const lines = fileProblems(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  test("its problems come along with those of the environment", () => {
    expect(fileProblems("a: [", { PORT: "x" })).toHaveLength(2);
  });
});

test("no problem and no warning ever holds a configured secret", () => {
  const secrets = `
servers:
  - { name: MARK/1, url: "https://MARK@x", api_key: "MARK MARK", username: MARK, password: 1, proxy_url: "socks5://MARK" }
  - { name: b, url: "MARK MARK", api_key: MARK, api_key_file: MARK, MARK-xoxb-1: 1, receiver: MARK, interval: MARK }
  - MARK
receivers:
  - name: r
    slack_configs: [{ bot_token: 1, channel: xoxb-MARK, api_url: MARK }, MARK]
    email_configs: [{ smtp_url: "smtp://u:1?MARK@h", from: MARK, to: [MARK] }]
    webhook_configs: [{ url: MARK, secret: whsec_MARK!, previous_secret: whsec_MARK!, allow_private_addresses: MARK }]
    pagerduty_configs: [{ routing_key: MARK, api_url: MARK, severities: { critical: MARK, MARK-xoxb-1: 1 } }]
    teams_configs: [{ url: "ftp://MARK" }, { url: 1 }]
route:
  receiver: MARK
  group_wait: MARK
  group_interval: MARK
  group_by: ["MARK MARK"]
  escalation: [{ after: MARK, receiver: MARK }]
  routes: [{ matchers: [MARK, 'a=~"(MARK"'], mute_time_intervals: [MARK], MARK-xoxb-1: 1, repeat_interval: MARK }]
time_intervals: [{ name: a/, time_intervals: [{ times: [{ start_time: MARK }], location: MARK, months: [MARK], years: [MARK] }] }]
rules: [{ name: MARK/, on: MARK, for: MARK, severity: MARK, labels: { MARK-: 1 }, matchers: [MARK=1], any_of: [MARK] }]
inhibit_rules: [{ source_matchers: MARK, target_matchers: [MARK], equal: ["MARK MARK"] }]
vendor_wide: { more_than: MARK }
default_rules: MARK
`;
  const env = {
    API_TOKEN: "MARK",
    HOST: "MARK/",
    PORT: "MARK",
    DATABASE_URL: "MARK",
    REDIS_URL: "MARK",
    TZ: "MARK",
    LOG_LEVEL: "MARK",
    LOG_FORMAT: "MARK",
    SLACK_APP_TOKEN: "MARK",
    DIGEST_SCHEDULE: "MARK",
    PUBLIC_URL: "MARK",
    POLARITY_API_KEY_FILE: `${CWD}/MARK`,
    SLACK_TOKEN: "MARK",
    HTTPS_PROXY: "socks5://MARK",
  };
  const input = aConfigInput(env, { "polarwatch.yaml": secrets });
  const loaded = loadConfig(input);
  expect(loaded.kind === "invalid" && loaded.problems.length).toBeGreaterThan(45);
  expect(JSON.stringify(loaded)).not.toContain("MARK");
});

function aliasBomb(): string {
  const levels = Array.from({ length: 8 }, (_, level) => {
    const items = level === 0 ? "x" : `*a${level - 1}`;
    return `x-${level}: &a${level} [${Array.from({ length: 10 }, () => items).join(", ")}]`;
  });
  return levels.join("\n");
}
