// The thread of `survey-thread.ts`: a `Surveyor` that does what it is told by messages.
import { parentPort } from "node:worker_threads";
import type { SurveyCall, SurveyReply, SurveyRequest } from "./survey-thread.js";
import { Surveyor } from "./surveyor.js";

const port = parentPort;
if (port === null) throw new Error("This file runs as a thread only");
const surveyor = new Surveyor();

port.on("message", (request: SurveyRequest) => {
  if (request.method === "release") {
    surveyor.release(request.id, request.ending);
    return;
  }
  const { call } = request;
  try {
    const { value, transfer } = answer(request);
    port.postMessage({ call, value } satisfies SurveyReply, transfer);
  } catch (error) {
    port.postMessage({ call, error } satisfies SurveyReply);
  }
});

function answer(request: SurveyCall): { value: unknown; transfer: ArrayBuffer[] } {
  switch (request.method) {
    case "survey": {
      const { bodies } = request.material;
      const result = surveyor.survey(request.id, request.material);
      // The bodies go back where somebody else has to look at them.
      if (result.kind !== "paged" && result.kind !== "odd") return { value: { result, bodies: [] }, transfer: [] };
      const transfer = bodies.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
      return { value: { result, bodies }, transfer };
    }
    case "differing":
      return { value: surveyor.differing(request.id, request.from, request.count), transfer: [] };
    case "wordings":
      return { value: surveyor.wordings(request.id, request.at), transfer: [] };
    case "countUnlisted":
      return { value: surveyor.countUnlisted(request.id, request.polarityIds), transfer: [] };
    default:
      throw new Error(`Unknown call: ${JSON.stringify(request satisfies never)}`);
  }
}
