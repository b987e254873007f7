import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export type Ending = "end" | "destroy" | "reset";
/** What comes back for each thing that is sent: for HTTP the first alone, for SMTP one after the other. */
export type Reply = { parts: readonly Buffer[]; ending: Ending };

/** Answers whatever is sent with the bytes of the case, and hangs up. */
export async function startTalker() {
  let reply: Reply = { parts: [], ending: "end" };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const rest = [...reply.parts];
    const { ending } = reply;
    const say = () => {
      const part = rest.shift();
      if (part !== undefined) socket.write(part);
      if (rest.length > 0) return;
      if (ending === "end") socket.end();
      else if (ending === "reset") socket.resetAndDestroy();
      else socket.destroy();
    };
    if (isSmtp) say();
    socket.on("data", () => say());
  });
  let isSmtp = false;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It listens on no port");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return {
    port: address.port,
    next: (parts: readonly Buffer[], ending: Ending, speaksFirst: boolean) => {
      reply = { parts, ending };
      isSmtp = speaksFirst;
    },
  };
}
