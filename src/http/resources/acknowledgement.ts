import * as z from "zod";
import { acknowledgeAlert, type MoveRefused, takeBackAcknowledgement } from "../../app/acknowledge.js";
import { SEVERITIES } from "../../domain/alert.js";
import { author, authorBody, bodyText, newResource, readBody } from "../body.js";
import type { Described } from "../contract/described.js";
import { resourceSchema, toOne } from "../contract/document-schemas.js";
import { attributesOf, one } from "../document.js";
import { bodyInstant } from "../parameters.js";
import { badBody, conflict, NOT_FOUND, type Problem, RequestRefused } from "../problem.js";
import { readQuery } from "../query.js";
import { idOf } from "../route.js";
import type { WritingEndpoint } from "./endpoint.js";

const PATH = "/api/alerts/:id/acknowledgement";

const noQuery = z.strictObject({});
const newAcknowledgement = newResource(
  "acknowledgements",
  z.strictObject({
    author,
    note: bodyText(1000).optional(),
    "until-at": bodyInstant.nullable().default(null),
  }),
);

const acknowledgementAttributes = z.strictObject({
  author: z.string(),
  at: z.date(),
  note: z.string(),
  "until-at": z.date().nullable(),
  severity: z.enum(SEVERITIES),
  added: z.int(),
});
const acknowledgementSchema = resourceSchema("Acknowledgement", {
  type: "acknowledgements",
  attributes: acknowledgementAttributes,
  relationships: { alert: toOne("alerts") },
});

/** Somebody takes an alert on. */
export const createAcknowledgement: WritingEndpoint = {
  path: PATH,
  method: "POST",
  role: "operator",
  operationId: "createAcknowledgement",
  summary: "Takes a firing alert on",
  query: noQuery,
  body: newAcknowledgement,
  document: z.strictObject({ data: acknowledgementSchema }),
  problems: [404, 409],
  examples: [
    {
      params: { id: "12" },
      body: { data: { type: "acknowledgements", attributes: { author: "mia", note: "The vendor knows" } } },
    },
  ],
  async perform({ db, clock }, { query, params, body, origin }) {
    readQuery(noQuery, query);
    const { attributes } = readBody(newAcknowledgement, body).data;
    const alert = idOf(params);
    const { author: name, note = "", "until-at": untilAt } = attributes;
    const request = { alert, author: name, note, untilAt, origin };
    const result = await acknowledgeAlert({ db, clock }, request);
    if (result.kind === "refused") throw new RequestRefused([problemOf(result)]);
    const data = {
      type: "acknowledgements",
      id: String(result.id),
      attributes: attributesOf(result.acknowledgement) satisfies Described<typeof acknowledgementAttributes>,
      relationships: { alert: one("alerts", alert) },
    };
    return { kind: "created", location: null, document: { data } };
  },
};

/** Somebody gives an alert back. */
export const deleteAcknowledgement: WritingEndpoint = {
  path: PATH,
  method: "DELETE",
  role: "operator",
  operationId: "deleteAcknowledgement",
  summary: "Gives an alert back: it fires again",
  query: noQuery,
  body: authorBody,
  document: null,
  problems: [404, 409],
  examples: [{ params: { id: "12" }, body: { meta: { author: "mia" } } }],
  async perform({ db, clock }, { query, params, body, origin }) {
    readQuery(noQuery, query);
    const { meta } = readBody(authorBody, body);
    const request = { alert: idOf(params), author: meta.author, origin };
    const result = await takeBackAcknowledgement({ db, clock }, request);
    if (result.kind === "refused") throw new RequestRefused([problemOf(result)]);
    return { kind: "done" };
  },
};

function problemOf({ reason, because }: MoveRefused): Problem {
  switch (reason) {
    case "unknown":
      return NOT_FOUND;
    case "conflict":
      return conflict(because);
    case "wrong":
      return badBody("/data/attributes", because);
    default:
      throw new Error(`Unknown reason: ${JSON.stringify(reason satisfies never)}`);
  }
}
