import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import * as z from "zod";
import { resubscribe, type SubscriptionDeps, unsubscribe } from "../app/subscription.js";
import type { Subscription } from "../domain/subscription.js";
import { readUnsubscribeToken } from "../domain/unsubscribe-token.js";
import { findUnsubscribedAt } from "../store/unsubscriptions.js";
import { sendBarePage } from "./page/bare-page.js";
import { FROM_PAGE, subscriptionPage, unsubscribeProblem } from "./page/unsubscribe-page.js";
import { addRoute } from "./route.js";

const PATH = "/unsubscribe/:token";
const UNDO_PATH = "/unsubscribe/:token/undo";
/** `unsubscribeKey`: behind the tokens in these addresses. */
export type UnsubscribeDeps = SubscriptionDeps & { unsubscribeKey: Uint8Array };

type Done = "stopped" | "undone" | null;

const params = z.object({ token: z.string() });

/**
 * `/unsubscribe/TOKEN`, as mails name it. GET only shows a page with a button, for mail servers follow the links that
 * they see; POST ends the mails, by one click in a mail program (RFC 8058) or on that page. An address that was not
 * signed by us is turned away before anything is looked up.
 */
export function registerUnsubscribe(app: FastifyInstance, deps: UnsubscribeDeps): void {
  app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    // Mail programs send a form of either kind; what it says matters only where it comes from our page.
    scope.addContentTypeParser("*", { parseAs: "string" }, async (_request: unknown, body: string | Buffer) =>
      String(body),
    );
    const takesForms = { takesForms: true };
    addRoute(
      scope,
      PATH,
      {
        GET: byLink((request, reply) => answer(deps, request, reply, async () => null)),
        POST: byLink((request, reply) =>
          answer(deps, request, reply, async (subscription) => {
            const via = String(request.body ?? "").includes(FROM_PAGE) ? "page" : "email";
            const result = await unsubscribe(deps, subscription, via);
            return result === "too_often" ? result : "stopped";
          }),
        ),
      },
      takesForms,
    );
    addRoute(
      scope,
      UNDO_PATH,
      {
        POST: byLink((request, reply) =>
          answer(deps, request, reply, async (subscription) => {
            await resubscribe(deps, subscription, { actor: subscription.mailbox, via: "page" });
            return "undone";
          }),
        ),
      },
      takesForms,
    );
    registered();
  });
}

/** Whoever has such an address may use it, from wherever: mail programs have no other right. */
function byLink(handler: RouteHandlerMethod) {
  return { access: "link", handler } as const;
}

async function answer(
  { db, clock, unsubscribeKey }: UnsubscribeDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  perform: (subscription: Subscription) => Promise<Done | "too_often">,
): Promise<FastifyReply> {
  const { token } = params.parse(request.params);
  const subscription = readUnsubscribeToken(unsubscribeKey, token);
  if (subscription === null) return sendBarePage(reply.code(404), unsubscribeProblem("Not a valid link", NOT_OURS));
  const done = await perform(subscription);
  if (done === "too_often") {
    return sendBarePage(reply.code(429).header("retry-after", "3600"), unsubscribeProblem("Not now", TOO_OFTEN));
  }
  const unsubscribedAt = await findUnsubscribedAt(db, subscription);
  return sendBarePage(reply, subscriptionPage({ ...subscription, unsubscribedAt }, { done, token, now: clock() }));
}

const NOT_OURS = "This link is damaged or out of date. Use the one at the end of the latest mail, all of it.";
const TOO_OFTEN = "This was changed back and forth too often. Try again in an hour.";
