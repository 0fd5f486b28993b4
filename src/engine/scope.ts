// Whether a pod is ours to change at all. The first answer is the only one: nothing else about such a pod matters.
import type { Facts } from "./facts.ts";
import { annotationOf, type Pod } from "./pod.ts";
import type { Policy } from "./policy.ts";
import type { Reason } from "./reasons.ts";
import type { Finding } from "./rule.ts";
import { MODE_LABEL } from "./status.ts";
import { type Aim, findTarget } from "./target.ts";

/** Written by the kubelet on mirror pods; config.source on what it runs from a file or URL (pkg/kubelet/types). */
const MIRROR_KEY = "kubernetes.io/config.mirror";
const SOURCE_KEY = "kubernetes.io/config.source";

export type Scope = { readonly kind: "in"; readonly aim: Aim } | { readonly kind: "out"; readonly finding: Finding };

/** What the request and the pod's and namespace's own labels say; the cluster's Kata is not looked at. */
export function scopeOf(facts: Facts, policy: Policy): Scope {
  const { request, pod } = facts;
  if (!isPod(facts)) return out("NotAPod", "");
  if (request.operation !== "CREATE") return out("NotCreate", "");
  const aim = findTarget(policy, pod, facts.podClass);
  if (aim === null) return out("NotTarget", "/spec/runtimeClassName");
  if (pod.metadata?.labels?.[MODE_LABEL] === "disabled") return out("OptedOut", "/metadata/labels/kata-thp.dev~1mode");
  if (isStatic(pod)) return out("MirrorPod", "/metadata/annotations");
  if (!isNamespaceSelected(facts)) return out("NamespaceNotSelected", "/metadata/namespace");
  return { kind: "in", aim };
}

function isPod({ request }: Facts): boolean {
  return request.group === "" && request.version === "v1" && request.kind === "Pod" && request.subResource === "";
}

function isStatic(pod: Pod): boolean {
  const source = annotationOf(pod, SOURCE_KEY);
  return annotationOf(pod, MIRROR_KEY) !== null || (source !== null && source !== "api");
}

/** The API server asks only for selected namespaces; explain and scan see the labels themselves. */
function isNamespaceSelected({ namespace, namespaceLabels }: Facts): boolean {
  if (namespace === "kube-system") return false;
  if (namespaceLabels === null) return true;
  const mode = Object.hasOwn(namespaceLabels, MODE_LABEL) ? namespaceLabels[MODE_LABEL] : undefined;
  return mode === "enforce" || mode === "observe";
}

function out(reason: Reason, path: string): Scope {
  return { kind: "out", finding: { reason, severity: "blocks", path } };
}
