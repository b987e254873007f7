import { describe, expect, test } from "vitest";
import { demoConfig } from "../../src/config/demo-config.js";
import { describeConfig } from "../../src/config/describe.js";
import { reloadConfig } from "../../src/config/reload.js";
import {
  A_SERVER,
  aConfigInput,
  configOfFile,
  problemLines,
  problemsOfFile,
  validConfig,
} from "../support/config-input.js";

const MAIL = {
  SMTP_URL: "smtps://mail.example.com",
  EMAIL_FROM: "a@example.com",
  EMAIL_TO: "b@example.com, c@example.com",
};
const SLACK = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_CHANNEL: "ops" };
const RECEIVERS = `
receivers:
  - name: ops
    console_configs: [{}]
    email_configs: [{ smtp_url: "smtps://mail.example.com", from: a@example.com, to: [b@example.com] }]
  - name: boss
    email_configs: [{ smtp_url: "smtps://mail.example.com", from: a@example.com, to: [c@example.com] }]
route: { receiver: ops }
`;

describe("with the settings alone", () => {
  test("each mailbox gets one a day, and nobody else does", () => {
    const { digests, warnings } = validConfig({ ...A_SERVER, ...MAIL, ...SLACK, TZ: "Europe/Berlin" });
    expect(digests).toEqual([
      {
        name: "daily",
        schedule: "0 8 * * *",
        timeZone: "Europe/Berlin",
        receiver: "default",
        destinations: ["default/email:b@example.com", "default/email:c@example.com"],
        whenEmpty: "say",
        servers: [],
      },
    ]);
    expect(warnings).toEqual([]);
  });

  test("it comes when it is asked for, or not at all", () => {
    expect(validConfig({ ...A_SERVER, ...MAIL, DIGEST_SCHEDULE: "30 6 * * mon-fri" }).digests).toMatchObject([
      { schedule: "30 6 * * mon-fri", timeZone: "UTC" },
    ]);
    expect(validConfig({ ...A_SERVER, ...MAIL, DIGEST_SCHEDULE: "off" })).toMatchObject({ digests: [], warnings: [] });
    expect(validConfig({ ...A_SERVER, ...SLACK })).toMatchObject({ digests: [], warnings: [] });
  });

  test("a schedule that means nothing is refused, and one for nobody is said to be", () => {
    expect(problemLines({ ...A_SERVER, DIGEST_SCHEDULE: "daily" })).toEqual([
      "DIGEST_SCHEDULE: must be five cron fields that come to pass, such as 0 8 * * *, or off",
    ]);
    expect(validConfig({ ...A_SERVER, ...SLACK, DIGEST_SCHEDULE: "0 9 * * *" }).warnings).toEqual([
      "DIGEST_SCHEDULE is set, but there is no mailbox for a digest: EMAIL_TO is not set",
    ]);
  });
});

describe("in a file", () => {
  test("digests name their receiver, and go to all that it has", () => {
    const { digests } = configOfFile(`${RECEIVERS}
digests:
  - { name: daily, schedule: "0 8 * * *" }
  - name: weekly
    schedule: " 0 9 * * 1 "
    time_zone: America/New_York
    receiver: boss
    when_empty: skip
    servers: ['server=~"prod-.*"']
`);
    expect(digests).toMatchObject([
      {
        name: "daily",
        timeZone: "UTC",
        destinations: ["ops/email:b@example.com", "ops/console"],
        whenEmpty: "say",
        servers: [],
      },
      {
        name: "weekly",
        schedule: "0 9 * * 1",
        timeZone: "America/New_York",
        destinations: ["boss/email:c@example.com"],
        whenEmpty: "skip",
        servers: [{ label: "server", value: "prod-.*" }],
      },
    ]);
  });

  test("its digests, or its receivers, leave no other one", () => {
    const files = { "polarwatch.yaml": RECEIVERS };
    expect(validConfig({ ...A_SERVER, DIGEST_SCHEDULE: "0 9 * * *" }, files)).toMatchObject({
      digests: [],
      warnings: expect.arrayContaining(["Ignored, because the configuration file lists receivers: DIGEST_SCHEDULE"]),
    });
    const none = { "polarwatch.yaml": "digests: []" };
    expect(validConfig({ ...A_SERVER, ...MAIL }, none).digests).toEqual([]);
  });

  test("every problem is told, with its place", () => {
    expect(
      problemsOfFile(`digests:
  - { name: a, schedule: daily }
  - { name: a, schedule: "0 0 30 2 *", receiver: nobody }
  - { name: c, schedule: "0 8 * * *", time_zone: Mars/Base, when_empty: maybe, servers: ['cause="tls"'], to: x }
  - { name: d }
`),
    ).toEqual([
      "polarwatch.yaml:2:26 digests[0].schedule: must be five cron fields that come to pass, such as 0 8 * * *",
      "polarwatch.yaml:3:13 digests[1].name: is already taken by an earlier entry",
      "polarwatch.yaml:3:26 digests[1].schedule: must be five cron fields that come to pass, such as 0 8 * * *",
      "polarwatch.yaml:3:50 digests[1].receiver: names no receiver",
      "polarwatch.yaml:4:50 digests[2].time_zone: is not a known time zone, such as Europe/Berlin or UTC",
      "polarwatch.yaml:4:73 digests[2].when_empty: must be skip or say",
      'polarwatch.yaml:4:90 digests[2].servers[0]: must be a matcher of servers, such as server="prod" or server=~"prod-.*"',
      'polarwatch.yaml:4:106 digests[2]: "to" is not a known key',
      "polarwatch.yaml:5:5 digests[3].schedule: is required",
    ]);
  });

  test("a matcher of a server that is not there deserves a look", () => {
    const text = `digests: [{ name: a, schedule: "0 8 * * *", servers: ['server="lab"'] }]`;
    expect(configOfFile(text).warnings).toEqual(['Matcher server="lab" asks for a server that does not exist']);
  });
});

describe("digests", () => {
  const text = `${RECEIVERS}\ndigests: [{ name: daily, schedule: "0 8 * * *", servers: ['server="polarity"'] }]`;

  test("are shown with their matchers as texts", () => {
    expect(describeConfig(configOfFile(text)).digests).toMatchObject([
      { name: "daily", servers: ['server="polarity"'] },
    ]);
  });

  test("are taken over while everything runs", () => {
    const changed = text.replace("0 8", "0 9");
    const load = () => ({ kind: "valid", config: configOfFile(changed) }) as const;
    expect(reloadConfig(configOfFile(text), load)).toMatchObject({
      kind: "replaced",
      changes: ["Digest daily changed: schedule"],
    });
  });

  test("of the demo are one for the console", () => {
    const pace = { intervalMs: 1000, groupWaitMs: 0, groupIntervalMs: 0 };
    const loaded = demoConfig(aConfigInput({ ...MAIL, TZ: "Asia/Tokyo" }), {
      serverUrl: "http://localhost:1",
      apiKey: "k",
      ...pace,
    });
    expect(loaded).toMatchObject({
      config: { digests: [{ name: "daily", destinations: ["default/console"], timeZone: "Asia/Tokyo" }] },
    });
  });
});
