// What whoever ran kubectl reads. Only sentences of ours and field paths without a tenant's text.
import type { Decision } from "./decision.ts";
import type { Mode } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { type Reason, REASONS } from "./reasons.ts";
import type { Finding } from "./rule.ts";
import { toFieldPath } from "./field-path.ts";

const NOTHING: readonly string[] = [];

/** Warnings for the client, without the cut to length that the response makes. None in mode observe. */
export function warningsFor(decision: Decision, policy: Policy, mode: Mode): readonly string[] {
  if (mode === "observe" || !policy.status.warn) return NOTHING;
  if (decision.findings.length === 0 && decision.kind === "patch" && !decision.barePod) return NOTHING;
  const warnings = [...firstOfEach(decision.findings)]
    .filter(({ reason, severity }) => REASONS[reason].actor === "user" || severity === "degrades")
    .map(toWarning);
  if (decision.kind === "patch" && decision.barePod) {
    warnings.push(
      "kata-thp: the pod has no controller and its runtimeClassName was changed, so a second kubectl apply of the same manifest will fail: use a Deployment or Job",
    );
  }
  return warnings;
}

function toWarning({ reason, path, detail }: Finding): string {
  const { sentence, action } = REASONS[reason];
  const at = path === "" ? "" : ` at ${toFieldPath(path, "public")}`;
  return `kata-thp: ${reason}${at}${detail === undefined ? "" : ` (${detail})`}: ${sentence} ${action}`;
}

/** The same thing in many places is said once; the audit annotation and explain have them all. */
function firstOfEach(findings: readonly Finding[]): Finding[] {
  const said = new Set<Reason>();
  return findings.filter(({ reason }) => !said.has(reason) && said.add(reason));
}
