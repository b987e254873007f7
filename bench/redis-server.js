import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** Runs the work with the URL of an empty Redis that keeps nothing on disk, and its pid; null where there is no redis-server. */
export async function withThrowawayRedis(work) {
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", save: "", appendonly: "no", "maxmemory-policy": "noeviction" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => server.once("close", resolve));
  const isReady = await new Promise((resolve, reject) => {
    server.once("error", (error) => (error.code === "ENOENT" ? resolve(false) : reject(error)));
    server.once("close", () => reject(new Error("redis-server ended before it was ready")));
    server.stdout.on("data", (text) => String(text).includes("Ready to accept connections") && resolve(true));
  });
  if (!isReady) return null;
  try {
    return await work(`redis://127.0.0.1:${port}`, server.pid);
  } finally {
    server.kill("SIGKILL"); // it holds nothing worth a clean end
    await exited;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
