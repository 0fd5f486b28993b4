// One workload through the very engine that the webhook runs.
import { gatherFacts } from "../cluster/gather-facts.ts";
import type { ClusterReader } from "../cluster/reader.ts";
import { decide } from "../engine/decide.ts";
import type { Decision } from "../engine/decision.ts";
import type { Mode, RequestFacts } from "../engine/facts.ts";
import { buildPatch, type Operation } from "../engine/patch.ts";
import type { Policy } from "../engine/policy.ts";
import { warningsFor } from "../engine/warnings.ts";
import { readerWithClaims } from "./claim-templates.ts";
import type { Workload } from "./workloads.ts";

export interface Explanation {
  readonly workload: Workload;
  readonly mode: Mode;
  readonly decision: Decision;
  /** Relative to the pod, also for a template; empty in mode observe. */
  readonly patch: readonly Operation[];
  /** What whoever creates the pod would read. */
  readonly warnings: readonly string[];
}

export interface ExplainInput {
  readonly policy: Policy;
  readonly reader: ClusterReader;
  readonly mode: Mode;
  readonly version: string;
}

/** The request that would bring such a pod to the webhook. */
const CREATE_POD: RequestFacts = { group: "", version: "v1", kind: "Pod", subResource: "", operation: "CREATE" };
/** A snapshot answers at once. */
const CLAIM_BUDGET_MS = 1000;

/** What the webhook would do with this workload's pods. */
export async function explainWorkload(
  workload: Workload,
  { policy, reader, mode, version }: ExplainInput,
): Promise<Explanation> {
  const { pod, namespace, claims } = workload;
  const namespaceLabels = reader.namespaceLabels(namespace);
  const subject = { request: CREATE_POD, mode, namespace, namespaceLabels, pod };
  const facts = await gatherFacts(subject, policy, readerWithClaims(reader, claims), CLAIM_BUDGET_MS);
  const decision = decide(facts, policy);
  const patch = mode === "observe" ? [] : buildPatch(facts, decision, policy, version);
  return { workload, mode, decision, patch, warnings: warningsFor(decision, policy, mode) };
}

/** Is the pod given private memory, and not only said to be? */
export function isPatched({ mode, decision }: Explanation): boolean {
  return mode === "enforce" && decision.kind === "patch";
}

/** An entry of `explain -o json`. Fields may be added, never renamed. */
export interface ExplanationEntry {
  readonly source: Workload["source"];
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly mode: Mode;
  readonly decision: Decision;
  readonly patch: readonly Operation[];
  readonly warnings: readonly string[];
}

/** The part of an explanation that programs read. */
export function toEntry({ workload, mode, decision, patch, warnings }: Explanation): ExplanationEntry {
  const { source, kind, namespace, name } = workload;
  return { source, kind, namespace, name, mode, decision, patch, warnings };
}
