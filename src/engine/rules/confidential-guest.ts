import { CC_INIT_DATA_KEY, CONFIDENTIAL_GUEST_KEY, OLD_CC_INIT_DATA_KEY } from "../../kata/annotations.ts";
import { parseAnnotationBoolean } from "../../kata/booleans.ts";
import { annotationOf, annotationPath } from "../pod.ts";
import type { Finding, Rule } from "../rule.ts";

/** Technologies in the names of kata-deploy's confidential handlers (kata-qemu-tdx, kata-qemu-snp, kata-qemu-se, …). */
const CONFIDENTIAL = /(?:^|[-.])(?:cc|cca|coco|confidential|se|sev|snp|tdx)(?:[-.]|$)/;

/** Confidential guests have no hotplug, no virtio-fs and another way to set up memory (kata-facts §6). */
export const confidentialGuest: Rule = {
  name: "confidential-guest",
  occasion: "any pod",
  reasons: ["ConfidentialGuest"],
  check: ({ pod, facts, target }) => {
    const handler = facts.targetClass.kind === "known" ? facts.targetClass.value.handler : "";
    const findings: Finding[] = [];
    if (CONFIDENTIAL.test(target.runtimeClass) || CONFIDENTIAL.test(handler)) {
      findings.push({ reason: "ConfidentialGuest", severity: "blocks", path: "/spec/runtimeClassName" });
    }
    const isGuest = annotationOf(pod, CONFIDENTIAL_GUEST_KEY);
    if (isGuest !== null && parseAnnotationBoolean(isGuest, "go") !== false)
      findings.push(byAnnotation(CONFIDENTIAL_GUEST_KEY));
    for (const key of [CC_INIT_DATA_KEY, OLD_CC_INIT_DATA_KEY]) {
      if (annotationOf(pod, key)) findings.push(byAnnotation(key));
    }
    return findings;
  },
};

function byAnnotation(key: string): Finding {
  return { reason: "ConfidentialGuest", severity: "blocks", path: annotationPath(key) };
}
