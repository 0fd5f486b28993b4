import type { ClusterReader } from "../cluster/reader.ts";
import type { Policy } from "../engine/policy.ts";

/** Says why the server should get no requests now, as a sentence; null where nothing is in the way. */
export type ReadinessCheck = () => string | null;

export interface Readiness {
  /** Every reason against; empty when ready. */
  reasons(): readonly string[];
  /** From here on never ready again, and each answer closes its connection. */
  startDraining(): void;
  isDraining(): boolean;
}

export function createReadiness(checks: readonly ReadinessCheck[]): Readiness {
  let draining = false;
  return {
    reasons: () => [
      ...(draining ? ["the server is draining and about to end"] : []),
      ...checks.map((check) => check()).filter((reason) => reason !== null),
    ],
    startDraining: () => {
      draining = true;
    },
    isDraining: () => draining,
  };
}

/** Without RuntimeClasses every pod would be skipped for want of evidence: other replicas may know more. */
export function readerIsSynced(reader: ClusterReader, policy: () => Policy): ReadinessCheck {
  return () => {
    const missing = policy().targets.filter(({ runtimeClass }) => {
      const answer = reader.runtimeClass(runtimeClass);
      return answer.kind === "unknown" && answer.why === "not synced";
    });
    return missing.length === 0 ? null : "the cluster reader is not synced: no RuntimeClass is known yet";
  };
}
