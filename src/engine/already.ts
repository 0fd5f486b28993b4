// Pods that need nothing set: they, or their class, select private memory already.
import { CONFIG_PATH_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import { gatherEvidence, type KataEvidence, releaseOf } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import { annotationOf, annotationPath } from "./pod.ts";
import type { Policy } from "./policy.ts";
import type { Finding } from "./rule.ts";
import { variantEvidence } from "./selections/runtime-class.ts";
import { attemptConfigPath } from "./selections/config-path.ts";
import { attemptHypervisorAnnotations } from "./selections/hypervisor-annotations.ts";
import { parseStatus, STATUS_KEY, type Status } from "./status.ts";
import type { Aim } from "./target.ts";
import { selectsNoSharedFs } from "./user-choice.ts";

export interface Already {
  /** AlreadySelected or AlreadyPrivate. */
  readonly finding: Finding;
  readonly destination: KataEvidence;
  /** Our own status, where an earlier call of ours selected it. */
  readonly status: Status | null;
}

/** How the pod has private memory already; null where it has not. */
export function alreadyPrivate(facts: Facts, policy: Policy, aim: Aim): Already | null {
  const { pod } = facts;
  const { target } = aim;
  const status = parseStatus(annotationOf(pod, STATUS_KEY));
  const input = { facts, pod, policy, target, isAuto: false };
  if (aim.role === "variant") {
    return {
      finding: found("AlreadySelected", "/spec/runtimeClassName"),
      destination:
        facts.podClass?.kind === "known"
          ? variantEvidence(facts, target, facts.podClass.value).evidence
          : attemptConfigPath(input).evidence,
      status: canGoBack(facts) ? ours(status, target.runtimeClass, "runtime-class") : null,
    };
  }
  if (target.configPath !== null && annotationOf(pod, CONFIG_PATH_KEY) === target.configPath) {
    return {
      finding: found("AlreadySelected", annotationPath(CONFIG_PATH_KEY)),
      destination: attemptConfigPath(input).evidence,
      status: ours(status, target.runtimeClass, "config-path"),
    };
  }
  if (selectsNoSharedFs(pod)) {
    return {
      finding: found("AlreadySelected", annotationPath(SHARED_FS_KEY)),
      destination: attemptHypervisorAnnotations(input).evidence,
      status: ours(status, target.runtimeClass, "hypervisor-annotations"),
    };
  }
  const targetClass = facts.targetClass.kind === "known" ? facts.targetClass.value : null;
  const { evidence, findings } = gatherEvidence({
    handler: targetClass?.handler ?? target.runtimeClass,
    policy: target.kata,
    classVersion: targetClass?.kataVersion ?? null,
    nodes: facts.targetNodes,
  });
  const isPrivate =
    evidence.sharedFs === "none" && evidence.hugepages === false && releaseOf(evidence)?.privateMemory === true;
  const isCertain = findings.every(({ reason }) => reason === "HostThpNever");
  return isPrivate && isCertain
    ? { finding: found("AlreadyPrivate", "/spec/runtimeClassName"), destination: evidence, status: null }
    : null;
}

/** A status counts only where the pod is as the status says; anybody can write the annotation. */
function ours(status: Status | null, from: string, selection: Status["selection"]): Status | null {
  return status !== null && status.from === from && status.selection === selection ? status : null;
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
