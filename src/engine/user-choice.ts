// What the user's own Kata annotations say about memory. They are never overwritten.
import { BLOCK_DEVICE_DRIVER_KEY, CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import { parseAnnotationBoolean } from "../kata/booleans.ts";
import { annotationOf, annotationPath, type Pod } from "./pod.ts";
import type { PolicyTarget } from "./policy.ts";
import type { Reason } from "./reasons.ts";
import type { Finding } from "./rule.ts";
import { sortedKeys } from "./sorted-keys.ts";
import { ourStatus } from "./status.ts";

/** The values that the patch writes, and that a user may have written. */
export const NO_SHARED_FS = "none";
export const HUGE_PAGES_OFF = "false";

/** The one driver that Go's Cloud Hypervisor takes when it attaches a disk (clh.go hotplugAddBlockDevice, 3.12 to 4.1). */
const VIRTIO_BLK = "virtio-blk";

/** Does the user's annotation enable_hugepages leave memory private? Absent does; what Go's parser refuses does not. */
export function isHugePagesOff(value: string | null): boolean {
  return value === null || parseAnnotationBoolean(value, "go") === false;
}

/** shared_fs=none with huge pages off: the pod selects private memory itself. */
export function selectsNoSharedFs(pod: Pod): boolean {
  return annotationOf(pod, SHARED_FS_KEY) === NO_SHARED_FS && isHugePagesOff(annotationOf(pod, ENABLE_HUGEPAGES_KEY));
}

/** Does the value of disable_block_device_use or block_device_driver keep a disk from being attached? null: absent. */
export function detachesDisks(key: string, value: string | null): boolean {
  if (value === null) return false;
  return key === BLOCK_DEVICE_DRIVER_KEY ? value !== VIRTIO_BLK : parseAnnotationBoolean(value, "go") !== false;
}

/** Does the pod choose its shared filesystem otherwise, and not by what an earlier call of ours has written? */
export function hasOwnSharedFs(pod: Pod, { runtimeClass }: PolicyTarget): boolean {
  const value = annotationOf(pod, SHARED_FS_KEY);
  if (value === null || selectsNoSharedFs(pod)) return false;
  return value !== NO_SHARED_FS || ourStatus(pod, runtimeClass, "hypervisor-annotations") === null;
}

/**
 * Does the pod name a configuration file that is neither the policy's nor one that an earlier call of ours has written?
 * The policy may have changed since then, or be another one on another replica.
 */
export function hasOwnConfigPath(pod: Pod, { configPath, runtimeClass }: PolicyTarget): boolean {
  const value = annotationOf(pod, CONFIG_PATH_KEY);
  if (value === null || value === configPath) return false;
  return ourStatus(pod, runtimeClass, "config-path")?.configPath !== value;
}

/** The pod's annotation keys that begin so, sorted. */
export function annotationKeys(pod: Pod, prefix: string): string[] {
  return sortedKeys(pod.metadata?.annotations, (key) => key.startsWith(prefix));
}

/** A choice of the user's that blocks, at its annotation. */
export function userChoice(reason: Reason, key: string): Finding {
  return { reason, severity: "blocks", path: annotationPath(key) };
}
