// Clients that want to keep others from being served, each on loopback and bounded in number.
import { connect as connectTcp, type Socket } from "node:net";
import { duplexPair } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";

export interface Victim {
  readonly port: number;
  readonly ca: string;
}

export interface Attack {
  /** Resolves when all of it has stopped; says what it met, in words. */
  stop(): Promise<string>;
}

export const ATTACKS = [
  "header drip",
  "body drip",
  "large bodies",
  "tiny pieces",
  "pipelined requests",
  "unread answers",
  "resets",
  "half-open",
  "idle connections",
  "renegotiation",
  "handshake flood",
] as const;
export type AttackName = (typeof ATTACKS)[number];

const DRIP_MS = 200;
const HEADERS = "POST /mutate/enforce HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

/** How many at once are enough: the attackers share the machine with the server, and must not burn it themselves. */
const MOST_CLIENTS: Partial<Record<AttackName, number>> = {
  "large bodies": 40,
  "tiny pieces": 4,
  "pipelined requests": 4,
  resets: 32,
  renegotiation: 8,
  "handshake flood": 100,
};

export function clientsOf(name: AttackName, wanted: number): number {
  // More than there is room for, where 300 are wanted.
  if (name === "idle connections") return wanted * 7;
  return Math.min(wanted, MOST_CLIENTS[name] ?? wanted);
}

/** Begins it with so many clients at once, in this thread; each that is cut off comes again. */
export function attack(name: AttackName, clients: number, victim: Victim): Attack {
  const over = new AbortController();
  const met = new Map<string, number>();
  const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
  const once = attackOf(name);
  const running = Array.from({ length: clients }, async () => {
    while (!over.signal.aborted) await once(victim, over.signal, count);
  });
  return {
    async stop() {
      over.abort();
      await Promise.all(running);
      return [...met].map(([what, times]) => `${what} ${times}`).join(", ");
    },
  };
}

type OneClient = (victim: Victim, over: AbortSignal, count: (what: string) => void) => Promise<void>;

function attackOf(name: AttackName): OneClient {
  switch (name) {
    case "header drip":
      return async (victim, over, count) => await drip(victim, over, count, "POST /mutate/enforce HTTP/1.1\r\nx: ");
    case "body drip":
      return async (victim, over, count) => await drip(victim, over, count, `${HEADERS}content-length: 6000\r\n\r\n{`);
    case "large bodies":
      // All but the last byte of the largest body that is taken.
      return async (victim, over, count) =>
        await drip(victim, over, count, `${HEADERS}content-length: 7340032\r\n\r\n${" ".repeat(7_330_000)}`);
    case "tiny pieces":
      return sendPieces;
    case "pipelined requests":
      return sendRequests;
    case "unread answers":
      return readNothing;
    case "resets":
      return reset;
    case "half-open":
      return async ({ port }, over, count) => {
        await life(connectTcp({ port, host: "127.0.0.1" }), over, count);
      };
    case "idle connections":
      return async (victim, over, count) => {
        const socket = dial(victim);
        socket.once("secureConnect", () => count("handshakes"));
        await life(socket, over, count);
      };
    case "renegotiation":
      return renegotiate;
    case "handshake flood":
      return async (victim, over, count) => {
        const socket = dial(victim);
        socket.once("secureConnect", () => {
          count("handshakes");
          socket.destroy();
        });
        await life(socket, over, () => {});
      };
    default:
      return name satisfies never;
  }
}

function dial({ port, ca }: Victim, maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3"): TLSSocket {
  return connectTls({ port, host: "127.0.0.1", servername: "localhost", ca, maxVersion });
}

/** Sends the beginning at once, and a byte now and then. */
async function drip(victim: Victim, over: AbortSignal, count: (what: string) => void, begin: string): Promise<void> {
  const socket = dial(victim);
  let timer: NodeJS.Timeout | undefined;
  socket.once("secureConnect", () => {
    socket.write(begin);
    timer = setInterval(() => socket.writable && socket.write("x"), DRIP_MS);
  });
  socket.on("data", (data: Buffer) => count(`answered ${data.toString("latin1", 9, 12)}`));
  await life(socket, over, count);
  clearInterval(timer);
}

