import type { Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";

/** Three API servers with 600 requests under way each, and room besides. */
export const MOST_CONNECTIONS: number = 2_000;

/** A response as far as it is looked at: it has its socket once those before it are written. */
export type QueuedResponse = Pick<ServerResponse, "socket" | "writableEnded">;

/** To be told of each request when it begins. False where it is nobody's any more. */
export type NoteRequest = (socket: Socket, response: QueuedResponse) => boolean;

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** When it last began a request, or else when it came. */
  lastMs: number;
  hasAsked: boolean;
  /** Answers that were not given when the last request came, without the one that has the socket. */
  unanswered: QueuedResponse[];
}

/** Between a connection and its first request, or two requests, others do not end it if they can help it. */
const SPARED_MS = 2_000;

/**
 * Go's HTTP/1.1 client waits for each answer, so no API server has more than one request unanswered. (A response may wait for
 * its socket all the same, request after request: Node gives the socket on once what was written is known to have gone, and
 * under load the client is quicker than that.) Each costs some KB until it is answered, and a read of 64 KB holds hundreds.
 */
const MOST_UNANSWERED = 16;

/**
 * Keeps the server at `most` connections, and each at few requests at once. For one connection too many, one goes of the
 * address that has most of them: the oldest that never sent a request, else the one whose last request began longest ago.
 * So what only costs memory ends its like, and not the API server's connections, nor those that are just being made.
 *
 * @param clockMs goes forward only, in milliseconds; default performance.now
 */
export function boundConnections(
  server: HttpServer | HttpsServer,
  most: number = MOST_CONNECTIONS,
  clockMs: () => number = () => performance.now(),
): NoteRequest {
  /** Oldest first. */
  const open = new Set<Connection>();
  /** By peer: what secureConnection tells of is another socket. */
  const byPeer = new Map<string, Connection>();
  /** How many there are of each address. */
  const counts = new Map<string, number>();
  // What a request comes on is, with TLS, another socket than the one of "connection".
  const bySocket = new WeakMap<Socket, Connection>();
  const remove = (connection: Connection): void => {
    if (!open.delete(connection)) return;
    const left = (counts.get(connection.address) ?? 1) - 1;
    if (left === 0) counts.delete(connection.address);
    else counts.set(connection.address, left);
  };
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: address } = socket;
    if (address === undefined) {
      // Its client has reset it already.
      socket.destroy();
      return;
    }
    const superfluous = open.size < most ? null : leastNeeded(open, addressOfMost(counts), clockMs());
    if (superfluous !== null) {
      remove(superfluous);
      superfluous.socket.destroy();
    }
    const connection: Connection = { socket, address, lastMs: clockMs(), hasAsked: false, unanswered: [] };
    open.add(connection);
    counts.set(address, (counts.get(address) ?? 0) + 1);
    bySocket.set(socket, connection);
    const peer = peerOf(socket);
    byPeer.set(peer, connection);
    socket.once("close", () => {
      remove(connection);
      if (byPeer.get(peer) === connection) byPeer.delete(peer);
    });
  });
  server.on("secureConnection", (socket: Socket) => {
    const connection = byPeer.get(peerOf(socket));
    if (connection !== undefined) bySocket.set(socket, connection);
  });
  return (socket, response) => {
    if (socket.destroyed) return false;
    const connection = bySocket.get(socket);
    if (connection === undefined) return true;
    connection.lastMs = clockMs();
    connection.hasAsked = true;
    const { unanswered } = connection;
    if (response.socket !== null) {
      if (unanswered.length > 0) unanswered.length = 0;
      return true;
    }
    connection.unanswered = unanswered.filter(({ writableEnded }) => !writableEnded);
    connection.unanswered.push(response);
    if (connection.unanswered.length <= MOST_UNANSWERED) return true;
    stopReading(socket);
    socket.destroy();
    return false;
  };
}

/**
 * Makes Node's HTTP parser stop at the next TLS record (16 KiB). A socket that is destroyed goes on being parsed up to the end
 * of what was read, and all of its requests stay in memory until the loop comes round. Node has no public way; where this
 * one is gone they only cost more.
 */
function stopReading(socket: Socket & { readonly parser?: { readonly pause?: () => void } | null }): void {
  socket.parser?.pause?.();
}

function addressOfMost(counts: ReadonlyMap<string, number>): string {
  let address = "";
  let most = 0;
  for (const [each, count] of counts) if (count > most) [address, most] = [each, count];
  return address;
}

/** Looked for only where there are too many, so that a request has nothing to put in order. */
function leastNeeded(open: ReadonlySet<Connection>, address: string, nowMs: number): Connection | null {
  let least: Connection | null = null;
  for (const each of open) {
    if (each.address === address && (least === null || isLessNeeded(each, least, nowMs))) least = each;
  }
  return least;
}

function isLessNeeded(one: Connection, than: Connection, nowMs: number): boolean {
  const [isSpared, isOtherSpared] = [nowMs - one.lastMs < SPARED_MS, nowMs - than.lastMs < SPARED_MS];
  if (isSpared !== isOtherSpared) return isOtherSpared;
  if (one.hasAsked !== than.hasAsked) return than.hasAsked;
  return one.lastMs < than.lastMs;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
