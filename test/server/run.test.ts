import { EventEmitter, once } from "node:events";
import { createServer, type AddressInfo, connect as connectTcp } from "node:net";
import { createServer as createHttpServer, get } from "node:http";
import { Agent } from "node:https";
import { expect, it, onTestFinished } from "vitest";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { known } from "../../src/engine/facts.ts";
import { buildApp } from "../../src/server/app.ts";
import { listen } from "../../src/server/listen.ts";
import { createMetricsServer } from "../../src/server/metrics-server.ts";
import { run, type RunOptions } from "../../src/server/run.ts";
import { ask, post } from "../support/https-client.ts";
import { readerWithVariant, reviewOf, startServer } from "../support/running-server.ts";

interface Running {
  readonly port: number;
  readonly metricsPort: number;
  readonly ca: string;
  readonly events: EventEmitter;
  readonly exits: readonly number[];
  readonly lines: readonly Record<string, unknown>[];
  readonly code: Promise<number>;
}

async function runServer(
  overrides: Partial<RunOptions> = {},
  reader: ClusterReader = readerWithVariant(),
): Promise<Running> {
  const { options, ca, lines } = await startServer({ reader });
  const events = new EventEmitter();
  const exits: number[] = [];
  const listening = Promise.withResolvers<{ port: number; metricsPort: number }>();
  const code = run({
    app: buildApp(options),
    metricsServer: createMetricsServer(options.metrics),
    readiness: options.readiness,
    metrics: options.metrics,
    log: options.log,
    host: "127.0.0.1",
    port: 0,
    metricsPort: 0,
    drainDelayMs: 0,
    onListening: (https, metrics) => listening.resolve({ port: https.port, metricsPort: metrics.port }),
    events,
    clockMs: () => performance.now(),
    exit: (status) => exits.push(status),
    ...overrides,
  });
  const ports = await Promise.race([listening.promise, code.then(() => ({ port: 0, metricsPort: 0 }))]);
  onTestFinished(async () => {
    events.emit("SIGTERM", "SIGTERM");
    await code;
  });
  return { ...ports, ca, events, exits, lines, code };
}

it.each(["SIGTERM", "SIGINT"])("ends with 0 after %s, and nobody listens any more", async (signal) => {
  const server = await runServer();
  expect((await ask({ ...server, path: "/readyz" })).status).toBe(200);
  server.events.emit(signal, signal);
  expect(await server.code).toBe(0);
  await expect(ask({ ...server, path: "/livez" })).rejects.toThrow("ECONNREFUSED");
  expect(server.lines.map(({ msg }) => msg)).toEqual(["listening", "draining: requests are still served", "closed"]);
});

it("goes on serving while it drains: not ready, each answer closes its connection, an open connection included", async () => {
  const server = await runServer({ drainDelayMs: 1_000 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await post({ ...server, path: "/mutate/enforce", body: reviewOf(), agent });
  server.events.emit("SIGTERM", "SIGTERM");
  await Promise.resolve();
  const open = await post({ ...server, path: "/mutate/enforce", body: reviewOf(), agent });
  expect([open.status, open.headers["connection"]]).toEqual([200, "close"]);
  const fresh = await post({ ...server, path: "/mutate/enforce", body: reviewOf() });
  expect([fresh.status, fresh.headers["connection"]]).toEqual([200, "close"]);
  expect(await ask({ ...server, path: "/readyz" })).toMatchObject({
    status: 503,
    body: "not ready: the server is draining and about to end\n",
  });
  expect(await server.code).toBe(0);
});

it("answers a review that was under way when it closed", async () => {
  const release = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const reader: ClusterReader = {
    ...readerWithVariant(),
    claimMode: async () => {
      entered.resolve();
      await release.promise;
      return known("Block");
    },
  };
  const server = await runServer({}, reader);
  const spec = {
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }],
    containers: [{ name: "c", volumeDevices: [{ name: "v", devicePath: "/dev/x" }] }],
  };
  const review = post({ ...server, path: "/mutate/enforce", body: reviewOf(spec) });
  await entered.promise;
  server.events.emit("SIGTERM", "SIGTERM");
  await expectRefused(server);
  release.resolve();
  expect((await review).status).toBe(200);
  expect(await server.code).toBe(0);
});

