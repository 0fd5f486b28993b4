// A node that can run one image, the webhook's, as processes of this machine. To the rest of the cluster it is a node
// like others: pods are bound to it, become ready, and end when they are deleted, by the states that a kubelet writes.
//
// What a kubelet does and this does not: probes besides readiness, restarts (a pod whose process ended is Failed, and
// its ReplicaSet makes another), users, limits, changes of mounted ConfigMaps, logs through the API server.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlaneAccess } from "../../apiserver/control-plane/access.ts";
import type { GuardedProcess } from "../../apiserver/control-plane/guarded-process.ts";
import { type KubeApi, type KubeObject, openKubeApi } from "../../apiserver/dispatch/kube-api.ts";
import { openWatcher } from "../watch.ts";
import { writePodFiles } from "./pod-files.ts";
import { isProbedReady, startPodProcess } from "./pod-process.ts";
import { endedStatus, runningStatus } from "./pod-status.ts";

export interface ProcessNodeOptions {
  readonly access: ControlPlaneAccess;
  /** Pods of this image are run, and no others. */
  readonly image: string;
  /** The folder of the bundle, which is what the image holds. */
  readonly bundle: string;
  /** For pods; addresses of this network namespace that EndpointSlices take, so none of the loopback's. */
  readonly addresses: readonly string[];
  readonly say: (line: string) => void;
}

export interface ProcessNode {
  /** Ends all processes at once. */
  close(): Promise<void>;
}

const NAME = "process-node";
/** Before a pod is ready for the first time; afterwards its probe says how often. A kubelet probes at once, too. */
const FIRST_PROBES_MS = 100;

interface PodRun {
  /** Ends the process, within the pod's grace; the first call decides. */
  end(graceMs: number): void;
  readonly over: Promise<void>;
}

/** Adds the node; resolves when pods can be made. */
export async function startProcessNode(options: ProcessNodeOptions): Promise<ProcessNode> {
  const { access, image, say } = options;
  const api = await openKubeApi(access.kubeconfigPath, 32);
  const watcher = await openWatcher(access.kubeconfigPath);
  const closing = new AbortController();
  const free = [...options.addresses];
  const runs = new Map<string, PodRun>();
  await addNode(api);

  const isOurs = ({ spec, status, metadata }: KubeObject): boolean =>
    spec.nodeName === undefined &&
    spec.schedulingGates === undefined &&
    metadata["deletionTimestamp"] === undefined &&
    status.phase === "Pending" &&
    spec.containers.length === 1 &&
    spec.containers[0].image === image;

  const look = (pods: readonly KubeObject[]): void => {
    for (const pod of pods) {
      const uid = String(pod.metadata["uid"]);
      const isDeleted = pod.metadata["deletionTimestamp"] !== undefined;
      const run = runs.get(uid);
      if (run !== undefined && isDeleted) run.end(Number(pod.metadata["deletionGracePeriodSeconds"] ?? 0) * 1000);
      if (run !== undefined || !isOurs(pod)) continue;
      const address = free.shift();
      // Looked at again when another pod ends, which is an event too.
      if (address === undefined) return;
      const started = startRun({ ...options, api, pod, address });
      runs.set(uid, started);
      void started.over
        .catch((error: unknown) => say(`process node: pod ${pod.metadata.name}: ${String(error)}`))
        .then(() => free.push(address));
    }
    const there = new Set(pods.map(({ metadata }) => String(metadata["uid"])));
    for (const [uid, run] of runs) if (!there.has(uid)) run.end(0);
  };
  const watching = (async () => {
    for await (const pods of watcher.follow("/api/v1/pods", closing.signal)) look([...pods.values()]);
  })();
  watching.catch((error: unknown) => say(`process node: ${String(error)}`));

  return {
    async close() {
      closing.abort();
      for (const run of runs.values()) run.end(0);
      await Promise.allSettled([watching, ...[...runs.values()].map(async ({ over }) => over)]);
      watcher.close();
      api.close();
    },
  };
}

interface RunOptions extends ProcessNodeOptions {
  readonly api: KubeApi;
  readonly pod: KubeObject;
  readonly address: string;
}

/** One pod, from its binding to its end. */
function startRun({ api, pod, address, access, bundle }: RunOptions): PodRun {
  const ending = Promise.withResolvers<number>();
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
  const setStatus = async (status: object): Promise<void> => {
    // 404: it was deleted by force.
    await api.ask("PATCH", `${path}/status`, { metadata: { uid: pod.metadata["uid"] }, status });
  };

  const run = async (folder: string): Promise<void> => {
    const target = { apiVersion: "v1", kind: "Node", name: NAME };
    await api.send("POST", `${path}/binding`, { metadata: { name: pod.metadata.name }, target });
    const mounts = await writePodFiles(api, pod, folder);
    const logPath = join(access.folder, `pod-${pod.metadata.name}.log`);
    const process = await startPodProcess({ pod, address, bundle, mounts, apiserverUrl: access.url, logPath });
    void ending.promise.then(async (graceMs) => process.stop(graceMs));
    await probe(process, async (isReady) => setStatus(runningStatus(pod, { address, isReady })));
    await setStatus(endedStatus(pod, { address, ending: await process.exited }));
  };

  const probe = async (process: GuardedProcess, onChange: (isReady: boolean) => Promise<void>): Promise<void> => {
    const periodMs = Number(pod["spec"].containers[0].readinessProbe?.periodSeconds ?? 10) * 1000;
    let isReady = false;
    let wasReady = false;
    await onChange(false);
    while (process.isRunning()) {
      isReady = await isProbedReady(pod, address);
      if (!process.isRunning()) return;
      if (isReady !== wasReady) await onChange(isReady);
      await Promise.race([delay(isReady || wasReady ? periodMs : FIRST_PROBES_MS), process.exited]);
      wasReady = isReady;
    }
  };

  const whole = async (): Promise<void> => {
    const folder = await mkdtemp(join(access.folder, "pod-"));
    try {
      await run(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    // Whoever deleted the pod waits for the node's word that nothing of it runs any more.
    await ending.promise;
    await api.ask("DELETE", path, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata["uid"] } });
  };
  return { end: (graceMs) => ending.resolve(graceMs), over: whole() };
}

/** Ready for good: the controller that would look for heartbeats is off. */
async function addNode(api: KubeApi): Promise<void> {
  await api.send("POST", "/api/v1/nodes", { metadata: { name: NAME, labels: { "kubernetes.io/hostname": NAME } } });
  await api.send("PATCH", `/api/v1/nodes/${NAME}`, { spec: { taints: [] } });
  await api.send("PATCH", `/api/v1/nodes/${NAME}/status`, {
    status: {
      conditions: [{ type: "Ready", status: "True", reason: "ProcessNode", message: "runs processes" }],
      runtimeHandlers: ["kata-clh", "kata-clh-thp"].map((name) => ({ name })),
    },
  });
}
