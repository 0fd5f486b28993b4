// What other webhooks do to a pod; asked again, each finds its work done.
import type { KubeObject } from "./kube-api.ts";
import type { AnyOperation } from "./other-webhook.ts";
import { HOST_PATH, HOST_PATH_MOUNT } from "./pods.ts";

export function addLabel({ metadata }: KubeObject): readonly AnyOperation[] {
  return metadata.labels === undefined ? [{ op: "add", path: "/metadata/labels", value: { injected: "1" } }] : [];
}

export function addHostPath(pod: KubeObject): readonly AnyOperation[] {
  if (hasVolumes(pod)) return [];
  return [
    { op: "add", path: "/spec/volumes", value: [HOST_PATH] },
    { op: "add", path: "/spec/containers/0/volumeMounts", value: [HOST_PATH_MOUNT] },
  ];
}

export function removeHostPath(pod: KubeObject): readonly AnyOperation[] {
  if (!hasVolumes(pod)) return [];
  return [
    { op: "remove", path: "/spec/volumes" },
    { op: "remove", path: "/spec/containers/0/volumeMounts" },
  ];
}

/** Moves a pod to the class of that name; `from`: only pods of that class. */
export function changeClass(name: string, from?: string): (pod: KubeObject) => readonly AnyOperation[] {
  return ({ spec }) =>
    from === undefined || spec.runtimeClassName === from
      ? [{ op: spec.runtimeClassName === undefined ? "add" : "replace", path: "/spec/runtimeClassName", value: name }]
      : [];
}

function hasVolumes({ spec }: KubeObject): boolean {
  return spec.volumes !== undefined;
}
