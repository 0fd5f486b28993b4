import type { ScopeReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** Reasons that the pod isn't ours to change. Nothing is written on such a pod. */
export const scopeReasons: Readonly<Record<ScopeReason, ReasonText>> = {
  NotAPod: {
    kind: "scope",
    sentence: "The review holds no Pod that can be read.",
    action: "Let the webhook configuration send only CREATE of pods.",
    actor: "operator",
  },
  NotCreate: {
    kind: "scope",
    sentence: "The pod is not being created; runtimeClassName cannot change later.",
    action: "Let the webhook configuration send only CREATE of pods.",
    actor: "operator",
  },
  NotTarget: {
    kind: "scope",
    sentence: "The pod's RuntimeClass is not one that the policy names.",
    action: "Name the RuntimeClass under targets in the policy if it should be.",
    actor: "operator",
  },
  OptedOut: {
    kind: "scope",
    sentence: "The pod's label kata-thp.dev/mode says disabled.",
    action: "Remove the label to let the pod have private memory.",
    actor: "nobody",
  },
  MirrorPod: {
    kind: "scope",
    sentence: "The pod mirrors a static pod, which runs from a file on its node whatever is admitted here.",
    action: "Set what selects private memory in the file on the node.",
    actor: "operator",
  },
  NamespaceNotSelected: {
    kind: "scope",
    sentence: "The namespace has no label kata-thp.dev/mode: enforce or observe, or is kube-system.",
    action: "Label the namespace: kubectl label namespace NAME kata-thp.dev/mode=enforce.",
    actor: "operator",
  },
  NotInRollout: {
    kind: "scope",
    sentence: "The pod's owner is outside the percentage that the policy's rollout covers.",
    action: "Raise rollout.percent in the policy.",
    actor: "operator",
  },
  AlreadySelected: {
    kind: "scope",
    sentence: "The pod itself selects private memory already.",
    action:
      "Look at the findings beside this one, if there are any: what Kata refuses, and what will not work without a shared filesystem.",
    actor: "nobody",
  },
  AlreadyPrivate: {
    kind: "scope",
    sentence: "The RuntimeClass's own Kata configuration gives private memory already.",
    action:
      "Look at the findings beside this one, if there are any: what Kata refuses, and what will not work without a shared filesystem.",
    actor: "nobody",
  },
  InternalError: {
    kind: "scope",
    sentence: "The webhook failed inside and left the pod as it was.",
    action: "Report the log line that carries the review's uid.",
    actor: "operator",
  },
};
