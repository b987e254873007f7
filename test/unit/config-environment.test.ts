import { describe, expect, test } from "vitest";
import { DEFAULT_RETENTION } from "../../src/domain/retention.js";
import { DEFAULT_RULES } from "../../src/domain/rule.js";
import { A_CERTIFICATE, A_SERVER, CWD, problemLines, validConfig } from "../support/config-input.js";

const CRITICAL = { label: "severity", operator: "=", value: "critical", pattern: null };
const A_ROUTE = {
  receiver: "default",
  matchers: [],
  continue: false,
  groupBy: ["server", "integration"],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 4 * 3_600_000,
  repeatIntervalMsMax: 24 * 3_600_000,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  escalation: [],
  routes: [],
};

describe("one server from the environment", () => {
  test("an address and a key are enough, and everything else has its default", () => {
    expect(validConfig(A_SERVER)).toEqual({
      servers: [
        {
          name: "polarity",
          url: "https://polarity.example.com",
          credentials: { kind: "api-key", apiKey: "MARK-api-key" },
          intervalMs: 60_000,
          ca: null,
          proxyUrl: null,
          tlsVerify: true,
          attributes: {},
          receiver: "default",
          timeouts: { connectMs: 10_000, headersMs: 30_000, bodyMs: 60_000 },
          bytesMax: 67_108_864,
        },
      ],
      receivers: [
        { name: "default", destinations: [{ id: "default/console", kind: "console", settings: {} }], fallback: null },
      ],
      route: { ...A_ROUTE, routes: [{ ...A_ROUTE, matchers: [CRITICAL], groupWaitMs: 0 }] },
      timeIntervals: {},
      rules: DEFAULT_RULES,
      inhibitRules: [],
      digests: [],
      heartbeat: null,
      drill: { schedule: null, timeZone: "UTC", receiver: null, heartbeat: false },
      vendorWide: { moreThan: 5 },
      retention: DEFAULT_RETENTION,
      databaseUrl: null,
      databaseConnectionsMax: 10,
      traces: null,
      redisUrl: null,
      dataDir: `${CWD}/.polarwatch`,
      http: { host: "127.0.0.1", port: 8080, apiToken: null, publicUrl: "http://127.0.0.1:8080", trustProxy: [] },
      log: { level: "info", format: "json" },
      warnings: [],
    });
  });

  test("a user name and a password are the other way in, with an interval and a certificate authority", () => {
    const env = {
      POLARITY_URL: "polarity.example.com:8443/",
      POLARITY_USERNAME: "watcher",
      POLARITY_PASSWORD: "MARK pass word",
      POLARITY_INTERVAL: "1m30s",
      POLARITY_CA_FILE: "certs/ca.pem",
    };
    const [server] = validConfig(env, { "certs/ca.pem": `# comment\n${A_CERTIFICATE}\n` }).servers;
    expect(server).toMatchObject({
      url: "https://polarity.example.com:8443",
      credentials: { kind: "password", username: "watcher", password: "MARK pass word" },
      intervalMs: 90_000,
      ca: A_CERTIFICATE,
    });
  });

  test.each<[string, Record<string, string>, string[]]>([
    [
      "nothing",
      {},
      ["POLARITY_URL: is required: the address of the Polarity server, unless polarwatch.yaml lists servers"],
    ],
    [
      "an address alone",
      { POLARITY_URL: "https://p.example.com" },
      ["POLARITY_API_KEY: is required: give POLARITY_API_KEY, or POLARITY_USERNAME and POLARITY_PASSWORD"],
    ],
    ["a key alone", { POLARITY_API_KEY: "k" }, ["POLARITY_URL: is needed too, because POLARITY_API_KEY is set"]],
    [
      "both ways in",
      { ...A_SERVER, POLARITY_USERNAME: "u", POLARITY_PASSWORD: "p" },
      ["POLARITY_API_KEY: cannot be combined with POLARITY_USERNAME and POLARITY_PASSWORD; keep one way in"],
    ],
    [
      "a user name without a password",
      { POLARITY_URL: "p.example.com", POLARITY_USERNAME: "u" },
      ["POLARITY_PASSWORD: is needed too, because POLARITY_USERNAME is set"],
    ],
    [
      "a password without a user name",
      { POLARITY_URL: "p.example.com", POLARITY_PASSWORD: "p" },
      ["POLARITY_USERNAME: is needed too, because POLARITY_PASSWORD is set"],
    ],
    [
      "a user in the address",
      { ...A_SERVER, POLARITY_URL: "https://u:MARK@p.example.com" },
      ["POLARITY_URL: must not hold a user name or a password"],
    ],
    [
      "another scheme",
      { ...A_SERVER, POLARITY_URL: "ftp://p.example.com" },
      ["POLARITY_URL: must be an address such as https://polarity.example.com"],
    ],
    [
      "a query",
      { ...A_SERVER, POLARITY_URL: "https://p.example.com/?a=1" },
      ["POLARITY_URL: must end before any ? or #"],
    ],
    [
      "a key with a space",
      { ...A_SERVER, POLARITY_API_KEY: "a b" },
      ["POLARITY_API_KEY: must be printable ASCII without spaces"],
    ],
    [
      "an interval without a unit",
      { ...A_SERVER, POLARITY_INTERVAL: "60" },
      ["POLARITY_INTERVAL: must be a duration with its unit, such as 30s, 1m or 1h30m"],
    ],
    [
      "too short an interval",
      { ...A_SERVER, POLARITY_INTERVAL: "999ms" },
      ["POLARITY_INTERVAL: must be in the range 1s to 1d"],
    ],
    [
      "too long an interval",
      { ...A_SERVER, POLARITY_INTERVAL: "24h1ms" },
      ["POLARITY_INTERVAL: must be in the range 1s to 1d"],
    ],
    [
      "a switch that is none",
      { ...A_SERVER, POLARITY_TLS_VERIFY: "no" },
      ["POLARITY_TLS_VERIFY: must be true or false"],
    ],
    [
      "no such certificates",
      { ...A_SERVER, POLARITY_CA_FILE: "ca.pem" },
      ["POLARITY_CA_FILE: cannot be read: there is no such file"],
    ],
  ])("with %s it says what is wrong", (_, env, lines) => {
    expect(problemLines(env)).toEqual(lines);
  });

  test.each([
    ["no certificate at all", "hello", "holds no PEM certificate (-----BEGIN CERTIFICATE-----)"],
    [
      "a private key",
      `${A_CERTIFICATE}\n-----BEGIN PRIVATE KEY-----\nMARK\n-----END PRIVATE KEY-----`,
      "holds a private key; only certificates belong here",
    ],
    [
      "a broken certificate",
      `${A_CERTIFICATE}\n${A_CERTIFICATE.replace("MIIB", "AAAA")}`,
      "holds a certificate that cannot be read, number 2 of 2",
    ],
  ])("a certificate file with %s is refused", (_, pem, message) => {
    const lines = problemLines({ ...A_SERVER, POLARITY_CA_FILE: "ca.pem" }, { "ca.pem": pem });
    expect(lines).toEqual([`POLARITY_CA_FILE: ${message}`]);
  });

  test("an unverified certificate and clear text are allowed, with a warning", () => {
    const env = { ...A_SERVER, POLARITY_URL: "http://polarity.example.com", POLARITY_TLS_VERIFY: "false" };
    const config = validConfig(env);
    expect(config.servers[0]?.tlsVerify).toBe(false);
    expect(config.warnings).toEqual([
      "Server polarity is read over http: its credentials cross the network in clear text",
      "Server polarity is read without verifying its certificate, so anyone may pose as it; give its certificate authority instead",
    ]);
    expect(validConfig({ ...A_SERVER, POLARITY_URL: "http://127.0.0.1:3000" }).warnings).toEqual([]);
  });
});

