/** One setting of the environment, as the documentation shows it. */
export type Setting = {
  readonly group:
    | "Polarity server"
    | "Slack"
    | "E-mail"
    | "Webhook"
    | "Alerts"
    | "Heartbeat"
    | "Storage"
    | "HTTP"
    | "Traces"
    | "Process";
  readonly summary: string;
  /** What holds when it is not set. */
  readonly unset: string;
  /** Never printed, not even by `check`. */
  readonly isSecret?: true;
  /** Read by Node.js or shared with other programs, under its own name only: `NAME_FILE` would be someone else's. */
  readonly isShared?: true;
};

/** Every setting of the environment that polarwatch knows. All but the shared ones can be given as `NAME_FILE` too. */
export const SETTINGS = {
  POLARITY_URL: {
    group: "Polarity server",
    summary: "Address of the server; a bare host name means `https://`.",
    unset: "Required, unless `polarwatch.yaml` lists servers.",
  },
  POLARITY_API_KEY: {
    group: "Polarity server",
    summary: "API key.",
    unset: "User name and password.",
    isSecret: true,
  },
  POLARITY_USERNAME: { group: "Polarity server", summary: "User name of a local or LDAP account.", unset: "API key." },
  POLARITY_PASSWORD: {
    group: "Polarity server",
    summary: "Password of that account.",
    unset: "API key.",
    isSecret: true,
  },
  POLARITY_CA_FILE: {
    group: "Polarity server",
    summary: "Path of a PEM file with certificates to trust besides those of Node.js.",
    unset: "Those of Node.js only.",
  },
  POLARITY_INTERVAL: { group: "Polarity server", summary: "Time between two polls, `1s` to `1d`.", unset: "`1m`" },
  POLARITY_TLS_VERIFY: {
    group: "Polarity server",
    summary: "`false` accepts any certificate, which is unsafe.",
    unset: "`true`",
  },
  SLACK_BOT_TOKEN: {
    group: "Slack",
    summary: "Bot token (`xoxb-...`); goes with `SLACK_CHANNEL`.",
    unset: "No Slack.",
    isSecret: true,
  },
  SLACK_CHANNEL: { group: "Slack", summary: "Name or id of a channel.", unset: "No Slack." },
  SLACK_API_URL: { group: "Slack", summary: "Address of a gateway in front of Slack's API.", unset: "Slack's own." },
  SLACK_APP_TOKEN: {
    group: "Slack",
    summary: "App-level token (`xapp-...`): buttons by Socket Mode, with nothing open to the outside.",
    unset: "No buttons.",
    isSecret: true,
  },
  SLACK_SIGNING_SECRET: {
    group: "Slack",
    summary: "Signing secret of the app: buttons by requests of Slack to polarwatch.",
    unset: "No buttons.",
    isSecret: true,
  },
  SMTP_URL: {
    group: "E-mail",
    summary: "`smtp://` or `smtps://`, with user and password; goes with `EMAIL_FROM` and `EMAIL_TO`.",
    unset: "No e-mail.",
    isSecret: true,
  },
  EMAIL_FROM: { group: "E-mail", summary: "Sender.", unset: "No e-mail." },
  EMAIL_TO: {
    group: "E-mail",
    summary: "Mailboxes, separated by commas; each gets a mail of its own.",
    unset: "No e-mail.",
  },
  WEBHOOK_URL: {
    group: "Webhook",
    summary: "Where every notification is posted as JSON. The address counts as a secret.",
    unset: "No webhook.",
    isSecret: true,
  },
  WEBHOOK_SECRET: {
    group: "Webhook",
    summary: "Secret that signs each post; goes with `WEBHOOK_URL`.",
    unset: "Not signed.",
    isSecret: true,
  },
  WEBHOOK_PREVIOUS_SECRET: {
    group: "Webhook",
    summary: "Signs each post as well, while the receiver changes to a new `WEBHOOK_SECRET`.",
    unset: "One signature.",
    isSecret: true,
  },
  WEBHOOK_ALLOW_PRIVATE: {
    group: "Webhook",
    summary: "`true` lets `WEBHOOK_URL` lead to this machine or a private network.",
    unset: "`false`",
  },
  GROUP_WAIT: { group: "Alerts", summary: "How long a new group waits for more, `0s` to `1d`.", unset: "`30s`" },
  GROUP_INTERVAL: {
    group: "Alerts",
    summary: "Shortest time between two messages about a group, `1s` to `1d`.",
    unset: "`5m`",
  },
  DIGEST_SCHEDULE: {
    group: "Alerts",
    summary: "When `EMAIL_TO` gets the daily digest, as five cron fields in the zone of `TZ`; `off` sends none.",
    unset: "`0 8 * * *`",
  },
  HEARTBEAT_URL: {
    group: "Heartbeat",
    summary: "Address that gets a POST while everything works. It counts as a secret.",
    unset: "No heartbeat.",
    isSecret: true,
  },
  HEARTBEAT_INTERVAL: {
    group: "Heartbeat",
    summary: "Time between two heartbeats, `10s` to `1d`; goes with `HEARTBEAT_URL`.",
    unset: "`1m`",
  },
  DATABASE_URL: {
    group: "Storage",
    summary: "`postgres://` or `postgresql://`.",
    unset: "An embedded Postgres in the data directory.",
    isSecret: true,
  },
  DATABASE_CONNECTIONS: {
    group: "Storage",
    summary: "Connections that each pool of a process holds to Postgres at most, 4 to 200.",
    unset: "`10`",
  },
  REDIS_URL: {
    group: "Storage",
    summary:
      "`redis://` or `rediss://` (TLS); `redis+sentinel://host:port,host:port/name`; `redis+cluster://host:port,host:port`.",
    unset: "The queue lives in Postgres.",
    isSecret: true,
  },
  POLARWATCH_DATA_DIR: {
    group: "Storage",
    summary: "Directory of the embedded Postgres.",
    unset: "`.polarwatch` in the working directory.",
  },
  HOST: {
    group: "HTTP",
    summary: "Address to listen on. Beyond loopback, `API_TOKEN` is needed.",
    unset: "`127.0.0.1`",
  },
  PORT: { group: "HTTP", summary: "Port to listen on; `0` lets the system choose.", unset: "`8080`" },
  API_TOKEN: {
    group: "HTTP",
    summary: "Token of an admin, at least 16 characters; callers have to show it or one of `polarwatch token create`.",
    unset: "None needed on loopback.",
    isSecret: true,
  },
  PUBLIC_URL: {
    group: "HTTP",
    summary: "Address under which people reach the page, for links in messages and for unsubscribing.",
    unset: "`http://HOST:PORT`, or no links when that is not an address.",
  },
  TRUST_PROXY: {
    group: "HTTP",
    summary:
      "Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed, separated by commas.",
    unset: "None: the address of whoever connects counts.",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group: "Traces",
    summary: "Address of an OpenTelemetry collector that takes OTLP over HTTP, as `http://collector.example.com:4318`.",
    unset: "No traces.",
    isSecret: true,
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    group: "Traces",
    summary: "Headers for the collector, as `name=value,name=value`, the values percent-encoded.",
    unset: "None.",
    isSecret: true,
  },
  OTEL_SERVICE_NAME: { group: "Traces", summary: "Under which name the traces come.", unset: "`polarwatch`" },
  POLARWATCH_CONFIG: {
    group: "Process",
    summary: "Path of the configuration file.",
    unset: "`polarwatch.yaml` in the working directory, if there is one.",
  },
  LOG_LEVEL: {
    group: "Process",
    summary: "`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.",
    unset: "`info`",
  },
  LOG_FORMAT: { group: "Process", summary: "`pretty` or `json`.", unset: "`pretty` on a terminal, else `json`." },
  TZ: {
    group: "Process",
    summary: "Time zone in which times are shown and digests are sent, such as `Europe/Berlin`.",
    unset: "That of the machine.",
    isShared: true,
  },
  HTTPS_PROXY: {
    group: "Process",
    summary: "Proxy to Polarity servers with an `https` address.",
    unset: "A direct connection.",
    isSecret: true,
    isShared: true,
  },
  HTTP_PROXY: {
    group: "Process",
    summary: "Proxy to Polarity servers with an `http` address.",
    unset: "A direct connection.",
    isSecret: true,
    isShared: true,
  },
  NO_PROXY: {
    group: "Process",
    summary: "Hosts, `.domains`, networks (`10.0.0.0/8`) or `*` that need no proxy, separated by commas.",
    unset: "Loopback addresses only.",
    isShared: true,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Whether `NAME_FILE` is read for this setting. */
export function hasFileForm(name: SettingName): boolean {
  const setting: Setting = SETTINGS[name];
  return setting.isShared !== true;
}
