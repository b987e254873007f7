import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { NOT_FOUND, RequestRefused } from "./problem.js";
import { refuseOtherMethods } from "./route.js";

/** What somebody else's service sends here, which proves itself by a signature instead of our token. */
export type SignedSender = {
  /** Whether there is a secret to prove it with; without one its addresses do not exist. */
  isOpen(): boolean;
  /** Proves and takes a request; the work that follows from it is done later. `body`: to the byte. */
  receive(
    place: SignedPlace,
    headers: FastifyRequest["headers"],
    body: Uint8Array,
  ): "taken" | "unproved" | "unreadable";
};

const SIGNED_PLACES = ["interactions", "commands"] as const;
export type SignedPlace = (typeof SIGNED_PLACES)[number];

const pathOf = (place: SignedPlace) => `/slack/${place}`;

/** A request about a message carries the whole message. */
const BODY_BYTES_MAX = 1_048_576;
const HTTP_STATUS = { taken: 200, unproved: 401, unreadable: 400 } as const;

/** The addresses to which Slack sends what people do in it. They say nothing, not even what is wrong. */
export function registerSigned(app: FastifyInstance, sender: SignedSender | null): void {
  // In a scope of its own: here a body is bytes, whatever it is said to be, for it is proved before it is read
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: unknown, body: string | Buffer) => body);
    for (const place of SIGNED_PLACES) {
      const url = pathOf(place);
      const handler = async ({ headers, body }: FastifyRequest, reply: FastifyReply) => {
        if (sender?.isOpen() !== true) throw new RequestRefused([NOT_FOUND]);
        const received = sender.receive(place, headers, body instanceof Uint8Array ? body : new Uint8Array());
        return reply.code(HTTP_STATUS[received]).send();
      };
      scope.route({ method: "POST", url, bodyLimit: BODY_BYTES_MAX, config: { access: "signed" }, handler });
      refuseOtherMethods(scope, url, ["POST"], "viewer");
    }
    done();
  });
}
