// bytes → review → facts → findings → decision → patch → answer: the whole way of one pod.
import type { ClusterReader } from "../cluster/reader.ts";
import { factsFromMemory, type Subject, wantsClaims, withClaims } from "../cluster/gather-facts.ts";
import { decide } from "../engine/decide.ts";
import type { Decision } from "../engine/decision.ts";
import type { Facts, Mode } from "../engine/facts.ts";
import { parsePod } from "../engine/parse-pod.ts";
import { buildPatch } from "../engine/patch.ts";
import type { Policy } from "../engine/policy.ts";
import type { Reason } from "../engine/reasons.ts";
import { findTarget } from "../engine/target.ts";
import { warningsFor } from "../engine/warnings.ts";
import { allowed } from "./response.ts";
import { type AdmissionReview, parseReview } from "./review.ts";
import type { Pieces } from "./scanned-text.ts";

export interface MutateDeps {
  readonly reader: ClusterReader;
  readonly policy: Policy;
  /** The webhook's own version, for the status annotation. */
  readonly version: string;
}

/** An answer, and what log and metrics say of it. */
export interface Mutation {
  /** 200 with an AdmissionReview as JSON, or 400 with one sentence as text. */
  readonly status: number;
  readonly body: string;
  readonly uid: string | null;
  readonly namespace: string | null;
  readonly dryRun: boolean;
  /** The pod's RuntimeClass where the policy names it, else null: a tenant's text is no label. */
  readonly runtimeClass: string | null;
  /** null: the review could not be read. */
  readonly decision: Decision | null;
  /** What went wrong inside, to be logged; the pod has passed unpatched. */
  readonly error: unknown;
}

/** A claim's GET may take half of what the API server waits for us, and never more than this. */
const LONGEST_CLAIM_BUDGET_MS = 500;

/** Answers one review, whose JSON is in `body`. `timeoutMs` is the API server's own patience, null where it does not say. Never rejects. */
export async function mutate(body: Pieces, mode: Mode, timeoutMs: number | null, deps: MutateDeps): Promise<Mutation> {
  const parsed = parseReview(body);
  if (parsed.kind === "refused") {
    const { status, message } = parsed;
    const nothing = { uid: null, namespace: null, dryRun: false, runtimeClass: null, decision: null, error: null };
    return { status, body: message, ...nothing };
  }
  const { review } = parsed;
  try {
    const facts = factsOf(review, mode, deps);
    if (facts === null) {
      const isPodKind = review.resourceKind.kind === "Pod" && review.operation !== "CREATE";
      return outcome(review, mode, skip(isPodKind ? "NotCreate" : "NotAPod"));
    }
    if (!wantsClaims(facts, deps.policy)) return answer(review, facts, deps);
    const budgetMs = Math.min(LONGEST_CLAIM_BUDGET_MS, (timeoutMs ?? Infinity) / 2);
    return answer(review, await withClaims(facts, deps.reader, budgetMs), deps);
  } catch (thrown) {
    // null means that nothing went wrong, and whoever throws may throw that.
    const error =
      thrown instanceof Error ? thrown : new Error("something that is no Error was thrown", { cause: thrown });
    return outcome(review, mode, skip("InternalError"), { error });
  }
}

/** All but the claims; null for what is no pod that can be read. */
function factsOf(review: AdmissionReview, mode: Mode, { reader, policy }: MutateDeps): Facts | null {
  const parsed = parsePod(review.object);
  if (parsed.kind === "malformed" || review.hasPrototypeKey) return null;
  const { pod } = parsed;
  const { group, version, kind } = review.resourceKind;
  const subject: Subject = {
    request: { group, version, kind, subResource: review.subResource, operation: review.operation },
    mode,
    // A pod that a controller makes has its namespace in the request only.
    namespace: review.namespace || pod.metadata?.namespace || "",
    namespaceLabels: null,
    pod,
  };
  return factsFromMemory(subject, policy, reader);
}

function answer(review: AdmissionReview, facts: Facts, { policy, version }: MutateDeps): Mutation {
  const { mode, pod } = facts;
  const decision = decide(facts, policy);
  const patch = buildPatch(facts, decision, policy, version);
  const aim = findTarget(policy, pod, facts.podClass);
  return outcome(review, mode, decision, {
    body: allowed(review, patch, {
      auditAnnotations: audit(decision, mode),
      warnings: warningsFor(decision, policy, mode),
    }),
    runtimeClass: aim === null ? null : (pod.spec?.runtimeClassName ?? null),
  });
}

function outcome(
  review: AdmissionReview,
  mode: Mode,
  decision: Decision,
  rest: { readonly body?: string; readonly runtimeClass?: string | null; readonly error?: unknown } = {},
): Mutation {
  return {
    status: 200,
    body: rest.body ?? allowed(review, [], { auditAnnotations: audit(decision, mode), warnings: [] }),
    uid: review.uid,
    namespace: review.namespace || null,
    dryRun: review.dryRun,
    runtimeClass: rest.runtimeClass ?? null,
    decision,
    error: rest.error ?? null,
  };
}

/** Codes only, of our own making. */
function audit(decision: Decision, mode: Mode): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { mode, decision: decision.kind };
  if (decision.kind === "patch") annotations["selection"] = decision.selection;
  if (decision.findings.length === 0) return annotations;
  const reasons = [...new Set(decision.findings.map(({ reason }) => reason))].join(",");
  annotations["reasons"] = reasons;
  // The API server keeps the first value of a key: `decision` stays what the first call has said.
  if (decision.kind === "skip" && decision.putBack !== null) annotations["put-back"] = reasons;
  return annotations;
}

function skip(reason: Reason): Decision {
  return { kind: "skip", findings: [{ reason, severity: "blocks", path: "" }], putBack: null };
}
