// The smallest objects that the API server takes.
import type { Placement } from "../../src/engine/placement.ts";
import { VARIANT_OF_KEY } from "../../src/engine/status.ts";

export const CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";
export const NODES = "/api/v1/nodes";

export function runtimeClass(name: string, variantOf?: string): object {
  const annotations = variantOf === undefined ? {} : { [VARIANT_OF_KEY]: variantOf };
  return { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name, annotations }, handler: name };
}

export function node(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
}

export function claim(name: string, volumeMode: "Block" | "Filesystem"): object {
  const spec = { accessModes: ["ReadWriteOnce"], volumeMode, resources: { requests: { storage: "1Gi" } } };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec };
}

/** A pod that asks for these labels, or for that node. */
export function placement(nodeSelector: Readonly<Record<string, string>>, nodeName: string | null = null): Placement {
  return { nodeName, nodeSelector, terms: null, tolerations: [] };
}
