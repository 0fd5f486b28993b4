import { eachContainer, type PlacedContainer, type Pod, type Volume, type VolumeMount } from "./pod.ts";
import { sourcesOf } from "./volume-sources.ts";

/** One use of a volume by a container. */
export interface Mount {
  readonly mount: VolumeMount;
  readonly container: PlacedContainer;
  /** Its place among the container's volumeMounts. */
  readonly index: number;
}

/** Pointer to the mount, as in /spec/containers/0/volumeMounts/1; made where one is wanted, as few are. */
export function mountPath({ container, index }: Mount): string {
  return `${container.path}/volumeMounts/${index}`;
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

const NO_MOUNTS: readonly Mount[] = [];

/**
 * The pod's volumes that a container mounts or uses as a device, in the pod's order, each with its mounts.
 *
 * @param containers the pod's, where somebody has listed them already
 */
export function mountedVolumes(
  pod: Pod,
  containers: readonly PlacedContainer[] = eachContainer(pod),
): readonly MountedVolume[] {
  const volumes = pod.spec?.volumes ?? [];
  if (volumes.length === 0) return [];
  const mounts = new Map<string, Mount[]>();
  const devices = new Set<string>();
  for (const container of containers) {
    const { volumeMounts, volumeDevices } = container.container;
    const uses = volumeMounts ?? [];
    for (let index = 0; index < uses.length; index += 1) {
      const mount = uses[index] as VolumeMount;
      const use: Mount = { mount, container, index };
      const known = mounts.get(mount.name);
      if (known === undefined) mounts.set(mount.name, [use]);
      else known.push(use);
    }
    for (const device of volumeDevices ?? []) devices.add(device.name);
  }
  const mounted: MountedVolume[] = [];
  for (let index = 0; index < volumes.length; index += 1) {
    const volume = volumes[index] as Volume;
    const own = mounts.get(volume.name) ?? NO_MOUNTS;
    const isDevice = devices.has(volume.name);
    if (own.length === 0 && !isDevice) continue;
    mounted.push({ volume, path: `/spec/volumes/${index}`, sources: sourcesOf(volume), mounts: own, isDevice });
  }
  return mounted;
}

/** Does this mount show only a part of the volume? Kubernetes never refreshes such a mount. */
export function hasSubPath(mount: VolumeMount): boolean {
  return Boolean(mount.subPath) || Boolean(mount.subPathExpr);
}

/** Does every mount show only a part? So also where there is none. */
export function isPartOnly(mounts: readonly Mount[]): boolean {
  for (const { mount } of mounts) if (!hasSubPath(mount)) return false;
  return true;
}
