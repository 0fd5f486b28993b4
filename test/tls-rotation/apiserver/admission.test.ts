// Pods are created without a pause, with failurePolicy Fail, while certificates come and go.
import { afterEach, expect, inject, it } from "vitest";
import type { CertificateEvent } from "../../../src/tls/certificate-event.ts";
import { LIFETIMES, type Lifetimes } from "../../../src/tls/lifetimes.ts";
import { type Installation, install, putWebhooks, readWebhooks } from "./installation.ts";
import { startPodStream } from "./pod-stream.ts";
import {
  type Balancer,
  startBalancer,
  startWebhookServer,
  type WebhookServer,
  type WebhookServerOptions,
} from "./webhook-server.ts";

const SECOND = 1_000;
/** A year in 48 seconds. */
const BRISK: Lifetimes = {
  ...LIFETIMES,
  authorityMs: 48 * SECOND,
  leafMs: 12 * SECOND,
  backdateMs: SECOND,
  distributionMs: 2 * SECOND,
  settleMs: SECOND,
  offlineMs: 12 * SECOND,
  skewMs: 4 * SECOND,
  patienceMs: 2 * SECOND,
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Deployment {
  readonly installation: Installation;
  readonly balancer: Balancer;
  readonly events: CertificateEvent[];
  /** Another server, in the balancer once it is ready. */
  add(): Promise<WebhookServer>;
  remove(server: WebhookServer): Promise<void>;
}

async function deploy(replicas: number, options: Omit<WebhookServerOptions, "store" | "onEvent">): Promise<Deployment> {
  const installation = await install(inject("controlPlane"));
  const balancer = await startBalancer();
  closing.push(async () => await balancer.close());
  const url = `https://127.0.0.1:${balancer.port}/mutate/`;
  await putWebhooks(installation, [
    { name: "enforce.kata-thp.dev", clientConfig: { url: `${url}enforce` } },
    { name: "observe.kata-thp.dev", clientConfig: { url: `${url}observe` } },
  ]);
  const events: CertificateEvent[] = [];
  const add = async (): Promise<WebhookServer> => {
    const onEvent = (event: CertificateEvent): void => void events.push(event);
    const server = await startWebhookServer({ ...options, onEvent, store: await installation.openStore() });
    closing.push(async () => await server.close());
    await expect.poll(() => server.notReady(), { timeout: 30 * SECOND, interval: 50 }).toBeNull();
    balancer.add(server);
    return server;
  };
  await Promise.all(Array.from({ length: replicas }, add));
  return {
    installation,
    balancer,
    events,
    add,
    async remove(server) {
      await balancer.drain(server);
      await server.close();
    },
  };
}

function count(events: readonly CertificateEvent[], kind: string, cause: string): number {
  return events.filter((event) => event.kind === kind && "cause" in event && event.cause === cause).length;
}

it(
  "no admission fails through leaf rotation, CA rotation, Secret deletion and a restart of all replicas",
  { timeout: 120 * SECOND },
  async () => {
    const { installation, balancer, events, add, remove } = await deploy(3, { lifetimes: BRISK, pollMs: 400 });
    const pods = startPodStream(installation);
    const until = async (kind: string, cause: string, times: number): Promise<void> => {
      await expect
        .poll(() => count(events, kind, cause), { timeout: 80 * SECOND, interval: 50 })
        .toBeGreaterThanOrEqual(times);
    };
    const ca = installation.secretPath;

    await until("leaf", "renew", 3);
    await installation.admin.send("DELETE", ca);
    await until("secret", "restore", 1);

    for (const old of balancer.servers()) {
      await add();
      await remove(old);
    }
    // Deleted in the middle of a rotation too, and once more while everybody is replaced.
    await until("secret", "introduce", 1);
    await installation.admin.send("DELETE", ca);
    await until("leaf", "switch", 3);
    const [old] = balancer.servers();
    await Promise.all([installation.admin.send("DELETE", ca), add()]);
    if (old !== undefined) await remove(old);
    await until("secret", "forget", 1);

    await pods.stop();
    expect(pods.refused).toEqual([]);
    expect(pods.created()).toBeGreaterThan(50);
    expect(pods.longestPauseMs()).toBeLessThan(5 * SECOND);
    expect(count(events, "secret", "create")).toBe(1);
    console.log(
      `${pods.created()} pods were created, none refused, the longest pause was ${Math.round(pods.longestPauseMs())} ms; ${events.length} events`,
    );
  },
);

it("three replicas that start at once agree on one CA", async () => {
  const { installation, events, balancer } = await deploy(3, {});
  expect(count(events, "secret", "create")).toBe(1);
  expect(count(events, "leaf", "first")).toBe(3);
  const authorities = balancer.servers().map(({ source }) => source.state().authority?.id);
  expect(new Set(authorities).size).toBe(1);
  const bundles = (await readWebhooks(installation)).map(({ clientConfig }) => clientConfig.caBundle);
  expect(new Set(bundles).size).toBe(1);
});

it("puts a caBundle back that somebody removed, within 30 s by the poll alone", { timeout: 60 * SECOND }, async () => {
  const { installation } = await deploy(1, {});
  const { admin, configurationPath } = installation;
  const removed = performance.now();
  await admin.send("PATCH", configurationPath, { webhooks: withoutBundles(await readWebhooks(installation)) });
  expect((await readWebhooks(installation)).map(({ clientConfig }) => clientConfig.caBundle)).toEqual([
    undefined,
    undefined,
  ]);
  await expect
    .poll(
      async () => (await readWebhooks(installation)).every(({ clientConfig }) => clientConfig.caBundle !== undefined),
      {
        timeout: 30 * SECOND,
        interval: 100,
      },
    )
    .toBe(true);
  console.log(`the caBundles were back after ${Math.round(performance.now() - removed)} ms`);
});

it("puts it back at once when the API server breaks a handshake off", { timeout: 60 * SECOND }, async () => {
  const { installation } = await deploy(1, { pollMs: 600 * SECOND });
  const { admin, configurationPath, name } = installation;
  await admin.send("PATCH", configurationPath, { webhooks: withoutBundles(await readWebhooks(installation)) });
  const pod = {
    metadata: { generateName: "p-" },
    spec: { containers: [{ name: "c", image: "registry.example/none" }] },
  };
  const path = `/api/v1/namespaces/${name}/pods`;
  const removed = performance.now();
  await expect(admin.send("POST", path, pod)).rejects.toThrow(/certificate/);
  await expect
    .poll(async () => await admin.send("POST", path, pod).then(() => "created", String), { timeout: 5 * SECOND })
    .toBe("created");
  console.log(`pods were admitted again after ${Math.round(performance.now() - removed)} ms`);
});

/** As a tool that applies its own idea of the configuration, where a caBundle never stood. */
function withoutBundles(webhooks: Awaited<ReturnType<typeof readWebhooks>>): readonly object[] {
  return webhooks.map((webhook) => {
    const clientConfig = Object.entries(webhook.clientConfig).filter(([field]) => field !== "caBundle");
    return { ...webhook, clientConfig: Object.fromEntries(clientConfig) };
  });
}
