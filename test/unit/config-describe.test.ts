import { expect, test } from "vitest";
import { describeConfig } from "../../src/config/describe.js";
import { A_CERTIFICATE, validConfig } from "../support/config-input.js";

const FILE = `
servers:
  - name: prod
    url: https://polarity.example.com
    username: watcher
    password: MARK-password
    ca_file: ca.pem
    proxy_url: http://proxyuser:MARK@proxy.example.com:3128
  - { name: lab, url: lab.example.com, api_key: MARK-key, proxy_url: "http://MARK@proxy.example.com" }
receivers:
  - name: ops
    slack_configs:
      - bot_token: xoxb-MARK
        channel: "#c"
        app_token: xapp-MARK
        signing_secret: MARK-0123456789abcdef
        api_url: "https://u:MARK@slack.example.com/api/?k=MARK"
        verbose: true
    email_configs: [{ smtp_url: "smtps://mailer:MARK@mail.example.com", from: p@example.com, to: [a@example.com] }]
    webhook_configs: [{ url: "https://hooks.example.com/MARK?t=MARK", secret: MARK-secret, previous_secret: MARK-old }]
    pagerduty_configs: [{ routing_key: MARK0000000000000000000000000000, severities: { warning: error } }]
    teams_configs: [{ url: "https://workflows.example.com/MARK/invoke?sig=MARK" }]
    console_configs: [{}]
route:
  routes: [{ matchers: ['cause=~"tls|config"'], routes: [{ matchers: [rule=new] }] }]
rules: [{ name: new, on: new, matchers: ['http_status!="404"'] }]
inhibit_rules: [{ source_matchers: [cause=tls], target_matchers: ['cause!~"tls|config"'], equal: [server] }]
`;
const ENV = {
  DATABASE_URL: "postgres://polar:MARK@db.example.com:5432/polarwatch?sslmode=require&password=MARK",
  REDIS_URL: "redis://:MARK@redis.example.com:6379/2",
  API_TOKEN: "MARK-0123456789abcdef",
  OTEL_EXPORTER_OTLP_ENDPOINT: "https://watch:MARK@collector.example.com:4318",
  OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=MARK",
};

test("a description shows what leads where, and not one secret", () => {
  const config = validConfig(ENV, { "polarwatch.yaml": FILE, "ca.pem": `${A_CERTIFICATE}\n${A_CERTIFICATE}` });
  const described = describeConfig(config);
  expect(JSON.stringify(config)).toContain("MARK");
  expect(JSON.stringify(described)).not.toContain("MARK");
  expect(described).toEqual({
    ...config,
    servers: [
      {
        ...config.servers[0],
        credentials: { kind: "password", username: "watcher", password: "***" },
        ca: "2 certificates",
        proxyUrl: "http://proxyuser:***@proxy.example.com:3128/",
      },
      {
        ...config.servers[1],
        credentials: { kind: "api-key", apiKey: "***" },
        proxyUrl: "http://***@proxy.example.com/",
      },
    ],
    receivers: [
      {
        name: "ops",
        fallback: null,
        destinations: [
          {
            id: "ops/slack:#c",
            kind: "slack",
            settings: {
              bot_token: "***",
              channel: "#c",
              app_token: "***",
              signing_secret: "***",
              api_url: "https://u:***@slack.example.com/api/?***",
              verbose: true,
            },
          },
          {
            id: "ops/email:a@example.com",
            kind: "email",
            settings: { smtp_url: "smtps://mailer:***@mail.example.com", from: "p@example.com", to: "a@example.com" },
          },
          {
            id: "ops/webhook:1",
            kind: "webhook",
            settings: { url: "https://hooks.example.com/***", secret: "***", previous_secret: "***" },
          },
          {
            id: "ops/pagerduty:1",
            kind: "pagerduty",
            settings: { routing_key: "***", severities: { critical: "critical", warning: "error", info: "info" } },
          },
          { id: "ops/teams:1", kind: "teams", settings: { url: "https://workflows.example.com/***" } },
          { id: "ops/console", kind: "console", settings: {} },
        ],
      },
    ],
    route: {
      ...config.route,
      routes: [
        {
          ...config.route.routes[0],
          matchers: ['cause=~"tls|config"'],
          routes: [{ ...config.route.routes[0]?.routes[0], matchers: ['rule="new"'] }],
        },
      ],
    },
    rules: [{ ...config.rules[0], matchers: ['http_status!="404"'] }],
    inhibitRules: [{ sourceMatchers: ['cause="tls"'], targetMatchers: ['cause!~"tls|config"'], equal: ["server"] }],
    databaseUrl: "postgres://polar:***@db.example.com:5432/polarwatch?***",
    redisUrl: "redis://:***@redis.example.com:6379/2",
    http: { ...config.http, apiToken: "***" },
    traces: {
      endpoint: "https://watch:***@collector.example.com:4318/",
      headers: { "x-api-key": "***" },
      serviceName: "polarwatch",
    },
  });
});

test("what is not set stays visibly unset", () => {
  const config = validConfig({ POLARITY_URL: "p.example.com", POLARITY_API_KEY: "k" });
  const described = describeConfig(config);
  expect(described).toMatchObject({ databaseUrl: null, redisUrl: null, http: { apiToken: null } });
  expect(described.servers[0]).toMatchObject({ ca: null, proxyUrl: null });
});
