import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.js";
import { A_SERVER, aConfigInput, CWD, problemLines, validConfig } from "../support/config-input.js";

const TOKEN = "MARK-0123456789abcdef";

describe("where it listens", () => {
  test.each(["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LocalHost"])("%s needs no token", (host) => {
    expect(problemLines({ ...A_SERVER, HOST: host })).toEqual([]);
  });

  test.each([
    "0.0.0.0",
    "::",
    "192.168.1.5",
    "polarwatch.example.com",
    "127.0.0.1.example.com",
    "127.1",
    "::ffff:127.0.0.1",
  ])("%s is refused without a token, and fine with one", (host) => {
    expect(problemLines({ ...A_SERVER, HOST: host })).toEqual([
      "HOST: polarwatch refuses to start: this is not a loopback address, so whoever reaches the port could read " +
        "everything, and API_TOKEN is not set. Set API_TOKEN to a random text of at least 16 characters, or HOST to 127.0.0.1",
    ]);
    expect(validConfig({ ...A_SERVER, HOST: host, API_TOKEN: TOKEN }).http).toMatchObject({ host, apiToken: TOKEN });
  });

  test("proxies are trusted by address and by network, none unless named", () => {
    expect(validConfig(A_SERVER).http.trustProxy).toEqual([]);
    expect(validConfig({ ...A_SERVER, TRUST_PROXY: "10.0.0.0/8, ::1,192.0.2.1" }).http.trustProxy).toEqual([
      "10.0.0.0/8",
      "::1",
      "192.0.2.1",
    ]);
  });

  test("a token that could not be read does not count as none", () => {
    expect(problemLines({ ...A_SERVER, HOST: "0.0.0.0", API_TOKEN_FILE: "token" })).toEqual([
      "API_TOKEN_FILE: cannot be read: there is no such file",
    ]);
  });

  test.each<[Record<string, string>, string | null]>([
    [{}, "http://127.0.0.1:8080"],
    [{ HOST: "::1", PORT: "9000" }, "http://[::1]:9000"],
    [{ PORT: "0" }, null],
    [{ HOST: "0.0.0.0", API_TOKEN: TOKEN }, null],
    [{ HOST: "::", API_TOKEN: TOKEN }, null],
    [{ HOST: "0.0.0.0", API_TOKEN: TOKEN, PUBLIC_URL: "https://watch.example.com/p/" }, "https://watch.example.com/p"],
  ])("the address for links follows from %o", (env, publicUrl) => {
    expect(validConfig({ ...A_SERVER, ...env }).http.publicUrl).toBe(publicUrl);
  });

  test.each([
    [{ PORT: "65536" }, "PORT: must be a port from 0 to 65535"],
    [{ PORT: "80a" }, "PORT: must be a port from 0 to 65535"],
    [{ HOST: "127.0.0.1:80" }, "HOST: must be an IP address or a host name, without a port"],
    [{ HOST: "http://localhost" }, "HOST: must be an IP address or a host name, without a port"],
    [{ API_TOKEN: "MARK-short" }, "API_TOKEN: must have at least 16 characters"],
    [{ API_TOKEN: "MARK with spaces in it" }, "API_TOKEN: must be printable ASCII without spaces"],
    [{ PUBLIC_URL: "watch.example.com" }, "PUBLIC_URL: must be an address such as https://polarwatch.example.com"],
    [
      { TRUST_PROXY: "10.0.0.1, proxy.example.com" },
      "TRUST_PROXY: must be IP addresses or networks such as 10.0.0.0/8, separated by commas",
    ],
    [{ DATABASE_URL: "mysql://u:MARK@db/x" }, "DATABASE_URL: must begin with postgres:// or postgresql://"],
    [
      { DATABASE_URL: "postgres://u:MA/RK@db:x/y" },
      "DATABASE_URL: is not a valid URL; special characters in the user name or password must be percent-encoded",
    ],
    [
      { REDIS_URL: "localhost:6379" },
      "REDIS_URL: must begin with redis:// or rediss://, or for several hosts with redis+sentinel:// or redis+cluster://",
    ],
    [{ LOG_LEVEL: "loud" }, "LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent"],
    [{ LOG_FORMAT: "xml" }, "LOG_FORMAT: must be one of pretty, json"],
    [{ TZ: "Mars/Base" }, "TZ: is not a known time zone, such as Europe/Berlin or UTC"],
    [{ GROUP_WAIT: "2d" }, "GROUP_WAIT: must be in the range 0s to 1d"],
    [{ GROUP_INTERVAL: "0s" }, "GROUP_INTERVAL: must be in the range 1s to 1d"],
  ])("%o is refused", (env, line) => {
    expect(problemLines({ ...A_SERVER, ...env })).toEqual([line]);
  });
});

