import { once } from "node:events";
import { type FailureMode, type FailureOptions, Failures } from "./failures.js";
import { type ErrorRef, type ErrorSpec, Hand } from "./hand.js";
import { inventIntegrations } from "./integrations.js";
import { parseOptions, type SimulatorOptions } from "./options.js";
import { populate } from "./population.js";
import { hashOf, hex32 } from "./random.js";
import { Routes } from "./routes.js";
import { loadSamples } from "./samples.js";
import { createPolarityServer, type SeenRequest } from "./server.js";
import { Sessions } from "./sessions.js";
import { type RestartOptions, type View, World } from "./world.js";

/** What is true on the server, whatever its answers say while it fails. */
type Truth = {
  readonly integrations: readonly {
    readonly id: string;
    readonly name: string;
    readonly acronym: string;
    readonly status: string;
    readonly errorIds: readonly string[];
  }[];
  readonly errors: readonly {
    readonly id: string;
    readonly integrationId: string;
    /** As it is sent: seldom anything but a text or null, but it may be. */
    readonly title: unknown;
    readonly occurrences: number | null;
    readonly lastOccurredAt: Date | null;
  }[];
};

/** A simulated Polarity server that listens, and the means to move it by hand. */
export interface Simulator
  extends Pick<Hand, "raise" | "grow" | "clear" | "setText" | "setCounter" | "setIntegrationStatus"> {
  readonly url: string;
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  /** Counters start again at 1, errors get new ids, tokens become invalid; the API key stays. */
  restart(options?: RestartOptions): void;
  /** From now on requests fail so, until `fail(null)`, another failure, or `times` requests later. */
  fail(mode: FailureMode | null, options?: FailureOptions): void;
  truth(): Truth;
  /** The latest ten thousand requests, oldest first. */
  requests(): readonly SeenRequest[];
  /** Cuts all connections and frees the port. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a simulated Polarity server. The same seed, clock and calls give the same answers, byte for byte.
 * Rejects when the options make no sense or the port is taken.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = parseOptions(options);
  const { seed, clock, auth, host, port, tls } = settings;
  const isLive = settings.scenario === "live";
  const credentials = {
    apiKey: auth.apiKey ?? `FAKE-api-key-${hex32(hashOf(seed, "api key"))}`,
    username: auth.username ?? "polarwatch",
    password: auth.password ?? `FAKE-password-${hex32(hashOf(seed, "password"))}`,
    tokenLifetimeMs: auth.tokenLifetimeMs ?? 60 * 60 * 1000,
  };
  const samples = await loadSamples();
  const integrations = inventIntegrations(samples, settings.integrations, seed);
  const sessions = new Sessions(credentials, clock, seed);
  const world = new World({
    seed,
    clock,
    startedAt: settings.startedAt ?? clock(),
    onBegin: settings.onBegin ?? null,
    speed: settings.speed ?? 1,
    plan: isLive
      ? { seed, firstNewAfterMs: settings.firstNewAfterMs ?? 8000, restartEveryMs: settings.restartEveryMs ?? null }
      : null,
    integrations,
    population: populate(samples, integrations, { seed, errors: settings.errors ?? null, isLive }),
    onRestart: () => sessions.revokeAll(),
  });
  const failures = new Failures();
  const hand = new Hand(world, samples);
  const routes = new Routes({ ...settings, sessions, username: credentials.username });
  const { server, seen } = createPolarityServer({ clock, world, sessions, failures, routes, tls: tls ?? null });
  server.listen(port, host);
  await once(server, "listening");

  return {
    url: urlOf(tls === undefined ? "http" : "https", host, server.address()),
    apiKey: credentials.apiKey,
    username: credentials.username,
    password: credentials.password,
    raise: (spec: ErrorSpec) => hand.raise(spec),
    grow: (ref: ErrorRef, by: number) => hand.grow(ref, by),
    clear: (ref) => hand.clear(ref),
    setText: (ref, texts) => hand.setText(ref, texts),
    setCounter: (ref, counter) => hand.setCounter(ref, counter),
    setIntegrationStatus: (integrationId, status) => hand.setIntegrationStatus(integrationId, status),
    restart: (restart = {}) => world.touch(() => world.restart(restart)),
    fail: (mode, failureOptions = {}) => failures.set(mode, failureOptions),
    truth: () => truthOf(world.look()),
    requests: () => seen.map((request) => ({ ...request })),
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function urlOf(scheme: string, host: string, address: string | { port: number } | null): string {
  if (address === null || typeof address === "string") throw new Error("The server listens on no port");
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

function truthOf({ integrations, errors }: View): Truth {
  return {
    integrations: integrations.map(({ id, name, acronym, status }) => ({
      id,
      name,
      acronym,
      status,
      errorIds: errors.filter((error) => error.integrationId === id).map((error) => error.id),
    })),
    errors: errors.map(({ id, integrationId, texts, occurrences, lastOccurredAtMs }) => ({
      id,
      integrationId,
      title: texts.title,
      occurrences,
      lastOccurredAt: lastOccurredAtMs === null ? null : new Date(lastOccurredAtMs),
    })),
  };
}
