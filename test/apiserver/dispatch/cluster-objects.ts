// What has to be in a cluster before the webhook can decide: RuntimeClasses, a node, rights.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type ControlPlaneAccess, kubeconfigFor } from "../control-plane/access.ts";
import type { KubeApi } from "./kube-api.ts";

const CLUSTER_ROLE = join(import.meta.dirname, "../../live/cluster-role.yaml");
const RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Of a RuntimeClass, as node.k8s.io/v1 has it. */
export interface ClassShape {
  readonly overhead?: { readonly podFixed: Readonly<Record<string, string>> };
  readonly scheduling?: {
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly object[];
  };
}

export interface ClassPair {
  readonly target: ClassShape;
  readonly variant: ClassShape;
}

/** What the RuntimeClasses of a pair are called. */
export interface ClassNames {
  readonly target: (pair: string) => string;
  readonly variant: (pair: string) => string;
}

/** The RuntimeClasses of all pairs; each variant says by annotation that it is one. */
export async function addClasses(
  api: KubeApi,
  pairs: Readonly<Record<string, ClassPair>>,
  { target, variant }: ClassNames,
): Promise<void> {
  for (const [pair, shapes] of Object.entries(pairs)) {
    await api.send("POST", RUNTIME_CLASSES, {
      metadata: { name: target(pair) },
      handler: "kata-clh",
      ...shapes.target,
    });
    const annotations = { "kata-thp.dev/variant-of": target(pair) };
    const metadata = { name: variant(pair), annotations };
    await api.send("POST", RUNTIME_CLASSES, { metadata, handler: "kata-clh-thp", ...shapes.variant });
  }
}

/** A node of that name. Without one a known variant would have nowhere to run. */
export async function addNode(
  api: KubeApi,
  name: string,
  labels: Readonly<Record<string, string>>,
  taints: readonly object[] = [],
): Promise<void> {
  await api.send("POST", "/api/v1/nodes", { metadata: { name, labels } });
  // Admission gives each new node the taint not-ready, and the kubelet that would take it away there is none.
  await api.send("PATCH", `/api/v1/nodes/${name}`, { spec: { taints } });
}

/** A user of that name with the rights that the live reader's tests prove to be all, and no more. */
export async function webhookKubeconfig(access: ControlPlaneAccess, api: KubeApi, name: string): Promise<string> {
  const { rules } = parse(await readFile(CLUSTER_ROLE, "utf8")) as { readonly rules: unknown };
  await api.send("POST", `${RBAC}/clusterroles`, { metadata: { name }, rules });
  await api.send("POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }],
  });
  return kubeconfigFor(access, { user: name });
}
