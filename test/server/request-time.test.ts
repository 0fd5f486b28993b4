// What is waited for on a connection, over real sockets. The body's own time: app.test.ts, with the rest of the server.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequestTime } from "../../src/server/request-time.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** More than the kernel takes for both ends of a connection that nobody reads. */
const LARGE = "x".repeat(32 * 1024 * 1024);

interface Dialled {
  readonly client: Socket;
  /** The server's end. */
  readonly server: Socket;
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
  app.post("/large", async () => LARGE);
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
    const [server] = (await accepted) as [Socket];
    return { client, server, closed: once(server, "close") };
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

it("gives an answer its own time, however long the body took", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const dial = await start(1_000);
  const { client, closed, server } = await dial();
  client.pause();
  client.write("POST /large HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n{");
  await vi.waitUntil(() => server.bytesRead > 0, { timeout: 10_000 });
  // Nine of the ten looks that its body has.
  vi.advanceTimersByTime(900);
  client.write("...");
  await vi.waitUntil(() => server.bytesWritten > 0, { timeout: 10_000 });

  vi.advanceTimersByTime(900);
  expect(server.destroyed).toBe(false);
  vi.advanceTimersByTime(300);
  await closed;
});
