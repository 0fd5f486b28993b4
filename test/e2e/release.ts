// The chart on the cluster, as an operator has it: installed, upgraded, rolled back, restarted, scaled, uninstalled.
import { SetupError } from "../apiserver/control-plane/setup-error.ts";
import type { KubeObject } from "../apiserver/dispatch/kube-api.ts";
import { CHART, helm, type HelmResult, tryHelm } from "../chart/helm.ts";
import type { Cluster } from "./cluster.ts";
import type { Settings } from "./settings.ts";

export interface Release {
  /** `helm install` with default values but for the image; resolves when all pods are ready. */
  install(): Promise<void>;
  /** With these values besides the image. Resolves when the pods of the values before are gone. */
  upgrade(values: object): Promise<void>;
  /** To the revision of install(). Resolves when the pods of the values before are gone. */
  rollBack(): Promise<void>;
  /** As `kubectl rollout restart` does it. Resolves when the pods of before are gone. */
  restart(): Promise<void>;
  /** Resolves when so many pods are ready, and no other is left. */
  scale(replicas: number): Promise<void>;
  /** `helm test`, whatever comes out. */
  test(): Promise<HelmResult>;
  /** `helm uninstall`, also of what is installed by half. Resolves when the pods are gone. */
  uninstall(): Promise<void>;
  /** Resolves with the pods once those of the newest template are ready and no other is left. */
  settle(): Promise<readonly KubeObject[]>;
}

export const RELEASE = "kata-thp";
export const RELEASE_NAMESPACE = "kata-thp";
/** What everything of the release is called. */
export const FULL_NAME = "kata-thp-webhook";

const DEPLOYMENTS = `/apis/apps/v1/namespaces/${RELEASE_NAMESPACE}/deployments`;
const DEPLOYMENT = `${DEPLOYMENTS}/${FULL_NAME}`;
const SELECTOR = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/name=${FULL_NAME}`;
const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods?labelSelector=${encodeURIComponent(SELECTOR)}`;
/** Waiting for it any longer makes nothing better. */
const HOPELESS: ReadonlySet<string> = new Set([
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CrashLoopBackOff",
]);

export function openRelease({ settings, cluster }: { settings: Settings; cluster: Cluster }): Release {
  const { api, watcher } = cluster;
  const { image, helmPath, kubeconfigPath } = settings;
  const how = { program: { name: "helm", path: helmPath }, kubeconfigPath };
  const inNamespace = ["--namespace", RELEASE_NAMESPACE];
  const imageValues = { image };

  const settle = async (): Promise<readonly KubeObject[]> => {
    const { metadata, spec } = await api.send("GET", DEPLOYMENT);
    const isRolledOut = ({ status }: KubeObject): boolean =>
      status.observedGeneration >= Number(metadata["generation"]) &&
      (status.updatedReplicas ?? 0) === spec.replicas &&
      (status.replicas ?? 0) === spec.replicas &&
      (status.availableReplicas ?? 0) === spec.replicas;
    // Both at once: pods say first what is hopeless.
    const [, pods] = await Promise.all([
      watcher.until(`${DEPLOYMENTS}?fieldSelector=metadata.name=${FULL_NAME}`, "the Deployment is rolled out", (all) =>
        all.some(isRolledOut),
      ),
      watcher.until(PODS, `${spec.replicas} pods of the webhook are ready, and no other is left`, (all) => {
        for (const pod of all) refuseHopeless(pod, image);
        return all.length === spec.replicas && all.every(isReady);
      }),
    ]);
    return pods;
  };

  return {
    settle,
    async install() {
      await helm(["install", RELEASE, CHART, ...inNamespace, "--create-namespace"], { ...how, values: imageValues });
      await settle();
    },
    async upgrade(values) {
      await helm(["upgrade", RELEASE, CHART, ...inNamespace, "--wait", "--timeout=120s"], {
        ...how,
        values: { ...imageValues, ...values },
      });
      await settle();
    },
    async rollBack() {
      await helm(["rollback", RELEASE, "1", ...inNamespace, "--wait", "--timeout=120s"], how);
      await settle();
    },
    async restart() {
      // An annotation is all that `kubectl rollout restart` changes, too.
      const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
      await api.send("PATCH", DEPLOYMENT, { spec: { template: { metadata: { annotations } } } });
      await settle();
    },
    async scale(replicas) {
      await api.send("PATCH", `${DEPLOYMENT}/scale`, { spec: { replicas } });
      await settle();
    },
    test: async () => tryHelm(["test", RELEASE, ...inNamespace, "--timeout=120s"], how),
    async uninstall() {
      await helm(["uninstall", RELEASE, ...inNamespace, "--ignore-not-found", "--wait", "--timeout=120s"], how);
      await watcher.until(PODS, "the webhook's pods are gone", (all) => all.length === 0);
    },
  };
}

function isReady({ metadata, status }: KubeObject): boolean {
  const conditions: readonly { type: string; status: string }[] = status.conditions ?? [];
  return (
    metadata["deletionTimestamp"] === undefined &&
    conditions.some((condition) => condition.type === "Ready" && condition.status === "True")
  );
}

/** @throws SetupError where the kubelet says that the pod will not run */
function refuseHopeless({ metadata, status }: KubeObject, { repository, tag }: Settings["image"]): void {
  type Waiting = { readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } } };
  for (const { state } of (status.containerStatuses ?? []) as readonly Waiting[]) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    if (!HOPELESS.has(reason)) continue;
    throw new SetupError(
      `pod ${RELEASE_NAMESPACE}/${metadata.name} does not run: ${reason}: ${message}; ` +
        `KATA_THP_E2E_IMAGE (${repository}:${tag}) must be an image that the nodes have`,
    );
  }
}
