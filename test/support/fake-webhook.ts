import { createHmac, timingSafeEqual } from "node:crypto";
import { type HttpFailure, playFailure, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";

type WebhookDelivery = {
  id: string;
  timestamp: string;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
};

export type FakeWebhook = {
  url: string;
  /** What the next requests meet, in this order, instead of being taken. */
  failNext(...failures: HttpFailure[]): void;
  deliveries(): WebhookDelivery[];
  expectDelivery(
    predicate: (delivery: WebhookDelivery) => boolean,
    options: { deadlineMs: number },
  ): Promise<WebhookDelivery>;
  unexpectedDeliveries(): WebhookDelivery[];
  /** How many requests came, whatever became of them. */
  requests(): number;
  /** Their texts. */
  bodies(): string[];
  close(): Promise<void>;
};

/**
 * An endpoint as the Standard Webhooks libraries check it: POST of JSON with its id and time, and, where there is a
 * secret, a signature over exactly the bytes that came, by each of several. Anything else is refused with 400 or 401 and not taken.
 */
export async function startFakeWebhook(
  options: { secret?: string; secrets?: readonly string[] } = {},
): Promise<FakeWebhook> {
  const secrets = options.secrets ?? (options.secret === undefined ? [] : [options.secret]);
  const failures: HttpFailure[] = [];
  const inbox = new Inbox<WebhookDelivery>((delivery) => JSON.stringify(delivery.body).slice(0, 300));
  const bodies: string[] = [];

  const server = await startHttpFake((received, response) => {
    if (received.method === "HEAD") {
      response.writeHead(405).end();
      return;
    }
    bodies.push(received.body);
    const failure = failures.shift();
    if (failure !== undefined && failure.kind !== "drop-reply") return playFailure(failure, response);
    const refuse = (httpStatus: number, reason: string) => {
      response.writeHead(httpStatus, { "content-type": "text/plain" }).end(reason);
    };
    const id = received.headers["webhook-id"];
    const timestamp = received.headers["webhook-timestamp"];
    if (received.method !== "POST") return refuse(405, "only POST");
    if (received.headers["content-type"] !== "application/json") return refuse(415, "only application/json");
    if (typeof id !== "string" || typeof timestamp !== "string" || !/^\d+$/.test(timestamp)) {
      return refuse(400, "webhook-id or webhook-timestamp is missing");
    }
    const { "webhook-signature": signature } = received.headers;
    const signed = `${id}.${timestamp}.${received.body}`;
    if (!secrets.every((secret) => isSigned(signature, signed, secret))) {
      return refuse(401, "the signature does not match");
    }
    const body: unknown = JSON.parse(received.body);
    if (typeof body !== "object" || body === null) return refuse(400, "no JSON object");
    inbox.add({ id, timestamp, headers: received.headers, body: { ...body } });
    if (failure !== undefined) {
      response.destroy();
      return;
    }
    response.writeHead(204).end();
  });

  return {
    url: `${server.url}/hooks/FAKE-path-token?key=FAKE-query-token`,
    failNext: (...next) => void failures.push(...next),
    deliveries: () => inbox.all(),
    expectDelivery: (predicate, options) => inbox.expect(predicate, options),
    unexpectedDeliveries: () => inbox.unexpected(),
    requests: () => bodies.length,
    bodies: () => [...bodies],
    close: () => server.close(),
  };
}

function isSigned(header: string | string[] | undefined, signed: string, secret: string): boolean {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  const wanted = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const signatures = (typeof header === "string" ? header : "").split(" ").map((each) => Buffer.from(each));
  return signatures.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}
