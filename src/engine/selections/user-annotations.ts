import {
  CC_INIT_DATA_KEY,
  CONFIDENTIAL_GUEST_KEY,
  ENABLE_HUGEPAGES_KEY,
  ENABLE_VHOST_USER_STORE_KEY,
  hypervisorBaseName,
  SHARED_FS_KEY,
  VHOST_USER_PREFIX,
  VIRTIO_FS_PREFIX,
} from "../../kata/annotations.ts";
import { admitsAnnotation } from "../../kata/allow-list.ts";
import { allowListOf, type KataEvidence } from "../evidence.ts";
import { annotationPath, type Pod } from "../pod.ts";
import type { Finding } from "../rule.ts";
import { isHugePagesOff } from "../user-choice.ts";
import { block } from "./attempt.ts";

/** Keys that say something about memory themselves: src/engine/rules/user-annotations.ts judges those. */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set([
  SHARED_FS_KEY,
  ENABLE_VHOST_USER_STORE_KEY,
  CC_INIT_DATA_KEY,
  CONFIDENTIAL_GUEST_KEY,
]);

/**
 * The user's hypervisor annotations that the destination is not known to enable: the Go runtime fails the sandbox for
 * each (rt/pkg/oci/utils.go 4.1:292, executed: vectors 02, 07b, 11).
 */
export function refusedUserAnnotations(pod: Pod, destination: KataEvidence): Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of Object.entries(pod.metadata?.annotations ?? {})) {
    const base = hypervisorBaseName(key);
    if (base === null || JUDGED_ELSEWHERE.has(key)) continue;
    if (key.startsWith(VIRTIO_FS_PREFIX) || key.startsWith(VHOST_USER_PREFIX)) continue;
    if (key === ENABLE_HUGEPAGES_KEY && !isHugePagesOff(value)) continue;
    const allowList = allowListOf(destination);
    if (allowList === null) findings.push(block("UserAnnotationRefused", "unknown", annotationPath(key)));
    else if (!admitsAnnotation(allowList, base, destination.runtime ?? "go")) {
      findings.push(block("UserAnnotationRefused", "not enabled", annotationPath(key)));
    }
  }
  return findings;
}
