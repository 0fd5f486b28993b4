import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** Three API servers with 600 requests under way each, and room besides. */
export const MOST_CONNECTIONS: number = 2_000;

/**
 * Keeps the server at `most` connections. For one more, the one goes that is the oldest of those that never sent a
 * request, else the one whose last request began longest ago: what only costs memory ends its like, and not the API
 * server's connections.
 */
export function boundConnections(server: Server, most: number = MOST_CONNECTIONS): void {
  const silent = new Map<string, Socket>();
  const asking = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const key = peerOf(socket);
    if (silent.size + asking.size >= most) {
      const [oldest] = silent.size > 0 ? silent : asking;
      if (oldest !== undefined) {
        forget(oldest[0]);
        oldest[1].destroy();
      }
    }
    silent.set(key, socket);
    socket.once("close", () => {
      if ((silent.get(key) ?? asking.get(key)) === socket) forget(key);
    });
  });
  // What a request comes on is the TLS socket; "connection" told of the one below it.
  const keys = new WeakMap<Socket, string>();
  server.on("secureConnection", (socket: TLSSocket) => keys.set(socket, peerOf(socket)));
  server.on("request", (request) => {
    const key = keys.get(request.socket);
    if (key === undefined) return;
    const socket = silent.get(key) ?? asking.get(key);
    if (socket === undefined) return;
    forget(key);
    asking.set(key, socket);
  });
  function forget(key: string): void {
    silent.delete(key);
    asking.delete(key);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
