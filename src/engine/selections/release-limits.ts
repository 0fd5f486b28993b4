import { KATA_RUNTIMES, OLDEST_PRIVATE } from "../../kata/releases.ts";
import { isBefore } from "../../kata/version.ts";
import { againstAny } from "../against-any.ts";
import type { KataEvidence } from "../evidence.ts";
import type { Finding } from "../rule.ts";
import { block } from "./attempt.ts";

/** What rules out private memory in every selection, whatever is configured (kata-facts: Go clh.go, rs convert.rs). */
export function releaseLimits(possible: readonly KataEvidence[]): Finding[] {
  return againstAny(possible, limitsOf);
}

function limitsOf({ version, runtime }: KataEvidence): Finding[] {
  const findings: Finding[] = [];
  if (version !== null && isBefore(version, OLDEST_PRIVATE))
    findings.push(block("KataTooOld", `before ${OLDEST_PRIVATE}`));
  if (runtime === "runtime-rs") findings.push(block("RuntimeSharesMemory", KATA_RUNTIMES[1]));
  return findings;
}
