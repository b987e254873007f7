import { describe, expect, test } from "vitest";
import { A_CERTIFICATE, A_SERVER, problemLines, validConfig } from "../support/config-input.js";

const TWO_SERVERS = `
x-shared: &shared
  interval: 30s
  attributes: { occurrences: count, lastOccurredAt: last-seen }
servers:
  - <<: *shared
    name: prod
    url: polarity.example.com
    api_key: \${PROD_KEY}
    ca_file: ./ca.pem
    proxy_url: http://u:p@proxy.example.com:3128
    timeouts: { connect: 1s, headers: 2s, body: 3s }
    bytes_max: 2097152
  - <<: *shared
    name: lab 2
    url: https://lab.example.com/polarity/
    username: watcher
    password_file: secrets/lab
    interval: 5m
    tls_verify: false
    receiver: lab
receivers:
  - name: secops
    slack_configs:
      - bot_token_file: /run/secrets/slack
        channel: "#polarity"
      - bot_token: xoxb-other
        channel: polarity
    email_configs:
      - smtp_url: "smtps://u:\${MAIL_PASSWORD}@mail.example.com"
        from: polarwatch@example.com
        to: [a@example.com, b@example.com, c@example.com]
    webhook_configs: [{ url: https://hooks.example.com/a }, { url_file: hook, secret: "literally $\${this}" }]
  - name: lab
    console_configs: [{}]
route: { receiver: secops, group_wait: 10s, group_interval: 1m }
`;
const FILES = {
  "etc/polarwatch.yaml": TWO_SERVERS,
  "etc/ca.pem": `${A_CERTIFICATE}\n`,
  "etc/secrets/lab": "MARK lab\n",
  "etc/hook": "https://hooks.example.com/b\n",
  "/run/secrets/slack": "xoxb-prod\n",
};
const ENV = { POLARWATCH_CONFIG: "etc/polarwatch.yaml", PROD_KEY: "MARK-prod", MAIL_PASSWORD: "MARK-mail" };

describe("a file", () => {
  test("names thousands of servers", () => {
    const names = Array.from({ length: 3000 }, (_, index) => `site-${index}`);
    const lines = names.map(
      (name) => `  - { name: ${name}, url: "https://${name}.example.com", api_key: MARK, receiver: secops }`,
    );
    const file = `servers:\n${lines.join("\n")}\nreceivers: [{ name: secops, console_configs: [{}] }]\n`;
    const { servers } = validConfig({}, { "polarwatch.yaml": file });
    expect(servers.map(({ name }) => name)).toEqual(names);
  });

  test("names servers, receivers and the route, with variables, anchors, and files beside itself", () => {
    const config = validConfig(ENV, FILES);
    expect(config.servers).toEqual([
      {
        name: "prod",
        url: "https://polarity.example.com",
        credentials: { kind: "api-key", apiKey: "MARK-prod" },
        intervalMs: 30_000,
        ca: A_CERTIFICATE,
        proxyUrl: "http://u:p@proxy.example.com:3128",
        tlsVerify: true,
        attributes: { occurrences: "count", lastOccurredAt: "last-seen" },
        receiver: "secops",
        timeouts: { connectMs: 1000, headersMs: 2000, bodyMs: 3000 },
        bytesMax: 2_097_152,
      },
      {
        name: "lab 2",
        url: "https://lab.example.com/polarity",
        credentials: { kind: "password", username: "watcher", password: "MARK lab" },
        intervalMs: 300_000,
        ca: null,
        proxyUrl: null,
        tlsVerify: false,
        attributes: { occurrences: "count", lastOccurredAt: "last-seen" },
        receiver: "lab",
        timeouts: { connectMs: 10_000, headersMs: 30_000, bodyMs: 60_000 },
        bytesMax: 67_108_864,
      },
    ]);
    expect(config.route).toMatchObject({ receiver: "secops", groupWaitMs: 10_000, groupIntervalMs: 60_000 });
    const destinations = config.receivers.flatMap((receiver) => receiver.destinations);
    expect(destinations.map(({ id }) => id)).toEqual([
      "secops/slack:#polarity",
      "secops/slack:#polarity~2",
      "secops/email:a@example.com",
      "secops/email:b@example.com",
      "secops/email:c@example.com",
      "secops/webhook:1",
      "secops/webhook:2",
      "lab/console",
    ]);
    expect(destinations[0]?.settings).toEqual({ bot_token: "xoxb-prod", channel: "#polarity" });
    expect(destinations[2]?.settings).toMatchObject({ smtp_url: "smtps://u:MARK-mail@mail.example.com" });
    expect(destinations[6]?.settings).toEqual({ url: "https://hooks.example.com/b", secret: `literally \${this}` });
  });

  test("makes a destination of each mailbox, and one of a mailbox that is named twice", () => {
    const mail = "smtp_url: smtp://mail.example.com, from: p@example.com";
    const text = `
servers: [{ name: a, url: a.example.com, api_key: k }]
receivers:
  - name: ops
    email_configs:
      - { ${mail}, to: [ada@example.com, ben@example.com, Ada@Example.com] }
      - { ${mail}, to: [ben@example.com] }
      - { ${mail.replace("mail.", "other.")}, to: [ben@example.com] }
`;
    const { receivers } = validConfig({}, { "polarwatch.yaml": text });
    expect(receivers[0]?.destinations).toMatchObject([
      { id: "ops/email:ada@example.com", settings: { to: "ada@example.com" } },
      { id: "ops/email:ben@example.com", settings: { to: "ben@example.com", smtp_url: "smtp://mail.example.com" } },
      { id: "ops/email:ben@example.com~2", settings: { to: "ben@example.com", smtp_url: "smtp://other.example.com" } },
    ]);
  });

  test("in the working directory is found without being named, and one that is named has to be there", () => {
    const text = "servers: [{ name: a, url: a.example.com, api_key: k }]";
    expect(validConfig({}, { "polarwatch.yaml": text }).servers[0]?.name).toBe("a");
    expect(problemLines({ POLARWATCH_CONFIG: "p.yaml" })).toEqual([
      "POLARWATCH_CONFIG: cannot be read: there is no such file",
    ]);
    expect(problemLines({}, { "polarwatch.yaml": { code: "EACCES" } })).toEqual([
      "polarwatch.yaml: cannot be read: the file may not be read by this user",
    ]);
  });

  test("that is empty, or holds comments only, says nothing", () => {
    for (const text of ["", "# nothing yet\n", "---\n"]) {
      expect(validConfig(A_SERVER, { "polarwatch.yaml": text })).toEqual(validConfig(A_SERVER));
    }
  });
});

