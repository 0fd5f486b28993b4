// What the kubelet would mount into a pod: ConfigMaps, Secrets, and the projected volume of its ServiceAccount.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KubeApi, KubeObject } from "../../apiserver/dispatch/kube-api.ts";

/** As in core/v1, as much as the chart's pods use. */
interface Items {
  readonly name?: string;
  readonly secretName?: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

interface Volume {
  readonly name: string;
  readonly configMap?: Items;
  readonly secret?: Items;
  readonly projected?: {
    readonly sources: readonly {
      readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds?: number };
      readonly configMap?: Items;
      readonly downwardAPI?: {
        readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[];
      };
    }[];
  };
}

/**
 * Writes the volumes of a pod, each into a folder of its own below `folder`, as they are now: nothing follows later
 * changes.
 *
 * @returns the folders by the path that the container mounts them at
 */
export async function writePodFiles(
  api: KubeApi,
  pod: KubeObject,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const { spec } = pod;
  const mounts: readonly { readonly name: string; readonly mountPath: string }[] = spec.containers[0].volumeMounts;
  const folders = new Map<string, string>();
  for (const { name, mountPath } of mounts) {
    const volume = (spec.volumes as readonly Volume[]).find((each) => each.name === name) as Volume;
    const at = join(folder, name);
    for (const [path, content] of await filesOf(api, pod, volume)) {
      await mkdir(dirname(join(at, path)), { recursive: true });
      await writeFile(join(at, path), content, { mode: 0o644 });
    }
    folders.set(mountPath, at);
  }
  return folders;
}

async function filesOf(api: KubeApi, pod: KubeObject, volume: Volume): Promise<[path: string, content: string][]> {
  const namespace = `/api/v1/namespaces/${pod.metadata.namespace}`;
  if (volume.configMap !== undefined) return dataOf(api, `${namespace}/configmaps`, volume.configMap);
  if (volume.secret !== undefined) return dataOf(api, `${namespace}/secrets`, volume.secret);
  if (volume.projected === undefined) {
    throw new Error(
      `volume ${volume.name} is neither configMap, secret nor projected: the process node knows no other`,
    );
  }
  const files: [string, string][] = [];
  for (const { serviceAccountToken, configMap, downwardAPI } of volume.projected.sources) {
    if (configMap !== undefined) files.push(...(await dataOf(api, `${namespace}/configmaps`, configMap)));
    if (serviceAccountToken !== undefined) {
      const { path, expirationSeconds } = serviceAccountToken;
      const account = `${namespace}/serviceaccounts/${pod["spec"].serviceAccountName}`;
      const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata["uid"] };
      const { status } = await api.send("POST", `${account}/token`, { spec: { expirationSeconds, boundObjectRef } });
      files.push([path, status.token]);
    }
    for (const { path, fieldRef } of downwardAPI?.items ?? []) {
      if (fieldRef.fieldPath !== "metadata.namespace") throw new Error(`${fieldRef.fieldPath}: not known here`);
      files.push([path, pod.metadata.namespace ?? ""]);
    }
  }
  return files;
}

async function dataOf(
  api: KubeApi,
  collection: string,
  { name, secretName, items }: Items,
): Promise<[path: string, content: string][]> {
  const { kind, data } = await api.send("GET", `${collection}/${name ?? secretName}`);
  const texts = Object.entries((data ?? {}) as Record<string, string>).map(([key, value]): [string, string] => [
    key,
    kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value,
  ]);
  if (items === undefined) return texts;
  return items.map(({ key, path }) => [path, new Map(texts).get(key) ?? ""]);
}