it("ends at once on a second signal, but takes an echo of the first for the same", async () => {
  let clock = 0;
  const server = await runServer({ drainDelayMs: 200, clockMs: () => clock });
  server.events.emit("SIGINT", "SIGINT");
  clock = 100;
  server.events.emit("SIGINT", "SIGINT");
  expect(server.exits).toEqual([]);
  clock = 1_000;
  server.events.emit("SIGINT", "SIGINT");
  expect(server.exits).toEqual([1]);
});

it.each(["uncaughtException", "unhandledRejection"])("drains and ends with 1 after an %s", async (name) => {
  const server = await runServer();
  server.events.emit(name, new TypeError("who would have thought"));
  expect(await server.code).toBe(1);
  expect(server.lines).toContainEqual(
    expect.objectContaining({
      level: "fatal",
      error: expect.objectContaining({ message: "who would have thought" }) as object,
    }),
  );
});

it("leaves no listener behind", async () => {
  const server = await runServer();
  server.events.emit("SIGTERM", "SIGTERM");
  await server.code;
  expect(server.events.eventNames()).toEqual([]);
});

it("ends with 2 where a port is taken, and says which", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => {
    taken.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    taken.close();
  });
  const { port } = taken.address() as AddressInfo;
  const metricsTaken = await runServer({ metricsPort: port });
  expect(await metricsTaken.code).toBe(2);
  const portTaken = await runServer({ port });
  expect(await portTaken.code).toBe(2);
  expect(portTaken.lines).toContainEqual(
    expect.objectContaining({
      level: "fatal",
      msg: `port ${port} on 127.0.0.1 is taken; choose another, or 0 for a free one`,
    }),
  );
});

it("serves metrics over plain HTTP, and nothing else there", async () => {
  const server = await runServer();
  await post({ ...server, path: "/mutate/enforce", body: reviewOf() });
  const metrics = await getPlain(server.metricsPort, "/metrics");
  expect(metrics.status).toBe(200);
  expect(metrics.type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(metrics.body).toMatch(/^kata_thp_decisions_total\{.*\} 1$/m);
  expect(metrics.body).toMatch(/^process_cpu_seconds_total /m);
  expect((await getPlain(server.metricsPort, "/")).status).toBe(404);
  expect((await getPlain(server.metricsPort, "/metrics", "POST")).status).toBe(405);
});

it("listens on both families without a host", async () => {
  const server = createHttpServer((_request, response) => response.end("x"));
  onTestFinished(() => {
    server.close();
  });
  const listened = await listen(server, 0, null);
  if (listened.kind === "refused") throw new Error(listened.why);
  expect((await getPlain(listened.address.port, "/")).status).toBe(200);
  // A host without IPv6 falls back to IPv4 alone.
  expect(["::", "0.0.0.0"]).toContain(listened.address.address);
});

async function expectRefused({ port }: Running): Promise<void> {
  // The listener goes a moment after the signal; each attempt waits for the one before.
  for (;;) {
    const refused = await getPlain(port, "/").then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
    );
    if (refused) return;
  }
}

async function getPlain(
  port: number,
  path: string,
  method = "GET",
): Promise<{ readonly status: number; readonly type: string; readonly body: string }> {
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", body }),
      );
    }).on("error", reject);
  });
}

it("ends though a connection has not begun its handshake", async () => {
  const server = await runServer({ closeMs: 50 });
  const bare = connectTcp(server.port, "127.0.0.1");
  const isCut = once(bare, "close");
  await once(bare, "connect");
  server.events.emit("SIGTERM", "SIGTERM");
  expect(await server.code).toBe(0);
  await isCut;
});
