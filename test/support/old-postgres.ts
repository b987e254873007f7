import { once } from "node:events";
import { createServer } from "node:net";

const text = (value: string) => Buffer.concat([Buffer.from(value), Buffer.from([0])]);
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
const message = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};
const READY = message("Z", Buffer.from("I"));

function column(name: string, typeOid: number): Buffer {
  return Buffer.concat([text(name), int32(0), int16(0), int32(typeOid), int16(-1), int32(-1), int16(0)]);
}

function value(shown: string): Buffer {
  return Buffer.concat([int32(shown.length), Buffer.from(shown)]);
}

/** A server that speaks as much of Postgres' protocol as it takes to be asked its version, which is the given one. */
export async function startOldPostgres(version: {
  number: number;
  name: string;
}): Promise<{ databaseUrl: string; stop(): Promise<void> }> {
  const row = [
    message("T", int16(2), column("number", 23), column("version", 25)),
    message("D", int16(2), value(String(version.number)), value(version.name)),
    message("C", text("SELECT 1")),
    READY,
  ];
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.concat([message("R", int32(0)), READY]));
      socket.on("data", (chunk) => {
        if (chunk.toString("latin1", 0, 1) === "Q") socket.write(Buffer.concat(row));
        else socket.end();
      });
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("A listening socket has no port");
  const stop = async () => {
    server.close();
    await once(server, "close");
  };
  return { databaseUrl: `postgres://someone@127.0.0.1:${address.port}/postgres`, stop };
}
