import type { ServerResponse } from "node:http";
import * as z from "zod";
import { type HttpFailure, playFailure, type Received, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";

type ReceivedEvent = { action: "trigger" | "acknowledge" | "resolve"; dedupKey: string; event: z.infer<typeof event> };

export type FakePagerDuty = {
  apiUrl: string;
  routingKey: string;
  /** What the next requests meet, in this order, instead of being taken. */
  failNext(...failures: HttpFailure[]): void;
  /** The events that were taken, in order. */
  events(): ReceivedEvent[];
  expectEvent(predicate: (event: ReceivedEvent) => boolean, options: { deadlineMs: number }): Promise<ReceivedEvent>;
  unexpectedEvents(): ReceivedEvent[];
  /** What became of each incident, by the key of its alert. An event about none that is open began nothing. */
  incidents(): Record<string, "triggered" | "acknowledged" | "resolved">;
  /** The texts of all requests that came, whatever became of them. */
  bodies(): string[];
  close(): Promise<void>;
};

const BYTES_MAX = 512 * 1024;
const text = (lengthMax: number) => z.string().min(1).max(lengthMax);
const webUrl = z.url({ protocol: /^https?$/ });
const payload = z.strictObject({
  summary: text(1024),
  source: text(1024),
  severity: z.enum(["critical", "error", "warning", "info"]),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  component: text(255).optional(),
  group: text(255).optional(),
  class: text(255).optional(),
  custom_details: z
    .record(z.string().regex(/^[a-z_]+$/), z.union([text(10_000), z.array(text(10_000)).max(100)]))
    .optional(),
});
const about = { routing_key: z.string(), dedup_key: text(255) };
const event = z.discriminatedUnion("event_action", [
  z.strictObject({
    ...about,
    event_action: z.literal("trigger"),
    payload,
    client: text(255).optional(),
    client_url: webUrl.optional(),
    links: z.array(z.strictObject({ href: webUrl, text: text(255).optional() })).optional(),
  }),
  z.strictObject({ ...about, event_action: z.literal("acknowledge") }),
  z.strictObject({ ...about, event_action: z.literal("resolve") }),
]);

/**
 * PagerDuty's Events API v2, as strict: an event that lacks a field, has one unknown, is too long or comes with another
 * key is refused with 400 and PagerDuty's words. Events with one `dedup_key` are about one incident.
 */
export async function startFakePagerDuty(options: { routingKey?: string } = {}): Promise<FakePagerDuty> {
  const routingKey = options.routingKey ?? "FAKEroutingkey000000000000000000";
  const failures: HttpFailure[] = [];
  const bodies: string[] = [];
  const incidents = new Map<string, "triggered" | "acknowledged" | "resolved">();
  const inbox = new Inbox<ReceivedEvent>(
    ({ action, event: given }) => `${action} ${JSON.stringify(given).slice(0, 300)}`,
  );

  function take(given: z.infer<typeof event>): void {
    const { dedup_key: dedupKey, event_action: action } = given;
    inbox.add({ action, dedupKey, event: given });
    const isOpen = incidents.has(dedupKey) && incidents.get(dedupKey) !== "resolved";
    if (action === "trigger" && !isOpen) incidents.set(dedupKey, "triggered");
    if (action === "acknowledge" && isOpen) incidents.set(dedupKey, "acknowledged");
    if (action === "resolve" && isOpen) incidents.set(dedupKey, "resolved");
  }

  const server = await startHttpFake((received, response) => {
    bodies.push(received.body);
    const failure = failures.shift();
    if (failure !== undefined && failure.kind !== "drop-reply") return playFailure(failure, response);
    const judged = judge(received, routingKey);
    if ("httpStatus" in judged) return answer(response, judged.httpStatus, judged.body);
    take(judged.event);
    if (failure !== undefined) return void response.destroy();
    const { dedup_key } = judged.event;
    answer(response, 202, { status: "success", message: "Event processed", dedup_key });
  });

  return {
    apiUrl: server.url,
    routingKey,
    failNext: (...next) => void failures.push(...next),
    events: () => inbox.all(),
    expectEvent: (predicate, given) => inbox.expect(predicate, given),
    unexpectedEvents: () => inbox.unexpected(),
    incidents: () => Object.fromEntries(incidents),
    bodies: () => [...bodies],
    close: () => server.close(),
  };
}

function judge(
  received: Received,
  routingKey: string,
): { event: z.infer<typeof event> } | { httpStatus: number; body: object } {
  if (received.method !== "POST" || received.path !== "/v2/enqueue") return { httpStatus: 404, body: {} };
  if (received.headers["content-type"] !== "application/json") return invalid("the content type is not JSON");
  if (Buffer.byteLength(received.body) > BYTES_MAX) return { httpStatus: 413, body: {} };
  let given: unknown;
  try {
    given = JSON.parse(received.body);
  } catch {
    return invalid("the body is not JSON");
  }
  const parsed = event.safeParse(given);
  if (!parsed.success) {
    return invalid(...parsed.error.issues.map(({ path, message }) => `'${path.join(".")}' is invalid: ${message}`));
  }
  return parsed.data.routing_key === routingKey ? { event: parsed.data } : invalid("Invalid routing key");
}

function invalid(...errors: string[]) {
  return { httpStatus: 400, body: { status: "invalid event", message: "Event object is invalid", errors } };
}

function answer(response: ServerResponse, httpStatus: number, body: object): void {
  response.writeHead(httpStatus, { "content-type": "application/json" }).end(JSON.stringify(body));
}