describe("destinations from the environment", () => {
  test("every kind that is set becomes a destination of the default receiver, and the console is left out", () => {
    const { receivers } = validConfig({
      ...A_SERVER,
      SLACK_BOT_TOKEN: "xoxb-MARK",
      SLACK_CHANNEL: "alerts",
      SLACK_API_URL: "http://127.0.0.1:9/api/",
      SMTP_URL: "smtps://u:MARK@mail.example.com",
      EMAIL_FROM: "polarwatch <polarwatch@example.com>",
      EMAIL_TO: "a@example.com, b@example.com,",
      WEBHOOK_URL: "https://hooks.example.com/MARK",
      WEBHOOK_SECRET: "MARK-signing-secret",
    });
    expect(receivers).toEqual([
      {
        name: "default",
        fallback: null,
        destinations: [
          {
            id: "default/slack:#alerts",
            kind: "slack",
            settings: { bot_token: "xoxb-MARK", channel: "alerts", api_url: "http://127.0.0.1:9/api/" },
          },
          ...["a@example.com", "b@example.com"].map((to) => ({
            id: `default/email:${to}`,
            kind: "email",
            settings: {
              smtp_url: "smtps://u:MARK@mail.example.com",
              from: "polarwatch <polarwatch@example.com>",
              to,
            },
          })),
          {
            id: "default/webhook:1",
            kind: "webhook",
            settings: { url: "https://hooks.example.com/MARK", secret: "MARK-signing-secret" },
          },
        ],
      },
    ]);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ["half of Slack", { SLACK_CHANNEL: "#alerts" }, ["SLACK_BOT_TOKEN: is needed too, because SLACK_CHANNEL is set"]],
    [
      "a gateway without Slack",
      { SLACK_API_URL: "https://slack.example.com" },
      [
        "SLACK_BOT_TOKEN: is needed too, because SLACK_API_URL is set",
        "SLACK_CHANNEL: is needed too, because SLACK_API_URL is set",
      ],
    ],
    [
      "recipients alone",
      { EMAIL_TO: "a@example.com" },
      ["SMTP_URL: is needed too, because EMAIL_TO is set", "EMAIL_FROM: is needed too, because EMAIL_TO is set"],
    ],
    [
      "a recipient that is no address",
      { SMTP_URL: "smtp://mail.example.com", EMAIL_FROM: "p@example.com", EMAIL_TO: "a@example.com,MARK" },
      ["EMAIL_TO: must be an e-mail address"],
    ],
    [
      "no recipient behind the commas",
      { SMTP_URL: "smtp://mail.example.com", EMAIL_FROM: "p@example.com", EMAIL_TO: " , " },
      ["EMAIL_TO: must not be empty"],
    ],
    [
      "a secret without its webhook",
      { WEBHOOK_SECRET: "MARK" },
      ["WEBHOOK_URL: is needed too, because WEBHOOK_SECRET is set"],
    ],
    [
      "a former secret without the one that holds",
      { WEBHOOK_URL: "https://hooks.example.com", WEBHOOK_PREVIOUS_SECRET: "MARK" },
      ["WEBHOOK_SECRET: is needed too, because there is a previous one"],
    ],
    [
      "a webhook on this machine that nobody allowed",
      { WEBHOOK_URL: "http://127.0.0.1:9/MARK" },
      ["WEBHOOK_ALLOW_PRIVATE: has to be true here: the webhook's url leads to this machine or a private network"],
    ],
    [
      "a permission that is neither given nor not",
      { WEBHOOK_URL: "https://hooks.example.com", WEBHOOK_ALLOW_PRIVATE: "MARK" },
      ["WEBHOOK_ALLOW_PRIVATE: must be true or false"],
    ],
    ["a webhook elsewhere", { WEBHOOK_URL: "file:///MARK" }, ["WEBHOOK_URL: must be an http:// or https:// address"]],
    [
      "what listens to buttons without the messages that have them",
      { SLACK_APP_TOKEN: "xapp-MARK" },
      [
        "SLACK_BOT_TOKEN: is needed too, because SLACK_APP_TOKEN is set",
        "SLACK_CHANNEL: is needed too, because SLACK_APP_TOKEN is set",
      ],
    ],
    [
      "tokens of another kind",
      { SLACK_BOT_TOKEN: "xoxb-MARK", SLACK_CHANNEL: "c", SLACK_APP_TOKEN: "xoxb-MARK", SLACK_SIGNING_SECRET: "MARK" },
      [
        "SLACK_APP_TOKEN: must be an app-level token, which begins with xapp-",
        "SLACK_SIGNING_SECRET: must be the signing secret of a Slack app, 16 or more characters without spaces",
      ],
    ],
    [
      "a token for a channel",
      { SLACK_BOT_TOKEN: "xoxb-MARK", SLACK_CHANNEL: "xoxb-MARK" },
      ["SLACK_CHANNEL: must be a channel, and this looks like a token"],
    ],
  ])("%s is refused, by the names of the settings", (_, env, lines) => {
    expect(problemLines({ ...A_SERVER, ...env })).toEqual(lines);
  });
});
