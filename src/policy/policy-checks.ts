// What a schema cannot say: how the fields of a policy fit together.
import type { KataStatement, Policy, PolicyTarget } from "../engine/policy.ts";
import { RE2JS } from "re2js";
import { admitsAnnotation } from "../kata/allow-list.ts";
import { parseKataVersion } from "../kata/version.ts";
import { type PolicyFault, quote } from "./policy-error.ts";

/** Every fault of a policy whose shape is right; empty where there is none. */
export function policyFaults(policy: Policy): readonly PolicyFault[] {
  return policy.targets.flatMap((target, index) => [
    ...nameFaults(policy.targets, index),
    ...(target.selection === "config-path" && target.configPath === null
      ? [fault([index, "selection"], "is config-path, which needs configPath: the file that every node has")]
      : []),
    ...statementFaults(index, "kata", target.kata),
    ...statementFaults(index, "private", target.private),
  ]);
}

/** What is allowed and yet probably not what was meant, or what an operator should read again at each start. */
export function policyWarnings(policy: Policy): readonly string[] {
  const warnings = policy.targets.flatMap((target, index) => {
    const path = `targets[${index}]`;
    const unused: string[] = [];
    if (target.selection === "auto" && target.trust === "operator") {
      unused.push(`${path}.trust: operator has no effect with selection: auto; name one selection to force it`);
    }
    if (target.variant !== null && target.selection !== "auto" && target.selection !== "runtime-class") {
      unused.push(`${path}.variant has no effect with selection: ${target.selection}`);
    }
    if (target.configPath !== null && target.selection !== "auto" && target.selection !== "config-path") {
      unused.push(`${path}.configPath has no effect with selection: ${target.selection}`);
    }
    const { rootfs } = target.private;
    if (target.configPath !== null && (rootfs === "block" || rootfs === "erofs") && target.kata.rootfs === undefined) {
      unused.push(
        `${path}.private.rootfs is the variant's and has no effect for configPath, whose pods keep their handler: state kata.rootfs`,
      );
    }
    return unused;
  });
  if (policy.dangerouslyAllow.length > 0) {
    warnings.push(
      `dangerouslyAllow switches off ${policy.dangerouslyAllow.join(", ")}: such pods can lose data or break silently`,
    );
  }
  if (!policy.status.annotatePatched) {
    warnings.push(
      "status.annotatePatched: false leaves no memory of a patch: a pod that a later webhook makes unfit is not put back",
    );
  }
  if (policy.rollout.percent === 0) warnings.push("rollout.percent: 0 leaves every pod alone");
  return warnings;
}

function fault(path: readonly (string | number)[], message: string): PolicyFault {
  return { segments: ["targets", ...path], message };
}

/** A class is one target, or stands in for one target, and never both. */
function nameFaults(targets: readonly PolicyTarget[], index: number): PolicyFault[] {
  const target = targets[index];
  if (target === undefined) return [];
  const { runtimeClass, variant } = target;
  const faults: PolicyFault[] = [];
  const first = targets.findIndex((other) => other.runtimeClass === runtimeClass);
  if (first < index) {
    faults.push(
      fault(
        [index, "runtimeClass"],
        `is ${quote(runtimeClass)}, as is targets[${first}].runtimeClass; one target for each RuntimeClass`,
      ),
    );
  }
  if (variant === null) return faults;
  const named = targets.findIndex((other) => other.runtimeClass === variant);
  const earlier = targets.findIndex((other) => other.variant === variant);
  if (variant === runtimeClass) {
    faults.push(
      fault([index, "variant"], `is ${quote(variant)}, the target's own runtimeClass; name the class that replaces it`),
    );
  } else if (named !== -1) {
    faults.push(
      fault(
        [index, "variant"],
        `is ${quote(variant)}, which is targets[${named}].runtimeClass; a variant is no target`,
      ),
    );
  } else if (earlier < index) {
    faults.push(
      fault(
        [index, "variant"],
        `is ${quote(variant)}, as is targets[${earlier}].variant; a variant stands in for one RuntimeClass`,
      ),
    );
  }
  return faults;
}

function statementFaults(index: number, field: "kata" | "private", statement: KataStatement): PolicyFault[] {
  const faults: PolicyFault[] = [];
  if (statement.version !== undefined && parseKataVersion(statement.version) === null) {
    faults.push(
      fault(
        [index, field, "version"],
        `is ${quote(statement.version)}; allowed: a Kata release such as 3.32.0 or 4.1.0-rc0`,
      ),
    );
  }
  const patterns = statement.enableAnnotations ?? [];
  for (const [at, pattern] of patterns.entries()) {
    const why = patternFault(pattern);
    if (why !== null) faults.push(fault([index, field, "enableAnnotations", at], `is ${quote(pattern)}, ${why}`));
  }
  if (faults.length === 0 && !isJudged(patterns)) {
    faults.push(
      fault(
        [index, field, "enableAnnotations"],
        "is larger, all patterns together, than what is judged; allowed: short names, as Kata ships them",
      ),
    );
  }
  return faults;
}

function patternFault(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `which is no RE2 expression (${why}); allowed: what Go's regexp compiles, such as ^enable_iommu$`;
  }
  return isJudged([pattern]) ? null : "which is too large to be judged; allowed: a short name, as Kata ships them";
}

/** Does the engine judge every pattern? On runtime-rs one that it does not judge admits nothing at all. */
function isJudged(patterns: readonly string[]): boolean {
  return admitsAnnotation(["", ...patterns], "x", "runtime-rs");
}
