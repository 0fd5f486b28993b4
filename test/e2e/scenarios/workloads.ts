// Pods that controllers make: of Deployments, StatefulSets and Jobs.
import { beforeAll, expect, it } from "vitest";
import type { KubeObject } from "../../apiserver/dispatch/kube-api.ts";
import { VARIANT } from "../ground.ts";
import { GATED, leftAlone, outcomeOf, templateOf, untouched } from "../pods.ts";
import type { Scene } from "../scene.ts";

const SELECTOR = { matchLabels: { app: "e2e" } };
const PATCHED = { runtimeClassName: VARIANT, selection: "runtime-class", skipped: null };
const HOST_PATH_SPEC = {
  containers: [{ name: "c", image: "registry.example/none", volumeMounts: [{ name: "h", mountPath: "/h" }] }],
  volumes: [{ name: "h", hostPath: { path: "/srv", type: "Directory" } }],
};

interface Workload {
  readonly what: string;
  /** Its collection, below the namespace's path of its API group. */
  readonly group: string;
  readonly resource: string;
  readonly spec: object;
  readonly pods: number;
}

export function workloads(scene: () => Scene): void {
  let podImage: string;
  let webhookImage: string;

  beforeAll(() => {
    const { settings } = scene();
    podImage = settings.podImage;
    webhookImage = `${settings.image.repository}:${settings.image.tag}`;
  });

  /** Makes the workload in a namespace of its own, and resolves with its pods as soon as all are there and `isSo`. */
  async function make(
    { what, group, resource, spec, pods }: Workload,
    isSo: (pod: KubeObject) => boolean,
    mode: "enforce" | "observe" = "enforce",
  ): Promise<readonly KubeObject[]> {
    const { api, enter, watcher } = scene().cluster;
    const namespace = await enter(mode);
    await api.send("POST", `/apis/${group}/namespaces/${namespace}/${resource}`, { metadata: { name: "w" }, spec });
    return watcher.until(
      `/api/v1/namespaces/${namespace}/pods`,
      `${pods} pods of ${what}`,
      (all) => all.length === pods && all.every(isSo),
    );
  }
  const deployment = (template: object): Workload => ({
    what: "a Deployment",
    group: "apps/v1",
    resource: "deployments",
    spec: { replicas: 2, selector: SELECTOR, template },
    pods: 2,
  });
  const statefulSet = (template: object, more: object = {}): Workload => ({
    what: "a StatefulSet",
    group: "apps/v1",
    resource: "statefulsets",
    spec: { replicas: 2, serviceName: "w", podManagementPolicy: "Parallel", selector: SELECTOR, template, ...more },
    pods: 2,
  });

  it("a Deployment's are patched, and run where pods run", async () => {
    const made = await make(deployment(templateOf(podImage)), isUp(scene()));
    expect(made.map(outcomeOf)).toEqual([PATCHED, PATCHED]);
  });

  it("a StatefulSet's are patched, and run where pods run", async () => {
    const made = await make(statefulSet(templateOf(podImage)), isUp(scene()));
    expect(made.map(outcomeOf)).toEqual([PATCHED, PATCHED]);
  });

  it("a Job's is patched, and completes", async () => {
    // Where only the webhook's image runs, it can: what it prints is nobody's business.
    const template = templateOf(webhookImage, { args: ["--help"], spec: { restartPolicy: "Never" } });
    const job = { what: "a Job", group: "batch/v1", resource: "jobs", spec: { backoffLimit: 0, template }, pods: 1 };
    const made = await make(job, ({ status }) => ["Succeeded", "Failed"].includes(status.phase));

    expect(made.map(outcomeOf)).toEqual([PATCHED]);
    expect(made[0]?.["status"].phase).toBe("Succeeded");
  });

  it("a bare pod is patched, and runs where pods run", async () => {
    const { cluster } = scene();
    const namespace = await cluster.enter("enforce");
    await cluster.store(namespace, { ...templateOf(podImage), metadata: { name: "bare" } });
    const [pod] = await cluster.watcher.until(`/api/v1/namespaces/${namespace}/pods`, "the pod", (all) =>
      all.every(isUp(scene())),
    );
    expect(outcomeOf(pod as KubeObject)).toEqual(PATCHED);
  });

  it("a Deployment's with a hostPath stay, and each says why", async () => {
    const made = await make(deployment(templateOf(podImage, { spec: { ...HOST_PATH_SPEC, ...GATED } })), () => true);
    expect(made.map(outcomeOf)).toEqual([leftAlone("HostPathVolume"), leftAlone("HostPathVolume")]);
  });

  it("a StatefulSet's with a claim template stay, and each says why", async () => {
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    const spec = { containers: [{ name: "c", image: "registry.example/none", volumeMounts }], ...GATED };
    const claim = { accessModes: ["ReadWriteOnce"], storageClassName: "kata-thp-e2e-none" };
    const volumeClaimTemplates = [
      { metadata: { name: "data" }, spec: { ...claim, resources: { requests: { storage: "1Mi" } } } },
    ];
    const made = await make(statefulSet(templateOf(podImage, { spec }), { volumeClaimTemplates }), () => true);
    expect(made.map(outcomeOf)).toEqual([leftAlone("FilesystemClaim"), leftAlone("FilesystemClaim")]);
  });

  it("a Deployment's in an observed namespace are as they would be without us, and run where pods run", async () => {
    const made = await make(deployment(templateOf(podImage)), isUp(scene()), "observe");
    expect(made.map(outcomeOf)).toEqual([untouched(), untouched()]);
  });
}

/** Ready where pods run; elsewhere it is enough that the pod is stored. */
function isUp({ settings }: Scene): (pod: KubeObject) => boolean {
  if (!settings.runsPods) return () => true;
  return ({ status }) => {
    const conditions: readonly { type: string; status: string }[] = status.conditions ?? [];
    return conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
  };
}