/** Half of the largest body, each byte a piece of its own. */
async function sendPieces(victim: Victim, over: AbortSignal, count: (what: string) => void): Promise<void> {
  const head = `${HEADERS}transfer-encoding: chunked\r\n\r\n`;
  await pour(victim, over, count, { head, lot: "1\r\n \r\n".repeat(10_000), lots: 350 });
}

/** One request after the other, without waiting for an answer. */
async function sendRequests(victim: Victim, over: AbortSignal, count: (what: string) => void): Promise<void> {
  const lot = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
  await pour(victim, over, count, { head: "", lot, lots: Infinity });
}

const REVIEW = JSON.stringify({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: { uid: "u".repeat(256), kind: { group: "", version: "v1", kind: "Pod" }, operation: "CREATE", object: {} },
});
const REQUEST = `${HEADERS}content-length: ${REVIEW.length}\r\n\r\n${REVIEW}`;

/** As many reviews as are taken without waiting for an answer, of which none is read. */
async function readNothing(victim: Victim, over: AbortSignal, count: (what: string) => void): Promise<void> {
  const socket = dial(victim);
  socket.once("secureConnect", () => {
    socket.pause();
    socket.write(REQUEST.repeat(16));
  });
  await life(socket, over, count);
}

/** A review, and the connection is reset before its answer has come. */
async function reset({ port }: Victim, over: AbortSignal, count: (what: string) => void): Promise<void> {
  const socket = connectTcp({ port, host: "127.0.0.1" });
  // TLS is made beside the connection, as a socket of TLS's own cannot be reset.
  const [inside, outside] = duplexPair();
  socket.pipe(outside).pipe(socket);
  const secure = connectTls({ socket: inside, rejectUnauthorized: false });
  for (const each of [outside, secure]) each.on("error", () => {});
  secure.once("secureConnect", () => {
    secure.write(REQUEST, () => {
      setImmediate(() => {
        count("resets");
        socket.resetAndDestroy();
      });
    });
  });
  await life(socket, over, () => {});
  secure.destroy();
}

interface Flood {
  readonly head: string;
  readonly lot: string;
  readonly lots: number;
}

/** Sends as fast as it is taken. */
async function pour(victim: Victim, over: AbortSignal, count: (what: string) => void, flood: Flood): Promise<void> {
  const socket = dial(victim);
  socket.once("secureConnect", () => {
    let left = flood.lots;
    const write = (): void => {
      for (; left > 0 && !socket.destroyed; left -= 1) {
        if (!socket.write(flood.lot)) {
          left -= 1;
          socket.once("drain", write);
          return;
        }
      }
      socket.end("0\r\n\r\n");
    };
    socket.write(flood.head);
    write();
  });
  socket.on("data", (data: Buffer) => count(`answered ${data.toString("latin1", 9, 12)}`));
  await life(socket, over, count);
}

async function renegotiate(victim: Victim, over: AbortSignal, count: (what: string) => void): Promise<void> {
  const socket = dial(victim, "TLSv1.2");
  const again = (): void => {
    if (socket.destroyed) return;
    const isSent = socket.renegotiate({}, (error) => {
      if (error === null) count("renegotiated");
      if (error === null) again();
      else socket.destroy();
    });
    if (!isSent) socket.destroy();
  };
  socket.once("error", ({ code }: NodeJS.ErrnoException) => count(code ?? "error"));
  socket.once("secureConnect", again);
  await life(socket, over, () => {});
}

/** Until it is closed, or all is over. */
async function life(socket: Socket, over: AbortSignal, count: (what: string) => void): Promise<void> {
  socket.on("error", () => {});
  const end = (): void => void socket.destroy();
  over.addEventListener("abort", end);
  if (over.aborted) end();
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  over.removeEventListener("abort", end);
  if (!over.aborted) count("cut off");
}
