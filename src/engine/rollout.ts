// Who is in the rollout's percentage: decided by the owner, so that all its pods agree, on every replica and call.
import { controllerOf, type Pod } from "./pod.ts";

/** Buckets of the rollout: a hundredth of a percent each. */
const BUCKETS = 10_000;

/** Is the pod's owner among the first `percent` (0 to 100)? Who is in stays in when the percentage grows. */
export function isInRollout(namespace: string, pod: Pod, percent: number): boolean {
  if (percent >= 100) return true;
  return hash(rolloutIdentity(namespace, pod)) % BUCKETS < percent * (BUCKETS / 100);
}

/**
 * Namespace, kind and name of what made the pod, the same across a Deployment's ReplicaSets and a CronJob's Jobs.
 * Source of the suffixes: ReplicaSet names end in the pods' label pod-template-hash (pkg/controller/deployment
 * sync.go), a CronJob's Jobs in the scheduled minute since the epoch (pkg/controller/cronjob utils.go getJobName).
 */
export function rolloutIdentity(namespace: string, pod: Pod): string {
  const owner = controllerOf(pod);
  if (owner === null) {
    return `${namespace}/Pod/${pod.metadata?.name || pod.metadata?.generateName || ""}`;
  }
  const kind = owner.kind ?? "";
  let name = owner.name ?? "";
  if (kind === "ReplicaSet") {
    const templateHash = pod.metadata?.labels?.["pod-template-hash"];
    if (templateHash && name.endsWith(`-${templateHash}`)) name = name.slice(0, -templateHash.length - 1);
  } else if (kind === "Job") {
    name = name.replace(/-\d{8,11}$/, "");
  }
  return `${namespace}/${kind}/${name}`;
}

/**
 * 32 bits, well mixed: FNV-1a, then MurmurHash3's finalizer, since FNV alone leaves the low digits of similar names
 * related. It must never change: another hash would move workloads in and out of a running rollout.
 */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
