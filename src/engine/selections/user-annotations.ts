import { admitsAnnotation } from "../../kata/allow-list.ts";
import {
  BLOCK_DEVICE_DRIVER_KEY,
  CC_INIT_DATA_KEY,
  CONFIDENTIAL_GUEST_KEY,
  DISABLE_BLOCK_DEVICE_USE_KEY,
  ENABLE_HUGEPAGES_KEY,
  ENABLE_VHOST_USER_STORE_KEY,
  GUEST_KEYS,
  HYPERVISOR_PREFIX,
  hypervisorBaseName,
  SHARED_FS_KEY,
  VHOST_USER_PREFIX,
  VIRTIO_FS_PREFIX,
} from "../../kata/annotations.ts";
import { parseAnnotationBoolean } from "../../kata/booleans.ts";
import { againstAny } from "../against-any.ts";
import { allowListOf, type KataEvidence } from "../evidence.ts";
import { annotationPath, annotationOf, type Pod } from "../pod.ts";
import type { BlockingRuleReason } from "../reasons.ts";
import type { Finding } from "../rule.ts";
import { annotationKeys, detachesDisks, isHugePagesOff, selectsNoSharedFs } from "../user-choice.ts";
import { block } from "./attempt.ts";

/**
 * The user's hypervisor annotations that a Kata which may run the pod is not known to enable: the Go runtime fails the sandbox for
 * each, whatever its value (rt/pkg/oci/utils.go 4.1:292, executed: vectors 02, 07b, 11). One that a rule blocks is
 * left to that rule, unless the policy's `dangerouslyAllow` has switched it off.
 */
export function refusedUserAnnotations(
  pod: Pod,
  possible: readonly KataEvidence[],
  dangerouslyAllow: readonly BlockingRuleReason[],
): Finding[] {
  return againstAny(possible, (destination) => refusedBy(destination, pod, dangerouslyAllow));
}

function refusedBy(destination: KataEvidence, pod: Pod, dangerouslyAllow: readonly BlockingRuleReason[]): Finding[] {
  const allowList = allowListOf(destination);
  const runtime = destination.runtime ?? "go";
  return annotationKeys(pod, HYPERVISOR_PREFIX).flatMap((key): Finding[] => {
    const rule = ruleThatBlocks(pod, key);
    if (rule !== null && !dangerouslyAllow.includes(rule)) return [];
    if (allowList === null) return [block("UserAnnotationRefused", "unknown", annotationPath(key))];
    return admitsAnnotation(allowList, hypervisorBaseName(key) ?? "", runtime)
      ? []
      : [block("UserAnnotationRefused", "not enabled", annotationPath(key))];
  });
}

/** The reason by which a rule in src/engine/rules blocks this annotation with the value that it has, or null. */
function ruleThatBlocks(pod: Pod, key: string): BlockingRuleReason | null {
  const value = annotationOf(pod, key);
  const isOff = value === null || parseAnnotationBoolean(value, "go") === false;
  switch (key) {
    case SHARED_FS_KEY:
      return selectsNoSharedFs(pod) ? null : "UserSharedFs";
    case ENABLE_HUGEPAGES_KEY:
      return isHugePagesOff(value) ? null : "UserHugePages";
    case ENABLE_VHOST_USER_STORE_KEY:
      return isOff ? null : "UserVhostUser";
    case DISABLE_BLOCK_DEVICE_USE_KEY:
    case BLOCK_DEVICE_DRIVER_KEY:
      return detachesDisks(key, value) ? "UserBlockDevice" : null;
    case CONFIDENTIAL_GUEST_KEY:
      return isOff ? null : "ConfidentialGuest";
    case CC_INIT_DATA_KEY:
      return value ? "ConfidentialGuest" : null;
    default:
      if (GUEST_KEYS.includes(key)) return "UserGuest";
      if (key.startsWith(VIRTIO_FS_PREFIX)) return "UserVirtioFs";
      return key.startsWith(VHOST_USER_PREFIX) ? "UserVhostUser" : null;
  }
}
