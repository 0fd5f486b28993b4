// Pods as tests create them, and what of a stored one can be compared.
import type { KubeObject } from "./kube-api.ts";

const CONTAINER = { name: "c", image: "registry.example/none" };

export const HOST_PATH = { name: "host", hostPath: { path: "/srv", type: "Directory" } };
export const HOST_PATH_MOUNT = { name: "host", mountPath: "/srv" };

/** A pod with nothing to lose; `spec` is laid over its spec, `metadata` over its metadata. */
export function podOf(runtimeClassName: string | null, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", ...metadata },
    spec: {
      ...(runtimeClassName === null ? {} : { runtimeClassName }),
      containers: [CONTAINER],
      ...spec,
    },
  };
}

/** The spec of a pod that mounts a directory of its node: what our rules leave alone. */
export function withHostPath(): object {
  return { containers: [{ ...CONTAINER, volumeMounts: [HOST_PATH_MOUNT] }], volumes: [HOST_PATH] };
}

/** The spec of a pod that mounts a claim. */
export function withClaim(claimName: string, volumeMode: "Block" | "Filesystem"): object {
  const use =
    volumeMode === "Block"
      ? { volumeDevices: [{ name: "data", devicePath: "/dev/data" }] }
      : { volumeMounts: [{ name: "data", mountPath: "/data" }] };
  return {
    containers: [{ ...CONTAINER, ...use }],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
  };
}

/** What a pod is, without what each pod has for itself. */
export interface ComparablePod {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

export function comparable({ metadata, spec }: KubeObject): ComparablePod {
  return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec };
}
