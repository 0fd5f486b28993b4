import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect as connectTcp, Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { boundConnections } from "../../src/server/connection-bound.ts";
import { makePair } from "../support/certificates.ts";

let server: Server;
let ca: string;
/** What the bound takes for the time. */
let nowMs = 0;
/** Requests that were anybody's. */
let answered = 0;

beforeEach(async () => {
  const pair = await makePair();
  ca = pair.cert;
  // A process has been up for a while.
  nowMs = 60_000;
  answered = 0;
  server = createServer(pair, (request, response) => {
    if (!noteRequest(request.socket, response)) return;
    answered += 1;
    // In the next turn, as one whose decision waits.
    setImmediate(() => response.end("answered"));
  });
  const noteRequest = boundConnections(server, 3, () => nowMs);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
});

/** From an address of loopback's. */
async function dial(localAddress = "127.0.0.1"): Promise<TLSSocket> {
  const { port } = server.address() as AddressInfo;
  const tcp = connectTcp({ port, host: "127.0.0.1", localAddress });
  const socket = connect({ socket: tcp, servername: "localhost", ca });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

async function ask(socket: TLSSocket): Promise<string> {
  nowMs += 1;
  socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const [data] = (await once(socket, "data")) as [Buffer];
  return data.toString();
}

async function isClosed(socket: TLSSocket): Promise<true> {
  if (!socket.destroyed) await once(socket, "close");
  return true;
}

it("ends the oldest that never asked, and none that did", async () => {
  const asked = await dial();
  await ask(asked);
  const [silent, younger] = [await dial(), await dial()];
  const fresh = await dial();

  expect(await isClosed(silent)).toBe(true);
  for (const socket of [asked, younger, fresh]) expect(await ask(socket)).toContain("answered");
});

it("ends the one that asked longest ago where all did", async () => {
  const sockets = [await dial(), await dial(), await dial()] as const;
  for (const socket of sockets) await ask(socket);
  await ask(sockets[0]);
  const fresh = await dial();

  expect(await isClosed(sockets[1])).toBe(true);
  for (const socket of [sockets[0], sockets[2], fresh]) expect(await ask(socket)).toContain("answered");
});

it("counts no connection that is gone", async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    const socket = await dial();
    await ask(socket);
    socket.destroy();
    await once(socket, "close");
  }
  const kept = [await dial(), await dial(), await dial()];
  for (const socket of kept) expect(await ask(socket)).toContain("answered");
});

it("spares what is just being made, where others have been idle for long", async () => {
  const idle = [await dial(), await dial()] as const;
  for (const socket of idle) await ask(socket);
  nowMs += 2_000;
  const silent = await dial();
  const fresh = await dial();
  expect(await isClosed(idle[0])).toBe(true);
  for (const socket of [idle[1], silent, fresh]) expect(await ask(socket)).toContain("answered");
});

it("takes from the address that has most", async () => {
  const few = await dial("127.0.0.1");
  const many = [await dial("127.0.0.2"), await dial("127.0.0.2")] as const;
  await ask(many[0]);
  await ask(many[1]);
  nowMs += 2_000;
  const fresh = await dial("127.0.0.3");
  expect(await isClosed(many[0])).toBe(true);
  for (const socket of [few, many[1], fresh]) expect(await ask(socket)).toContain("answered");
});

it("ends a connection that sends request upon request without waiting for answers", async () => {
  const socket = await dial();
  const request = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
  socket.write(request.repeat(1_000));
  expect(await isClosed(socket)).toBe(true);
  // The first, and those that were queued behind it.
  expect(answered).toBe(17);

  // Some at once are answered, any number of times.
  const patient = await dial();
  let text = "";
  patient.on("data", (data: Buffer) => (text += data.toString()));
  for (let turn = 1; turn <= 5; turn += 1) {
    patient.write(request.repeat(10));
    await expect.poll(() => text.match(/answered/g)?.length).toBe(turn * 10);
  }
});

it("loses count of no connection that its client has reset", async () => {
  const { port } = server.address() as AddressInfo;
  for (let turn = 0; turn < 50; turn += 1) {
    const reset = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const socket = connectTcp({ port, host: "127.0.0.1" });
        socket.on("error", () => {});
        await once(socket, "connect");
        return socket;
      }),
    );
    await Promise.all(
      reset.map(async (socket) => {
        const closed = once(socket, "close");
        socket.resetAndDestroy();
        await closed;
      }),
    );
  }
  const sockets = [await dial(), await dial(), await dial()] as const;
  const fresh = await dial();
  expect(await isClosed(sockets[0])).toBe(true);
  expect(await ask(fresh)).toContain("answered");
});

it("takes two connections of one peer, where the first one's end is not known yet, for two", async () => {
  const emitted = new EventEmitter() as Server;
  boundConnections(emitted, 2);
  const peer = (): Socket => Object.assign(new Socket(), { destroy: () => {} });
  const like = (remotePort: number): Socket =>
    Object.defineProperties(peer(), {
      remoteAddress: { value: "10.0.0.1" },
      remotePort: { value: remotePort },
    });
  const [first, second] = [like(1), like(1)];
  emitted.emit("connection", first);
  emitted.emit("connection", second);
  first.emit("close");
  second.emit("close");
  for (const port of [2, 3, 4, 5]) expect(() => emitted.emit("connection", like(port))).not.toThrow();
});

it("never ends a connection that waits for its answers, however late Node knows that they have gone", () => {
  const emitted = new EventEmitter() as Server;
  const noteRequest = boundConnections(emitted, 2);
  const socket = Object.defineProperties(new Socket(), {
    remoteAddress: { value: "10.0.0.1" },
    remotePort: { value: 1 },
  });
  emitted.emit("connection", socket);
  for (let turn = 0; turn < 1_000; turn += 1) {
    const response = { socket: null, writableEnded: false };
    expect(noteRequest(socket, response)).toBe(true);
    response.writableEnded = true;
  }
  // And one that does not wait: 16 more than the one that has the socket.
  const unanswered = Array.from({ length: 17 }, () => noteRequest(socket, { socket: null, writableEnded: false }));
  expect(unanswered).toEqual([...Array<boolean>(16).fill(true), false]);
});
