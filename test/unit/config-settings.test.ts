import { describe, expect, test } from "vitest";
import { A_CERTIFICATE, A_SERVER, problemLines, validConfig } from "../support/config-input.js";

describe("a setting by file", () => {
  test("every setting can come from the file that NAME_FILE names, without the newline at its end", () => {
    const env = {
      POLARITY_URL_FILE: "url",
      POLARITY_API_KEY_FILE: "/run/secrets/key",
      PORT_FILE: "port",
      POLARITY_CA_FILE_FILE: "ca-path",
    };
    const files = {
      url: "p.example.com\n",
      "/run/secrets/key": "MARK\r\n",
      port: "9090",
      "ca-path": "ca.pem\n",
      "ca.pem": A_CERTIFICATE,
    };
    const config = validConfig(env, files);
    expect(config.servers[0]).toMatchObject({
      url: "https://p.example.com",
      credentials: { kind: "api-key", apiKey: "MARK" },
      ca: A_CERTIFICATE,
    });
    expect(config.http.port).toBe(9090);
  });

  test.each<[string, string | { code: string }, string]>([
    ["is missing", { code: "ENOENT" }, "cannot be read: there is no such file"],
    ["may not be read", { code: "EACCES" }, "cannot be read: the file may not be read by this user"],
    ["fails oddly", { code: "EIO" }, "cannot be read: the system says EIO"],
    ["is empty", "\n", "names an empty file"],
    [
      "holds two lines",
      "MARK\nMARK\n",
      "names a file with more than one line; it must hold the value and nothing else",
    ],
  ])("a file that %s is one problem, under the name of its setting", (_, file, message) => {
    const env = { POLARITY_URL: "p.example.com", POLARITY_API_KEY_FILE: "key" };
    expect(problemLines(env, { key: file })).toEqual([`POLARITY_API_KEY_FILE: ${message}`]);
  });

  test("a setting given both ways is refused rather than guessed", () => {
    const lines = problemLines({ ...A_SERVER, POLARITY_API_KEY_FILE: "key" }, { key: "MARK" });
    expect(lines).toEqual(["POLARITY_API_KEY_FILE: is set, and POLARITY_API_KEY is set too; keep one of them"]);
  });

  test("who takes POLARWATCH_CONFIG_FILE for the configuration file is told better", () => {
    const lines = problemLines({ POLARWATCH_CONFIG_FILE: "p.yaml" }, { "p.yaml": "servers:\n  - name: a\n" });
    expect(lines).toEqual([
      "POLARWATCH_CONFIG_FILE: names a file with more than one line; it must hold the value and nothing else; " +
        "to name the configuration file itself, use POLARWATCH_CONFIG",
    ]);
  });

  test("an empty setting counts as unset", () => {
    const empty = { SLACK_CHANNEL: "", SLACK_BOT_TOKEN_FILE: "", PORT: "", POLARWATCH_CONFIG: "", POLARITY_X: "" };
    expect(validConfig({ ...A_SERVER, ...empty })).toEqual(validConfig(A_SERVER));
  });

  test("a value of more than one line is refused", () => {
    expect(problemLines({ ...A_SERVER, POLARITY_API_KEY: "MARK\nX: y" })).toEqual([
      "POLARITY_API_KEY: must be a single line",
    ]);
  });
});

describe("names that look like settings", () => {
  test("an unknown one is a warning that names the nearest setting", () => {
    const env = {
      ...A_SERVER,
      POLARITY_APIKEY: "MARK",
      SLACK_BOT_TOKEN_FIEL: "MARK",
      SMTP_WHATEVER: "MARK",
      HOME: "/",
    };
    expect(validConfig(env).warnings).toEqual([
      'POLARITY_APIKEY is not a setting of polarwatch and is ignored, did you mean "POLARITY_API_KEY"?',
      'SLACK_BOT_TOKEN_FIEL is not a setting of polarwatch and is ignored, did you mean "SLACK_BOT_TOKEN_FILE"?',
      "SMTP_WHATEVER is not a setting of polarwatch and is ignored",
    ]);
  });

  test("what Kubernetes sets for a service named polarwatch is no warning", () => {
    const env = {
      POLARWATCH_SERVICE_HOST: "10.0.0.1",
      POLARWATCH_SERVICE_PORT: "8080",
      POLARWATCH_SERVICE_PORT_HTTP: "8080",
      POLARWATCH_PORT: "tcp://10.0.0.1:8080",
      POLARWATCH_PORT_8080_TCP_ADDR: "10.0.0.1",
    };
    expect(validConfig({ ...A_SERVER, ...env }).warnings).toEqual([]);
    expect(validConfig({ ...A_SERVER, POLARWATCH_PORT: "1" }).warnings).toHaveLength(1);
  });
});
