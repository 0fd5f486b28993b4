// Pods that need nothing set: they, or their class, select private memory already.
import { CONFIG_PATH_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import { type KataEvidence, releaseOf } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import { annotationOf, annotationPath } from "./pod.ts";
import type { Policy, Selection } from "./policy.ts";
import type { Finding } from "./rule.ts";
import { targetEvidence, variantEvidence } from "./class-evidence.ts";
import { attemptConfigPath } from "./selections/config-path.ts";
import { attemptHypervisorAnnotations } from "./selections/hypervisor-annotations.ts";
import { ourStatus, type Status } from "./status.ts";
import type { Aim } from "./target.ts";
import { hasOwnConfigPath, hasOwnSharedFs } from "./user-choice.ts";

export interface Already {
  /** AlreadySelected or AlreadyPrivate. */
  readonly finding: Finding;
  /** In which way; null where its class is private by itself. */
  readonly selection: Selection | null;
  /** Every Kata that may run the pod; null where its class cannot be read. */
  readonly destinations: readonly KataEvidence[] | null;
  /** Our own status, where an earlier call of ours selected it. */
  readonly status: Status | null;
}

/** How the pod has private memory already; null where it has not. */
export function alreadyPrivate(facts: Facts, policy: Policy, aim: Aim): Already | null {
  const { pod } = facts;
  const { target } = aim;
  const input = { facts, pod, policy, target, isAuto: false };
  if (aim.role === "variant") {
    return {
      finding: found("AlreadySelected", "/spec/runtimeClassName"),
      selection: "runtime-class",
      destinations:
        facts.podClass?.kind === "known" ? variantEvidence(facts, target, facts.podClass.value).possible : null,
      status: canGoBack(facts) ? ourStatus(pod, target.runtimeClass, "runtime-class") : null,
    };
  }
  if (annotationOf(pod, CONFIG_PATH_KEY) !== null && !hasOwnConfigPath(pod, target)) {
    return {
      finding: found("AlreadySelected", annotationPath(CONFIG_PATH_KEY)),
      selection: "config-path",
      destinations: attemptConfigPath(input).possible,
      status: ourStatus(pod, target.runtimeClass, "config-path"),
    };
  }
  if (annotationOf(pod, SHARED_FS_KEY) !== null && !hasOwnSharedFs(pod, target)) {
    return {
      finding: found("AlreadySelected", annotationPath(SHARED_FS_KEY)),
      selection: "hypervisor-annotations",
      destinations: attemptHypervisorAnnotations(input).possible,
      status: ourStatus(pod, target.runtimeClass, "hypervisor-annotations"),
    };
  }
  const { possible, findings } = targetEvidence(facts, target);
  const isPrivate = possible.every(
    (each) => each.sharedFs === "none" && each.hugepages === false && releaseOf(each)?.privateMemory === true,
  );
  const isCertain = findings.every(({ reason }) => reason === "HostThpNever");
  return isPrivate && isCertain
    ? {
        finding: found("AlreadyPrivate", "/spec/runtimeClassName"),
        selection: null,
        destinations: possible,
        status: null,
      }
    : null;
}

/** Would the API server take the pod in its first class again? A status may have been copied from another cluster. */
function canGoBack({ pod, targetClass }: Facts): boolean {
  if (targetClass.kind === "unknown") return targetClass.why !== "not found";
  const own = pod.spec?.nodeSelector ?? {};
  const wanted = targetClass.value.nodeSelector;
  return Object.keys(wanted).every((key) => !Object.hasOwn(own, key) || own[key] === wanted[key]);
}

function found(reason: Finding["reason"], path: string): Finding {
  return { reason, severity: "blocks", path };
}
