import { noProbe, type Probe } from "../../src/app/checkpoint.js";
import type { DeliverPolicy } from "../../src/app/delivering.js";
import type { PollPolicy } from "../../src/app/poll.js";
import type { Config } from "../../src/config/config.js";
import { loadConfig } from "../../src/config/load-config.js";
import { DEFAULT_DIFF_POLICY, type DiffPolicy } from "../../src/domain/diff.js";
import { systemClock } from "../../src/lib/clock.js";
import { Lifecycle } from "../../src/lib/lifecycle.js";
import type { QueueSettings } from "../../src/queue/settings.js";
import type { SimulatorOptions } from "../../src/simulator/options.js";
import { type Simulator, startSimulator } from "../../src/simulator/start.js";
import { startPolarwatch } from "../../workers/main.js";
import type { Role } from "../../workers/roles.js";
import { type FakeSlack, startFakeSlack } from "./fake-slack.js";
import { type FakeSmtp, startFakeSmtp } from "./fake-smtp.js";
import { createRecordingLog, type LogLine } from "./recording-log.js";

const INTERVAL_MS = 250;

/** On a busy machine a poll may be seconds late; only tests about blind windows are to find any. */
const PATIENT_POLICY: DiffPolicy = {
  ...DEFAULT_DIFF_POLICY,
  blindIntervals: 1000,
  catchUpIntervals: 10_000,
};

/** A Polarity server, a Slack and a mail server, all real and all of ours, and the settings that lead to them. */
export type World = {
  simulator: Simulator;
  slack: FakeSlack;
  smtp: FakeSmtp;
  env: Record<string, string>;
  close(): Promise<void>;
};

export async function openWorld(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const [simulator, slack, smtp] = await Promise.all([
    startSimulator({ seed: 7, clock: systemClock, ...options }),
    startFakeSlack(),
    startFakeSmtp(),
  ]);
  const env = {
    POLARITY_URL: simulator.url,
    POLARITY_USERNAME: simulator.username,
    POLARITY_PASSWORD: simulator.password,
    POLARITY_INTERVAL: "1s",
    SLACK_BOT_TOKEN: slack.token,
    SLACK_CHANNEL: slack.channel.id,
    SLACK_API_URL: slack.apiUrl,
    SMTP_URL: smtp.url,
    EMAIL_FROM: "polarwatch@example.com",
    EMAIL_TO: "oncall@example.com",
    // Else one would come to whoever runs the tests at eight in the morning.
    DIGEST_SCHEDULE: "off",
    GROUP_WAIT: "0s",
    GROUP_INTERVAL: "1s",
    PORT: "0",
    LOG_FORMAT: "json",
  };
  return {
    simulator,
    slack,
    smtp,
    env,
    close: async () => {
      await Promise.all([simulator.close(), slack.close(), smtp.close()]);
    },
  };
}

/** The configuration that these settings make, as a real start would read them, but polling four times a second. */
export function configOf(env: Readonly<Record<string, string>>, cwd: string): Config {
  const loaded = loadConfig({ env, cwd, readFile: () => missing(), isTerminal: false });
  if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  return { ...config, servers: config.servers.map((server) => ({ ...server, intervalMs: INTERVAL_MS })) };
}

function missing(): never {
  throw Object.assign(new Error("no such file"), { code: "ENOENT" });
}

export type RunningInTest = { url: string | null; lines: readonly LogLine[]; stop(): Promise<void> };

/** Starts polarwatch as a process would, in this one. */
export async function startInTest(parts: {
  config: Config;
  databaseUrl: string;
  queue: QueueSettings;
  roles?: readonly Role[];
  probe?: Probe;
  diffPolicy?: DiffPolicy;
  pollPolicy?: PollPolicy;
  deliverPolicy?: DeliverPolicy;
}): Promise<RunningInTest> {
  const { log, lines } = createRecordingLog();
  const life = new Lifecycle(log);
  try {
    const running = await startPolarwatch(
      {
        ...parts,
        roles: new Set(parts.roles ?? ["poll", "diff", "notify", "sweep"]),
        clock: systemClock,
        random: Math.random,
        log,
        console: { write: () => {}, isColored: false, timeZone: "UTC" },
        probe: parts.probe ?? noProbe,
        diffPolicy: parts.diffPolicy ?? PATIENT_POLICY,
      },
      life,
    );
    return { url: running.url, lines, stop: () => life.stop() };
  } catch (error) {
    await life.stop();
    throw error;
  }
}
