import type { Attributes } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Telemetry } from "bullmq";
import type { Clock } from "../lib/clock.js";
import type { Logger } from "../lib/logger.js";
import { Outage } from "./outage.js";
import { within } from "./within.js";

/** An export that nobody takes is given up after this, with its spans: what happened is in Postgres and in the log. */
const EXPORT_MS_MAX = 3000;
const EXPORT_EVERY_MS = 2000;
const CLOSE_MS_MAX = 2000;
const WORDS = {
  lost: "Traces are not taken by the collector",
  back: "Traces are taken by the collector again",
};

/** Which collector is sent traces, and as whose. */
export type TraceSettings = {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
};

/** What a job says about itself in the span around its work. Without traces it costs nothing. */
export type SpanNotes = {
  /** Something that was done: an event, and attributes to search by; of several the last one's. */
  done(event: string, attributes: Attributes): void;
  failed(): void;
};

/** What is known of these, under names of ours. */
export function spanFields(fields: Readonly<Record<string, string | number | null>>): Attributes {
  const known = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [[`polarwatch.${name}`, value]],
  );
  return Object.fromEntries(known);
}

/** Follows each job to those that it wakes: one trace from a poll to its messages, as far as no sweep stood in. */
export type Traces = {
  readonly telemetry: Telemetry | null;
  readonly notes: SpanNotes;
  /** Puts a span of its own around the work of a job: that of the queue ends already when the job is handed back. */
  during<T>(job: string, work: () => Promise<T>): Promise<T>;
  /** Sends what is left. Bounded in time, whether the collector answers or not; never rejects. */
  close(): Promise<void>;
};

export const NO_TRACES: Traces = {
  telemetry: null,
  notes: { done: () => {}, failed: () => {} },
  during: (_job, work) => work(),
  close: async () => {},
};

/**
 * Starts to send traces. The packages for it are loaded here, so that who sends none does not pay for them. An endpoint
 * that is away or refuses is logged once for each outage and has no other effect.
 */
export async function openTraces(
  { endpoint, headers, serviceName }: TraceSettings,
  { log, clock, version, workerId }: { log: Logger; clock: Clock; version: string; workerId: string },
): Promise<Traces> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }, { BullMQOtel }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
    import("bullmq-otel"),
  ]);
  const outage = new Outage(log, clock, WORDS);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: EXPORT_MS_MAX,
  });
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": serviceName,
      "service.version": version,
      "service.instance.id": workerId,
    }),
    sampler: {
      // Internal are BullMQ's looks for a job, its locks and its stalled checks, many a minute and for nobody.
      shouldSample: (_context, _traceId, _name, kind) => ({
        decision:
          kind === api.SpanKind.INTERNAL ? sdk.SamplingDecision.NOT_RECORD : sdk.SamplingDecision.RECORD_AND_SAMPLED,
      }),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor(watched(exporter, outage), {
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_MS_MAX + 500,
      }),
    ],
  });
  // The adapter finds the provider where the whole process would, and only while it is made: two of us can be in one
  // process, each with its own. What passes a context on stays there: it holds nothing of ours.
  provider.register();
  const telemetry = new BullMQOtel({ tracerName: "polarwatch", version });
  api.trace.disable();
  const tracer = provider.getTracer("polarwatch", version);
  return {
    telemetry,
    during: async (job, work) => {
      const around = api.context.active();
      const span = tracer.startSpan(job, { kind: api.SpanKind.CONSUMER }, around);
      try {
        return await api.context.with(api.trace.setSpan(around, span), work);
      } finally {
        span.end();
      }
    },
    notes: {
      done: (event, attributes) => {
        api.trace.getActiveSpan()?.setAttributes(attributes).addEvent(event, attributes);
      },
      failed: () => {
        api.trace.getActiveSpan()?.setStatus({ code: api.SpanStatusCode.ERROR });
      },
    },
    close: () => within(CLOSE_MS_MAX, provider.shutdown()).catch((error: unknown) => outage.failed(error)),
  };
}

/** The same exporter, with an ear on how it goes. */
function watched(exporter: SpanExporter, outage: Outage): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // Zero is success, in a closed set of two that lives in a package we would need for nothing else.
        if (result.code === 0) outage.recovered();
        else outage.failed(result.error ?? new Error("refused"));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
