// What the webhook may do to the API server's objects, as RBAC names it.

/** The resources that are read. Each right is used: with one less, something is not known. */
export const RESOURCES = {
  runtimeclasses: { group: "node.k8s.io", path: "/apis/node.k8s.io/v1/runtimeclasses", verbs: ["list", "watch"] },
  nodes: { group: "", path: "/api/v1/nodes", verbs: ["list", "watch"] },
  persistentvolumeclaims: { group: "", path: "/api/v1/namespaces", verbs: ["get"] },
} as const;

export type Resource = keyof typeof RESOURCES;
export type WatchedResource = "runtimeclasses" | "nodes";
export type Verb = "get" | "list" | "watch";

export interface Right {
  readonly verb: Verb;
  readonly resource: Resource;
}

/** The rule of a ClusterRole that gives a resource's rights, as one line of YAML. */
export function clusterRoleRule(resource: Resource): string {
  const { group, verbs } = RESOURCES[resource];
  return `- {apiGroups: [${JSON.stringify(group)}], resources: [${resource}], verbs: [${verbs.join(", ")}]}`;
}
