// Two replicas behind one address are replaced one after the other, over and over, while pods are created.
import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlaneAccess } from "../control-plane/access.ts";
import { podOf } from "../dispatch/pods.ts";
import { openScene, type Scene } from "../dispatch/scene.ts";
import { ourConfiguration } from "../dispatch/webhook-configuration.ts";
import { startWebhook, type WebhookProcess } from "../dispatch/webhook-process.ts";
import { openServiceAddress, type ServiceAddress } from "./service-address.ts";

export interface RollingReport {
  /** Replicas that were replaced. */
  readonly replaced: number;
  readonly admissions: number;
  /** Not created, or created without the patch: in words. */
  readonly failed: readonly string[];
  readonly longestMs: number;
  /** How each replica ended. */
  readonly ends: readonly string[];
  /** Connections that the API server opened. */
  readonly connections: number;
}

/** With the drain delay of the chart, 10 s, 20 rounds would take ten minutes; what counts is that it is longer than this. */
const DRAIN_SECONDS = 2;
/** How long after a replica is not ready connections still go there: endpoints spread within about a second. */
const SPREAD_MS = 1_000;
const CREATORS = 8;
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** Each round replaces both replicas: a new one is ready first (maxUnavailable 0), then the old one is asked to end. */
export async function runRollingRestarts(
  access: ControlPlaneAccess,
  rounds: number,
  say: (line: string) => void,
): Promise<RollingReport> {
  const scene = await openScene({ access, name: "rolling", maxConnections: CREATORS + 2 });
  const configuration = `${scene.name}-fail`;
  const start = async (): Promise<WebhookProcess> =>
    await startWebhook({
      access,
      facts: scene.facts,
      policy: { targets: [{ runtimeClass: scene.target() }] },
      drainSeconds: DRAIN_SECONDS,
    });
  let replicas = [await start(), await start()];
  const service = await openServiceAddress(replicas.map(({ port }) => port));
  const over = new AbortController();
  try {
    const served = { url: `https://127.0.0.1:${service.port}`, ca: scene.webhook.ca };
    await scene.api.send(
      "POST",
      CONFIGURATIONS,
      ourConfiguration(configuration, served, (entry) => ({ ...entry, failurePolicy: "Fail", timeoutSeconds: 10 })),
    );
    const isAsked = async (namespace: string): Promise<boolean> =>
      (await Promise.all(replicas.map(async (replica) => await replica.reviews(namespace)))).flat().length > 0;
    await scene.until(isAsked, configuration);
    const namespace = await scene.enterOnly("enforce", configuration);
    const load = Array.from({ length: CREATORS }, async () => await create(scene, namespace, over.signal));
    const ends: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (let index = 0; index < 2; index += 1) {
        const [old, other] = replicas as [WebhookProcess, WebhookProcess];
        replicas = [other, await start()];
        ends.push(await leave(old, replicas, service));
      }
      say(`round ${round}: ${ends.slice(-2).join(", ")}, ${service.connections()} connections so far`);
    }
    over.abort();
    const created = await Promise.all(load);
    return {
      replaced: ends.length,
      admissions: created.reduce((sum, { admissions }) => sum + admissions, 0),
      failed: created.flatMap(({ failed }) => failed),
      longestMs: Math.round(Math.max(...created.map(({ longestMs }) => longestMs))),
      ends,
      connections: service.connections(),
    };
  } finally {
    over.abort();
    await scene.api.ask("DELETE", `${CONFIGURATIONS}/${configuration}`);
    await service.close();
    await Promise.all(replicas.map(async (replica) => await replica.stop()));
    await scene.close();
  }
}

/** Asks the old one to end; a second later no new connection goes there. */
async function leave(old: WebhookProcess, stay: readonly WebhookProcess[], service: ServiceAddress): Promise<string> {
  service.setEndpoints([...stay, old].map(({ port }) => port));
  const ended = old.terminate();
  await delay(SPREAD_MS);
  service.setEndpoints(stay.map(({ port }) => port));
  const how = await ended;
  await old.stop();
  return how;
}

interface Created {
  readonly admissions: number;
  readonly failed: readonly string[];
  readonly longestMs: number;
}

/** Sends pods that are not stored, one after the other. */
async function create(scene: Scene, namespace: string, over: AbortSignal): Promise<Created> {
  const failed: string[] = [];
  let admissions = 0;
  let longestMs = 0;
  while (!over.aborted) {
    const from = performance.now();
    const { status, body } = await scene.create(namespace, podOf(scene.target()), "?dryRun=All");
    longestMs = Math.max(longestMs, performance.now() - from);
    admissions += 1;
    if (status !== 201) failed.push(`${status} ${String(body["message"])}`);
    else if (body["spec"].runtimeClassName !== scene.variant()) failed.push("created without the patch");
  }
  return { admissions, failed, longestMs };
}
