import * as z from "zod";
import { type HttpFailure, playFailure, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";

const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: z.record(z.string(), z.unknown()) }))
  .transform((all) => Object.fromEntries(all.map(({ key, value }) => [key, Object.values(value)[0]])));
const id = (digits: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`));
const nanoseconds = z.string().regex(/^[1-9]\d*$/);
const span = z.object({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: id(16).optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes,
  status: z.object({ code: z.int().min(0).max(2) }),
  events: z.array(z.object({ name: z.string().min(1), attributes })).default([]),
});
const request = z.strictObject({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes }),
        scopeSpans: z.array(z.object({ scope: z.object({ name: z.string().min(1) }), spans: z.array(span).min(1) })),
      }),
    )
    .min(1),
});

export type CollectedSpan = z.infer<typeof span> & { resource: Record<string, unknown> };

export type FakeCollector = {
  url: string;
  /** What the next requests meet, in this order, instead of being taken. */
  failNext(...failures: HttpFailure[]): void;
  /** From now on nothing is answered any more. */
  hang(): void;
  spans(): CollectedSpan[];
  expectSpan(predicate: (span: CollectedSpan) => boolean, options: { deadlineMs: number }): Promise<CollectedSpan>;
  /** How many requests came, whatever became of them. */
  requests(): number;
  close(): Promise<void>;
};

/**
 * A collector of OTLP over HTTP, in JSON, that is shown these headers: anything but a well-formed request for traces is
 * refused with the status that the protocol has for it, and not taken.
 */
export async function startFakeCollector(headers: Readonly<Record<string, string>> = {}): Promise<FakeCollector> {
  const failures: HttpFailure[] = [];
  const inbox = new Inbox<CollectedSpan>(({ name, traceId }) => `${name} in ${traceId}`);
  let [requests, isHanging] = [0, false];
  const server = await startHttpFake((received, response) => {
    requests += 1;
    if (isHanging) return;
    const failure = failures.shift();
    if (failure !== undefined && failure.kind !== "drop-reply") return playFailure(failure, response);
    const refuse = (httpStatus: number, reason: string) => {
      response.writeHead(httpStatus, { "content-type": "text/plain" }).end(reason);
    };
    if (received.path !== "/v1/traces") return refuse(404, "no such signal");
    if (received.method !== "POST") return refuse(405, "only POST");
    if (received.headers["content-type"] !== "application/json") return refuse(415, "only application/json");
    const isShown = Object.entries(headers).every(([name, value]) => received.headers[name] === value);
    if (!isShown) return refuse(401, "a header is missing or wrong");
    const parsed = request.safeParse(JSON.parse(received.body));
    if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
    for (const { resource, scopeSpans } of parsed.data.resourceSpans)
      for (const { spans } of scopeSpans) for (const one of spans) inbox.add({ ...one, resource: resource.attributes });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  return {
    url: server.url,
    failNext: (...next) => void failures.push(...next),
    hang: () => {
      isHanging = true;
    },
    spans: () => inbox.all(),
    expectSpan: (predicate, options) => inbox.expect(predicate, options),
    requests: () => requests,
    close: () => server.close(),
  };
}
