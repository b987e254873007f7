import { SocketModeClient } from "@slack/socket-mode";
import * as z from "zod";
import { SILENT } from "./api-call.js";

/** Everything that Slack sends and that we look at. */
const frame = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["hello", "disconnect"]) }),
  z.object({
    type: z.enum(["interactive", "slash_commands"]),
    envelope_id: z.string().refine((id) => id.length >= 1 && id.length <= 200),
  }),
]);

/**
 * One connection of Slack's own client, to an address that was asked for before. It neither asks nor reconnects by
 * itself: what fails while it does would be a rejection that nobody handles, which ends a process. It logs nothing, and
 * frames that it would stumble over do not reach it.
 */
export class SocketClient extends SocketModeClient {
  constructor(url: string) {
    super({
      appToken: "unused",
      autoReconnectEnabled: false,
      logger: SILENT,
      clientOptions: {
        retryConfig: { retries: 0 },
        fetch: async () => Response.json({ ok: true, url }),
      },
    });
  }

  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    if (typeof data !== "string" || !frame.safeParse(jsonOf(data)).success) return;
    await super.onWebSocketMessage(data, isBinary);
  }
}

function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
