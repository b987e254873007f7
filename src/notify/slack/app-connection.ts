import * as z from "zod";
import { callSlack, type SlackAnswer, type SlackSettings } from "./api-call.js";
import { slackDetail } from "./verdict.js";

const opened = z.object({ url: z.url({ protocol: /^wss?$/ }) });

/** Where a connection of Socket Mode leads to; good for one connection, within half a minute. `settings`: of the app token. */
export function openAppConnection(
  settings: SlackSettings,
  signal: AbortSignal,
): Promise<SlackAnswer<z.infer<typeof opened>>> {
  return callSlack(settings, signal, opened, (client) => client.apiCall("apps.connections.open"));
}

/** Proves an app token and that Socket Mode is on, without connecting. Null when fine. */
export async function checkAppToken(settings: SlackSettings, signal: AbortSignal): Promise<string | null> {
  const answer = await openAppConnection(settings, signal);
  return answer.kind === "ok" ? null : `The app token does not work: ${slackDetail(answer, settings.token)}`;
}
