import type { ServerResponse } from "node:http";
import * as z from "zod";
import { type HttpFailure, playFailure, type Received, startHttpFake } from "./http-fake.js";
import { Inbox } from "./inbox.js";

type PostedCard = {
  card: z.infer<typeof card>;
  /** Everything that a reader sees, one text a line. */
  text: string;
};

export type FakeTeams = {
  /** With the signature that a workflow's address carries. */
  url: string;
  /** What the next requests meet, in this order, instead of being taken. */
  failNext(...failures: HttpFailure[]): void;
  cards(): PostedCard[];
  expectCard(predicate: (posted: PostedCard) => boolean, options: { deadlineMs: number }): Promise<PostedCard>;
  unexpectedCards(): PostedCard[];
  /** The texts of all requests that came to be posted, whatever became of them. */
  bodies(): string[];
  close(): Promise<void>;
};

const BYTES_MAX = 28 * 1024;
const PATH = "/workflows/FAKE-workflow/triggers/manual/paths/invoke";
const SIGNATURE = "FAKE-signature-of-the-workflow";

const webUrl = z.url({ protocol: /^https?$/ });
const isComputed = (text: string) => /\{\{|\}\}/.test(text);
/** Nothing that a program would turn into a link, a mention or a computed value. */
const plain = z
  .string()
  .min(1)
  .max(2000)
  .refine((text) => !isComputed(text), "a card would compute this")
  .refine((text) => !/:\/\/|\bwww\.|(?<!\u2060)@/.test(text), "a program would make a link or a mention of this");
/** Read as Markdown: what is special there has to be escaped. */
const markdown = plain.refine((text) => {
  const escaped = text.replace(/\\[\\`*_[\]<>~|#.)+-]/g, "");
  return !/[\\`*_[\]<>~|#]/.test(escaped) && !/^\s*([-+]|\d+[.)])\s/.test(escaped);
}, "this is Markdown");

const run = z.strictObject({
  type: z.literal("TextRun"),
  text: plain,
  weight: z.enum(["Lighter", "Default", "Bolder"]).optional(),
  size: z.enum(["Small", "Default", "Medium", "Large", "ExtraLarge"]).optional(),
  isSubtle: z.boolean().optional(),
});
const common = {
  spacing: z.enum(["None", "Small", "Default", "Medium", "Large"]).optional(),
  separator: z.boolean().optional(),
};
type Element = z.infer<typeof leaf> | { type: "Container"; items: Element[] };
const leaf = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("RichTextBlock"), inlines: z.array(run).min(1), ...common }),
  z.strictObject({ type: z.literal("TextBlock"), text: markdown, wrap: z.boolean().optional(), ...common }),
  z.strictObject({
    type: z.literal("FactSet"),
    facts: z.array(z.strictObject({ title: markdown, value: markdown })).min(1),
    ...common,
  }),
]);
const element: z.ZodType<Element> = z.union([
  leaf,
  z.strictObject({
    type: z.literal("Container"),
    style: z.enum(["default", "emphasis", "good", "attention", "warning", "accent"]).optional(),
    bleed: z.boolean().optional(),
    items: z.array(z.lazy(() => element)).min(1),
    ...common,
  }),
]);
const card = z.strictObject({
  $schema: webUrl.optional(),
  type: z.literal("AdaptiveCard"),
  version: z.enum(["1.2", "1.3", "1.4", "1.5"]),
  fallbackText: z.string().optional(),
  /** `entities` would be mentions. */
  msteams: z.strictObject({ width: z.literal("Full").optional() }).optional(),
  body: z.array(element).min(1),
  actions: z
    .array(z.strictObject({ type: z.literal("Action.OpenUrl"), title: plain, url: webUrl }))
    .max(6)
    .optional(),
});
const envelope = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: z.null(),
      content: card,
    }),
  ]),
});

/**
 * A workflow behind a Teams webhook, as strict as the trigger, Adaptive Cards and Teams together: the signature, the
 * envelope, elements and their members, 28 kB. It refuses text, too, that would do more in a card than be read.
 */
export async function startFakeTeams(): Promise<FakeTeams> {
  const failures: HttpFailure[] = [];
  const bodies: string[] = [];
  const inbox = new Inbox<PostedCard>(({ text }) => text.slice(0, 300));

  const server = await startHttpFake((received, response) => {
    if (received.method !== "POST") return refuse(response, 404, "TriggerRequestMethodNotValid");
    bodies.push(received.body);
    const failure = failures.shift();
    if (failure !== undefined && failure.kind !== "drop-reply") return playFailure(failure, response);
    const judged = judge(received);
    if ("httpStatus" in judged) return refuse(response, judged.httpStatus, judged.code, judged.message);
    inbox.add({ card: judged.card, text: judged.card.body.flatMap(textsOf).join("\n") });
    if (failure !== undefined) return void response.destroy();
    response.writeHead(202).end();
  });

  return {
    url: `${server.url}${PATH}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${SIGNATURE}`,
    failNext: (...next) => void failures.push(...next),
    cards: () => inbox.all(),
    expectCard: (predicate, options) => inbox.expect(predicate, options),
    unexpectedCards: () => inbox.unexpected(),
    bodies: () => [...bodies],
    close: () => server.close(),
  };
}

type Refusal = { httpStatus: number; code: string; message?: string };

function judge(received: Received): { card: z.infer<typeof card> } | Refusal {
  const url = new URL(received.path, "http://localhost");
  if (url.pathname !== PATH) return { httpStatus: 404, code: "WorkflowNotFound" };
  if (url.searchParams.get("sig") !== SIGNATURE) {
    return { httpStatus: 401, code: "DirectApiAuthorizationRequired" };
  }
  if (received.headers["content-type"] !== "application/json") return { httpStatus: 415, code: "InvalidContentType" };
  if (Buffer.byteLength(received.body) > BYTES_MAX) return { httpStatus: 413, code: "RequestEntityTooLarge" };
  const parsed = envelope.safeParse(JSON.parse(received.body));
  if (parsed.success) return { card: parsed.data.attachments[0].content };
  return { httpStatus: 400, code: "TriggerInputSchemaMismatch", message: z.prettifyError(parsed.error) };
}

function refuse(response: ServerResponse, httpStatus: number, code: string, message = code): void {
  const body = JSON.stringify({ error: { code, message } });
  response.writeHead(httpStatus, { "content-type": "application/json; charset=utf-8" }).end(body);
}

function textsOf(given: Element): string[] {
  switch (given.type) {
    case "Container":
      return given.items.flatMap(textsOf);
    case "RichTextBlock":
      return [given.inlines.map(({ text }) => text).join("")];
    case "TextBlock":
      return [given.text];
    case "FactSet":
      return given.facts.map(({ title, value }) => `${title}: ${value}`);
    default:
      throw new Error(`Unknown element: ${JSON.stringify(given satisfies never)}`);
  }
}
