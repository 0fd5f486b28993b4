import { eachContainer, type Pod, type Volume, type VolumeMount } from "./pod.ts";
import { sourcesOf } from "./volume-sources.ts";

/** One use of a volume by a container. */
export interface Mount {
  readonly mount: VolumeMount;
  readonly path: string;
}

/** A volume that at least one container uses; one that none uses never reaches Kata. */
export interface MountedVolume {
  readonly volume: Volume;
  /** Pointer to the volume, e.g. /spec/volumes/0. */
  readonly path: string;
  /** sourcesOf(volume), for all rules. */
  readonly sources: readonly string[];
  readonly mounts: readonly Mount[];
  /** The volume is also, or only, used as a raw block device (volumeDevices). */
  readonly isDevice: boolean;
}

/** The pod's volumes that a container mounts or uses as a device, in the pod's order, each with its mounts. */
export function mountedVolumes(pod: Pod): MountedVolume[] {
  const volumes = pod.spec?.volumes ?? [];
  if (volumes.length === 0) return [];
  const mounts = new Map<string, Mount[]>();
  const devices = new Set<string>();
  for (const { container, path } of eachContainer(pod)) {
    container.volumeMounts?.forEach((mount, index) => {
      const use: Mount = { mount, path: `${path}/volumeMounts/${index}` };
      const known = mounts.get(mount.name);
      if (known === undefined) mounts.set(mount.name, [use]);
      else known.push(use);
    });
    for (const device of container.volumeDevices ?? []) devices.add(device.name);
  }
  const mounted: MountedVolume[] = [];
  volumes.forEach((volume, index) => {
    const own = mounts.get(volume.name) ?? [];
    const isDevice = devices.has(volume.name);
    if (own.length === 0 && !isDevice) return;
    mounted.push({ volume, path: `/spec/volumes/${index}`, sources: sourcesOf(volume), mounts: own, isDevice });
  });
  return mounted;
}

/** Does this mount show only a part of the volume? Kubernetes never refreshes such a mount. */
export function hasSubPath(mount: VolumeMount): boolean {
  return Boolean(mount.subPath) || Boolean(mount.subPathExpr);
}
