import type { FastifyReply } from "fastify";
import { html } from "../../lib/html.js";
import type { Problem } from "../problem.js";
import { sendPage } from "./layout.js";

/** A refusal or a failure, told to a person. */
export function sendProblemPage(reply: FastifyReply, { httpStatus, title, detail }: Problem): FastifyReply {
  const body = html`<h1>${title}</h1><p>${detail}</p><p><a href="/">To all servers</a></p>`;
  return sendPage(reply.code(httpStatus), { title, body });
}
