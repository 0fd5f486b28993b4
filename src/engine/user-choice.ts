// What the user's own Kata annotations say about memory. They are never overwritten.
import { ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import { parseAnnotationBoolean } from "../kata/booleans.ts";
import { annotationOf, annotationPath, type Pod } from "./pod.ts";
import type { Reason } from "./reasons.ts";
import type { Finding } from "./rule.ts";
import { sortedKeys } from "./sorted-keys.ts";

/** The values that the patch writes, and that a user may have written. */
export const NO_SHARED_FS = "none";
export const HUGE_PAGES_OFF = "false";

/** Does the user's annotation enable_hugepages leave memory private? Absent does; what Go's parser refuses does not. */
export function isHugePagesOff(value: string | null): boolean {
  return value === null || parseAnnotationBoolean(value, "go") === false;
}

/** shared_fs=none with huge pages off: the pod selects private memory itself. */
export function selectsNoSharedFs(pod: Pod): boolean {
  return annotationOf(pod, SHARED_FS_KEY) === NO_SHARED_FS && isHugePagesOff(annotationOf(pod, ENABLE_HUGEPAGES_KEY));
}

/** The pod's annotation keys that begin so, sorted. */
export function annotationKeys(pod: Pod, prefix: string): string[] {
  return sortedKeys(pod.metadata?.annotations, (key) => key.startsWith(prefix));
}

/** A choice of the user's that blocks, at its annotation. */
export function userChoice(reason: Reason, key: string): Finding {
  return { reason, severity: "blocks", path: annotationPath(key) };
}