test("storage, logs and pace are taken as they are set", () => {
  const config = validConfig({
    ...A_SERVER,
    DATABASE_URL: "postgresql:///polarwatch?host=/run/postgresql",
    DATABASE_CONNECTIONS: "20",
    REDIS_URL: "rediss://:MARK@redis.example.com:6380/1",
    POLARWATCH_DATA_DIR: "data",
    LOG_LEVEL: "DEBUG",
    LOG_FORMAT: "pretty",
    GROUP_WAIT: "0s",
    GROUP_INTERVAL: "1h30m",
    TZ: "Europe/Berlin",
  });
  expect(config).toMatchObject({
    databaseUrl: "postgresql:///polarwatch?host=/run/postgresql",
    databaseConnectionsMax: 20,
    redisUrl: "rediss://:MARK@redis.example.com:6380/1",
    dataDir: `${CWD}/data`,
    log: { level: "debug", format: "pretty" },
    route: { groupWaitMs: 0, groupIntervalMs: 5_400_000 },
  });
});

test("on a terminal the log is for people", () => {
  const loaded = loadConfig({ ...aConfigInput(A_SERVER), isTerminal: true });
  expect(loaded).toMatchObject({ kind: "valid", config: { log: { format: "pretty" } } });
});

test("without a server, only a command that needs none is content", () => {
  const input = aConfigInput({ DATABASE_URL: "postgres://db/x" });
  expect(loadConfig(input).kind).toBe("invalid");
  expect(loadConfig({ ...input, serversRequired: false })).toMatchObject({ kind: "valid", config: { servers: [] } });
});

test("all problems are reported at once, settings and servers alike", () => {
  const lines = problemLines({
    POLARITY_URL: "x y",
    PORT: "x",
    HOST: "0.0.0.0",
    SLACK_CHANNEL: "c",
    DATABASE_URL: "x",
  });
  expect(lines.map((line) => line.split(":")[0])).toEqual([
    "PORT",
    "HOST",
    "DATABASE_URL",
    "POLARITY_URL",
    "POLARITY_API_KEY",
    "SLACK_BOT_TOKEN",
  ]);
});

test("the configuration cannot be changed at any depth", () => {
  const config = validConfig({
    ...A_SERVER,
    SMTP_URL: "smtp://m.example.com",
    EMAIL_FROM: "p@example.com",
    EMAIL_TO: "a@example.com",
  });
  const destination = config.receivers[0]?.destinations[0];
  if (destination?.kind !== "email") throw new Error("The destination is missing");
  expect(() => Object.assign(destination.settings, { to: "x@example.com" })).toThrow(TypeError);
  expect(Object.isFrozen(config.servers[0]?.credentials)).toBe(true);
  expect(Object.isFrozen(config.warnings)).toBe(true);
});

