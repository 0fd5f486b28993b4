import type { Server } from "node:https";
import type { Socket } from "node:net";

/** Three API servers with 600 requests under way each, and room besides. */
export const MOST_CONNECTIONS: number = 2_000;

/** To be told of each request's socket, when the request begins. */
export type NoteRequest = (socket: Socket) => void;

interface Connection {
  readonly socket: Socket;
  /** The number of its last request, counted over all connections; 0 before the first. */
  lastRequest: number;
}

/**
 * Keeps the server at `most` connections. For one more, the one goes that is the oldest of those that never sent a
 * request, else the one whose last request began longest ago: what only costs memory ends its like, and not the API
 * server's connections.
 */
export function boundConnections(server: Server, most: number = MOST_CONNECTIONS): NoteRequest {
  /** By peer, oldest first. */
  const open = new Map<string, Connection>();
  // What a request comes on is the TLS socket; "connection" tells of the one below it.
  const bySocket = new WeakMap<Socket, Connection>();
  let requests = 0;
  server.on("connection", (socket: Socket) => {
    const key = peerOf(socket);
    if (open.size >= most) {
      const [peer, { socket: superfluous }] = leastNeeded(open);
      open.delete(peer);
      superfluous.destroy();
    }
    const connection = { socket, lastRequest: 0 };
    open.set(key, connection);
    socket.once("close", () => {
      if (open.get(key) === connection) open.delete(key);
    });
  });
  server.on("secureConnection", (socket) => {
    const connection = open.get(peerOf(socket));
    if (connection !== undefined) bySocket.set(socket, connection);
  });
  return (socket) => {
    requests += 1;
    const connection = bySocket.get(socket);
    if (connection !== undefined) connection.lastRequest = requests;
  };
}

/** Looked for only where there are too many, so that a request has nothing to put in order. */
function leastNeeded(open: ReadonlyMap<string, Connection>): [string, Connection] {
  let least: [string, Connection] | null = null;
  for (const entry of open) {
    if (least === null || entry[1].lastRequest < least[1].lastRequest) least = entry;
    if (least[1].lastRequest === 0) break;
  }
  if (least === null) throw new RangeError("a server has to have room for one connection");
  return least;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
