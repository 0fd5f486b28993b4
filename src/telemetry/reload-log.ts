// What comes of a file that changed while we run: one log line and its metrics.
import type { Policy } from "../engine/policy.ts";
import type { PolicyReload } from "../policy/policy-file.ts";
import { formatPolicyError } from "../policy/policy-error.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Says for each target what the policy does, and loudly where trust: operator forces it. */
export function logPolicy(log: Log, policy: Policy, warnings: readonly string[]): void {
  for (const target of policy.targets) {
    const { runtimeClass, selection, trust, variant, configPath } = target;
    log.info({ runtimeClass, selection, trust, variant, configPath }, "policy target");
    if (trust === "operator" && selection !== "auto") {
      log.warn({ runtimeClass, selection }, "forced: trust: operator does this selection against evidence about Kata");
    }
  }
  for (const warning of warnings) log.warn({ warning }, "policy warning");
}

/** Counts and logs what came of a changed policy file. */
export function recordPolicyReload(log: Log, metrics: Metrics, reload: PolicyReload, now: Date): void {
  if (reload.kind === "policy") {
    metrics.policyRead("taken", now);
    log.info("policy reloaded");
    logPolicy(log, reload.policy, reload.warnings);
    return;
  }
  metrics.policyRead("refused", now);
  log.error({ errors: reload.errors.map(formatPolicyError) }, "policy refused: the one from before goes on serving");
}
