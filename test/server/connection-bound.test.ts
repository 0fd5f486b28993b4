import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { boundConnections } from "../../src/server/connection-bound.ts";
import { makePair } from "../support/certificates.ts";

let server: Server;
let ca: string;

beforeEach(async () => {
  const pair = await makePair();
  ca = pair.cert;
  server = createServer(pair, (_request, response) => response.end("answered"));
  const noteRequest = boundConnections(server, 3);
  server.on("request", ({ socket }) => noteRequest(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
});

async function dial(): Promise<TLSSocket> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

async function ask(socket: TLSSocket): Promise<string> {
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
