import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, to take the server away without touching it. */
export type TcpProxy = {
  /** `url`, which names the real server, with the address of the proxy in its place. */
  through(url: string): string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Accepts and keeps connections, but lets nothing through, as a server that hangs. */
  freeze(): void;
  /** Ends what `cut` or `freeze` began. */
  restore(): Promise<void>;
  /** How many clients are connected. */
  connections(): number;
  close(): Promise<void>;
};

/** What becomes of what the server sends, and whether it is the last that the client hears. */
type FromServer = (chunk: Buffer) => { chunk: Buffer; ends: boolean };

/** Starts a proxy on a free port of the loopback in front of the server of `url`. */
export async function startTcpProxy(url: string, { fromServer }: { fromServer?: FromServer } = {}): Promise<TcpProxy> {
  const target = new URL(url);
  const pairs = new Map<Socket, Socket>();
  let isFrozen = false;

  const accept = (client: Socket) => {
    const server = connect(Number(target.port), target.hostname);
    pairs.set(client, server);
    const end = () => {
      pairs.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      const said = fromServer?.(chunk) ?? { chunk, ends: false };
      if (said.ends) client.end(said.chunk);
      else client.write(said.chunk);
    });
    if (isFrozen) hold(client, server);
  };
  const hold = (...sockets: Socket[]) => {
    for (const socket of sockets) socket.pause();
  };
  const listen = async (port: number): Promise<Server> => {
    const listener = createServer(accept).listen(port, "127.0.0.1");
    await once(listener, "listening");
    return listener;
  };

  let listener: Server | null = await listen(0);
  const { port } = listener.address() as AddressInfo;
  const cut = async () => {
    const closing = listener;
    listener = null;
    for (const [client, server] of pairs) {
      client.destroy();
      server.destroy();
    }
    if (closing === null) return;
    closing.close();
    await once(closing, "close");
  };
  return {
    through: (original) => {
      const address = new URL(original);
      address.hostname = "127.0.0.1";
      address.port = String(port);
      return address.href;
    },
    cut,
    freeze: () => {
      isFrozen = true;
      for (const pair of pairs) hold(...pair);
    },
    restore: async () => {
      isFrozen = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
      listener ??= await listen(port);
    },
    connections: () => pairs.size,
    close: cut,
  };
}