describe("the file and the environment together", () => {
  const servers = "servers: [{ name: a, url: a.example.com, api_key: k }]\n";
  const receivers = "receivers: [{ name: ops, console_configs: [{}] }]\n";
  const slack = { SLACK_BOT_TOKEN: "xoxb-MARK", SLACK_CHANNEL: "#c" };

  test("each of servers and receivers comes from the file if it has them, else from the environment", () => {
    const both = { ...A_SERVER, ...slack };
    const names = (text: string) => {
      const config = validConfig(both, { "polarwatch.yaml": text });
      return [config.servers[0]?.name, config.servers[0]?.receiver, config.receivers[0]?.destinations[0]?.id];
    };
    expect(names("")).toEqual(["polarity", "default", "default/slack:#c"]);
    expect(names(servers)).toEqual(["a", "default", "default/slack:#c"]);
    expect(names(receivers)).toEqual(["polarity", "ops", "ops/console"]);
    expect(names(servers + receivers)).toEqual(["a", "ops", "ops/console"]);
  });

  test("what is ignored is said, and not even checked", () => {
    const env = { POLARITY_URL: "not an address", SLACK_CHANNEL: "#c", GROUP_WAIT: "1s" };
    const text = `${servers}${receivers}route: { group_wait: 2s }`;
    const config = validConfig(env, { "polarwatch.yaml": text });
    expect(config.route.groupWaitMs).toBe(2000);
    expect(config.warnings).toEqual([
      "Ignored, because the configuration file lists servers: POLARITY_URL",
      "Ignored, because the configuration file lists receivers: SLACK_CHANNEL",
      "Ignored, because the configuration file says it too: GROUP_WAIT",
    ]);
  });

  test("a setting that the file asks for by name is in use, also one that polarwatch does not know", () => {
    const env = { POLARITY_API_KEY: "k", POLARITY_LAB_KEY: "x" };
    const two = `servers:\n  - { name: a, url: a.example.com, api_key: "\${POLARITY_API_KEY}" }\n  - { name: b, url: b.example.com, api_key: "\${POLARITY_LAB_KEY}" }\n`;
    expect(validConfig(env, { "polarwatch.yaml": two }).warnings).toEqual([]);
  });

  test("the pace comes from whichever says it", () => {
    const text = `${servers}route: { group_wait: 2s }`;
    const config = validConfig({ GROUP_INTERVAL: "7s" }, { "polarwatch.yaml": text });
    expect(config.route).toMatchObject({ receiver: "default", groupWaitMs: 2000, groupIntervalMs: 7000 });
  });

  test("a receiver that nobody names is a warning", () => {
    const text = `${servers}receivers: [{ name: a, console_configs: [{}] }, { name: b, console_configs: [{}] }]\nroute: { receiver: a }`;
    expect(validConfig({}, { "polarwatch.yaml": text }).warnings).toEqual([
      "Receiver b is told nothing: neither a route nor a server names it",
    ]);
  });
});
