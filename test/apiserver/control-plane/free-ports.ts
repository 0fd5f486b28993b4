// Ports on 127.0.0.1 that nobody listens on.
import { createServer, type Server } from "node:net";

/**
 * Below 32768, where Linux begins to take ports for outgoing connections (net.ipv4.ip_local_port_range): nobody's
 * connection takes the port while the API server is down, and a client that dials it again and again meanwhile can
 * never be given it as its own source port and be connected to itself.
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;

/** `count` different ones. Another process may take one before it is used; whoever uses them must be ready for it. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = new Map<number, Server>();
  while (holders.size < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (holders.has(port)) continue;
    const holder = await tryHold(port);
    if (holder !== null) holders.set(port, holder);
  }
  await Promise.all([...holders.values()].map(async (holder) => new Promise((closed) => holder.close(closed))));
  return [...holders.keys()];
}

async function tryHold(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