describe("proxies", () => {
  const proxyOf = (env: Record<string, string>) => validConfig({ ...A_SERVER, ...env }).servers[0]?.proxyUrl;
  const HTTPS_PROXY = "http://proxy.example.com:3128";

  test("the variable of the address's scheme counts, and its lower-case spelling wins", () => {
    expect(proxyOf({ HTTPS_PROXY })).toBe(HTTPS_PROXY);
    expect(proxyOf({ HTTP_PROXY: HTTPS_PROXY })).toBeNull();
    expect(proxyOf({ HTTP_PROXY: HTTPS_PROXY, POLARITY_URL: "http://p.example.com" })).toBe(HTTPS_PROXY);
    expect(proxyOf({ HTTPS_PROXY, https_proxy: "u:p@other:1" })).toBe("http://u:p@other:1");
  });

  test.each([
    ["*", "https://p.example.com", true],
    ["example.com", "https://p.example.com", true],
    ["example.com", "https://example.com", true],
    [".example.com", "https://p.example.com", true],
    ["*.example.com", "https://p.example.com", true],
    ["xample.com", "https://p.example.com", false],
    ["a.test, P.EXAMPLE.com", "https://p.example.com", true],
    ["p.example.com:8443", "https://p.example.com", false],
    ["p.example.com:443", "https://p.example.com", true],
    ["p.example.com:8443", "https://p.example.com:8443", true],
    ["10.0.0.0/8", "https://10.1.2.3", true],
    ["10.0.0.0/8", "https://11.1.2.3", false],
    ["10.0.0.0/99", "https://10.1.2.3", false],
    ["fd00::/8", "https://[fd00::1]", true],
    ["[fd00::1]:443", "https://[fd00::1]", true],
    ["0.1.2.3", "https://10.0.1.2.3.example.com", false],
    ["", "https://127.0.0.1:1", true],
    ["", "https://localhost", true],
  ])("NO_PROXY=%s for %s", (noProxy, url, isDirect) => {
    expect(proxyOf({ HTTPS_PROXY, NO_PROXY: noProxy, POLARITY_URL: url })).toBe(isDirect ? null : HTTPS_PROXY);
  });

  test("a proxy that cannot be used is a problem of its variable, only where it would be used", () => {
    expect(problemLines({ ...A_SERVER, HTTPS_PROXY: "socks5://MARK@proxy:1080" })).toEqual([
      "HTTPS_PROXY: must be an http or https proxy, such as http://proxy.example.com:3128",
    ]);
    expect(problemLines({ ...A_SERVER, HTTPS_PROXY: "socks5://proxy:1080", NO_PROXY: "*" })).toEqual([]);
  });
});

describe("traces", () => {
  const ENDPOINT = "https://collector.example.com:4318/otel/";

  test("are sent to nobody unless there is an endpoint", () => {
    expect(validConfig({ ...A_SERVER, OTEL_SERVICE_NAME: "x", OTEL_EXPORTER_OTLP_HEADERS: "a=b" }).traces).toBeNull();
  });

  test("go to the endpoint with the headers, whose values are decoded, under a name", () => {
    const headers = "Authorization=Basic%20bWFyaw%3D%3D, x-scope-orgid = one ,";
    expect(
      validConfig({ ...A_SERVER, OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: headers }).traces,
    ).toEqual({
      endpoint: "https://collector.example.com:4318/otel",
      headers: { authorization: "Basic bWFyaw==", "x-scope-orgid": "one" },
      serviceName: "polarwatch",
    });
    const files = { headers: "a=b\n" };
    const env = { ...A_SERVER, OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS_FILE: "headers" };
    expect(validConfig({ ...env, OTEL_SERVICE_NAME: "night" }, files).traces).toMatchObject({
      headers: { a: "b" },
      serviceName: "night",
    });
  });

  test.each(["MARK", "grpc://MARK:4317", "collector:4318", "http://MARK/?key=MARK", "http://MARK /"])(
    "%s is no endpoint, and is not repeated",
    (endpoint) => {
      const [line, ...others] = problemLines({ ...A_SERVER, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      expect(line).toMatch(/^OTEL_EXPORTER_OTLP_ENDPOINT: must /);
      expect([line, ...others].join()).not.toContain("MARK");
      expect(others).toEqual([]);
    },
  );

  test.each(["MARK", "=MARK", "a b=MARK", "a=%MARK", "a=MARK%0A", "a=1,MARK"])(
    "%s are no headers, and are not repeated",
    (headers) => {
      const [line = ""] = problemLines({ ...A_SERVER, OTEL_EXPORTER_OTLP_HEADERS: headers });
      expect(line).toMatch(/^OTEL_EXPORTER_OTLP_HEADERS: must be name=value pairs/);
      expect(line).not.toContain("MARK");
    },
  );
});
