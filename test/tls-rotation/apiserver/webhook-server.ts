// A webhook that allows everything, with the self-signed source, the self-dial, and a balancer before several of them.
import { createServer as createHttpsServer, type Server } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import type { CertificateEvent } from "../../../src/tls/certificate-event.ts";
import type { CertificateStore } from "../../../src/tls/certificate-store.ts";
import { isDistrustAlert } from "../../../src/tls/distrust-alert.ts";
import type { Lifetimes } from "../../../src/tls/lifetimes.ts";
import { tlsOptions } from "../../../src/tls/options.ts";
import { startSelfDial } from "../../../src/tls/self-dial.ts";
import { createSelfSignedSource, type SelfSignedSource } from "../../../src/tls/self-signed-source.ts";

export interface WebhookServer {
  readonly source: SelfSignedSource;
  readonly port: number;
  /** As the readiness probe would have it. */
  notReady(): string | null;
  /** Lets what is under way end, then stops. */
  close(): Promise<void>;
}

export interface WebhookServerOptions {
  readonly store: CertificateStore;
  readonly lifetimes?: Lifetimes;
  readonly pollMs?: number;
  readonly onEvent?: (event: CertificateEvent) => void;
}

/** The API server calls a webhook by URL here, where a cluster has a Service's name. */
const NAMES = ["127.0.0.1", "localhost"] as const;

export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { store, lifetimes, pollMs, onEvent = () => {} } = options;
  const source = await createSelfSignedSource({
    store,
    names: NAMES,
    now: () => new Date(),
    onEvent,
    ...(lifetimes === undefined ? {} : { lifetimes }),
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  const server = createAllowingServer(source);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  source.start();
  const dial = startSelfDial({
    isShared: false,
    target: { host: "127.0.0.1", port, servername: "localhost" },
    source,
    entries: () => source.state().entries ?? [],
    now: () => new Date(),
    everyMs: 200,
  });
  return {
    source,
    port,
    notReady: () => dial.problem(),
    async close() {
      await Promise.all([dial.close(), source.close()]);
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function createAllowingServer(source: SelfSignedSource): Server {
  const server = createHttpsServer(tlsOptions(source.current()), (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } };
      // A handshake for every review, so that every review asks for the certificate.
      response.writeHead(200, { "content-type": "application/json", connection: "close" });
      const answer = { uid: review.request.uid, allowed: true };
      response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }));
    });
  });
  source.onChange((pair) => server.setSecureContext(tlsOptions(pair)));
  server.on("tlsClientError", (error) => {
    if (isDistrustAlert(error)) source.suspect();
  });
  return server;
}

export interface Balancer {
  readonly port: number;
  add(server: WebhookServer): void;
  servers(): readonly WebhookServer[];
  /** No new connections from now on; resolves when those that it has are done. */
  drain(server: WebhookServer): Promise<void>;
  close(): Promise<void>;
}

interface Backend {
  readonly server: WebhookServer;
  isDraining: boolean;
  connections: number;
  drained: () => void;
}

/** As a Service: connections go to whichever server is ready, in turn. */
export async function startBalancer(): Promise<Balancer> {
  const backends: Backend[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;

  function join(client: Socket): void {
    const ready = backends.filter(({ server, isDraining }) => !isDraining && server.notReady() === null);
    const chosen = ready[(turn += 1) % ready.length];
    if (chosen === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(chosen.server.port, "127.0.0.1");
    chosen.connections += 1;
    upstream.once("close", () => {
      chosen.connections -= 1;
      settle(chosen);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => sockets.delete(one));
      one.pipe(other);
    }
  }

  const server = createTcpServer(join);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    add(one) {
      backends.push({ server: one, isDraining: false, connections: 0, drained: () => {} });
    },
    servers: () => backends.map(({ server: one }) => one),
    async drain(one) {
      const index = backends.findIndex((backend) => backend.server === one);
      const [backend] = index === -1 ? [] : backends.splice(index, 1);
      if (backend === undefined) return;
      await new Promise<void>((resolve) => {
        backend.isDraining = true;
        backend.drained = resolve;
        settle(backend);
      });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function settle({ isDraining, connections, drained }: Backend): void {
  if (isDraining && connections === 0) drained();
}
