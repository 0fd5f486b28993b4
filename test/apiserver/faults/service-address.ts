// One address before several servers, as kube-proxy makes a Service: each connection goes to an endpoint that is ready
// when it is opened, and stays there.
import { connect, createServer, type Server, type Socket } from "node:net";

export interface ServiceAddress {
  readonly port: number;
  /** Where connections go from now on, in turn. */
  setEndpoints(ports: readonly number[]): void;
  /** How many connections were opened until now. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. `delayMs`: how much later each piece of data arrives, in both directions. */
export async function openServiceAddress(endpoints: readonly number[], delayMs = 0): Promise<ServiceAddress> {
  let ports = endpoints;
  let opened = 0;
  const open = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (client) => {
    opened += 1;
    const port = ports[opened % ports.length];
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on("error", () => {});
      from.on("data", (data) => later(delayMs, () => to.writable && to.write(data)));
      from.on("end", () => later(delayMs, () => to.end()));
      from.on("close", () => {
        open.delete(from);
        later(delayMs, () => to.destroy());
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the address has no port");
  return {
    port: address.port,
    setEndpoints(next) {
      ports = next;
    },
    connections: () => opened,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function later(ms: number, what: () => void): void {
  if (ms === 0) what();
  else setTimeout(what, ms);
}
