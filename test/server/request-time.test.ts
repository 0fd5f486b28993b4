// What is waited for on a connection, over real sockets. The body's own time: app.test.ts, with the rest of the server.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import { expect, it, onTestFinished } from "vitest";
import { createRequestTime } from "../../src/server/request-time.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** More than the kernel takes for both ends of a connection that nobody reads. */
const LARGE = "x".repeat(32 * 1024 * 1024);

interface Dialled {
  readonly client: Socket;
  /** Resolves when the server has closed its end. */
  readonly closed: Promise<unknown>;
}

/** A server whose answers have so long to be taken. */
async function start(timeoutMs: number): Promise<() => Promise<Dialled>> {
  const app = fastify();
  const requestTime = createRequestTime(timeoutMs, createMetrics("0"));
  app.addHook("onRequest", (request, reply, done) => {
    requestTime.begin(request, reply);
    done();
  });
  app.get("/large", async () => LARGE);
  app.get("/small", async () => "small");
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const clients: Socket[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    requestTime.close();
    await app.close();
  });
  return async () => {
    const accepted = once(app.server, "connection");
    const client = connect({ port, host: "127.0.0.1" });
    client.on("error", () => {});
    clients.push(client);
    const [socket] = await accepted;
    return { client, closed: once(socket as Socket, "close") };
  };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

it("ends a connection whose client does not take the answer", async () => {
  const dial = await start(100);
  const { client, closed } = await dial();
  client.pause();
  client.write(get("/large"));
  await closed;
});

it("counts answers that wait behind one that is not taken", async () => {
  const dial = await start(100);
  const { client, closed } = await dial();
  client.pause();
  client.write(get("/large") + get("/small"));
  await closed;
});

it("leaves a connection alone whose answer was taken, for as long as it asks nothing", async () => {
  const dial = await start(100);
  const [idle, stuck] = [await dial(), await dial()];
  idle.client.write(get("/small"));
  await once(idle.client, "data");
  stuck.client.pause();
  stuck.client.write(get("/large"));
  await stuck.closed;

  idle.client.write(get("/small"));
  const [answer] = (await once(idle.client, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
});
