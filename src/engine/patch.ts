// Decision → RFC 6902 operations, from intent: no pod is cloned or compared, and nothing that was parsed is written back.
import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import { annotationsFit } from "./annotation-room.ts";
import { addedBy, backToRuntimeClass, toRuntimeClass } from "./class-switch.ts";
import type { Decision, PatchDecision, SkipDecision } from "./decision.ts";
import type { Facts, RuntimeClassFacts } from "./facts.ts";
import { annotationOf, annotationPath, type Pod, type Toleration } from "./pod.ts";
import type { Policy } from "./policy.ts";
import { REASONS } from "./reasons.ts";
import { renderStatus, SKIPPED_KEY, type Status, STATUS_KEY } from "./status.ts";
import { HUGE_PAGES_OFF, NO_SHARED_FS } from "./user-choice.ts";
import { resolveVariant } from "./variant.ts";

export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: OperationValue }
  | { readonly op: "remove"; readonly path: string };

/** A text of ours, or what a RuntimeClass says; nothing of the pod's. */
export type OperationValue = string | Readonly<Record<string, string>> | Toleration | readonly Toleration[];

/** The operations for this pod; none in mode observe. Throws where one could not apply, which would be a bug here. */
export function buildPatch(facts: Facts, decision: Decision, policy: Policy, version: string): readonly Operation[] {
  if (facts.mode === "observe") return [];
  const { pod } = facts;
  const operations =
    decision.kind === "patch" ? patched(facts, decision, policy, version) : skipped(facts, decision, policy);
  assertApplies(operations, pod);
  return operations;
}

function patched(facts: Facts, decision: PatchDecision, policy: Policy, version: string): Operation[] {
  const { pod, mode } = facts;
  const annotations: Record<string, string | null> = { [SKIPPED_KEY]: null };
  const operations: Operation[] = [];
  const ownHugepages =
    decision.selection === "hypervisor-annotations" && annotationOf(pod, ENABLE_HUGEPAGES_KEY) !== null;
  let added: Status["added"] = [];
  switch (decision.by.selection) {
    case "runtime-class": {
      const variant = variantNamed(facts, decision.by.runtimeClass);
      operations.push(...toRuntimeClass(pod, decision.by.runtimeClass, variant));
      added = addedBy(pod, facts.targetClass, variant);
      break;
    }
    case "config-path":
      annotations[CONFIG_PATH_KEY] = decision.by.configPath;
      break;
    case "hypervisor-annotations":
      annotations[SHARED_FS_KEY] = NO_SHARED_FS;
      // The user's own "false" (or "0", "f") already says it, in a spelling that Kata takes.
      if (!ownHugepages) annotations[ENABLE_HUGEPAGES_KEY] = HUGE_PAGES_OFF;
      break;
    default:
      decision.by satisfies never;
  }
  const { selection, from, forced } = decision;
  const status: Status = {
    decision: "patch",
    selection,
    mode,
    version,
    from,
    ...(forced ? { forced } : {}),
    ...(ownHugepages ? { ownHugepages } : {}),
    ...(decision.by.selection === "config-path" ? { configPath: decision.by.configPath } : {}),
    ...(added.length > 0 ? { added } : {}),
  };
  // Without the annotation a foreign one must not stay behind and pass for ours on the next call.
  annotations[STATUS_KEY] = policy.status.annotatePatched ? renderStatus(status) : null;
  return [...operations, ...annotate(pod, annotations)];
}

function skipped(facts: Facts, { findings, putBack }: SkipDecision, policy: Policy): Operation[] {
  const { pod } = facts;
  const blocking = findings.filter(({ severity }) => severity === "blocks").map(({ reason }) => reason);
  const isOurs = blocking.every((reason) => REASONS[reason].kind !== "scope");
  if (!isOurs) return [];
  const annotations: Record<string, string | null> = { [STATUS_KEY]: null };
  const operations: Operation[] = [];
  switch (putBack?.selection) {
    case "runtime-class":
      operations.push(
        ...backToRuntimeClass(
          { pod, current: facts.podClass, first: facts.targetClass, added: putBack.added ?? [] },
          putBack.from,
        ),
      );
      break;
    case "config-path":
      annotations[CONFIG_PATH_KEY] = null;
      break;
    case "hypervisor-annotations":
      annotations[SHARED_FS_KEY] = null;
      if (!putBack.ownHugepages && annotationOf(pod, ENABLE_HUGEPAGES_KEY) === HUGE_PAGES_OFF) {
        annotations[ENABLE_HUGEPAGES_KEY] = null;
      }
      break;
    case undefined:
      break;
    default:
      putBack?.selection satisfies undefined;
  }
  if (policy.status.annotateSkipped) {
    const reasons = [...new Set(blocking)].join(",");
    // Where there is no room for them, audit annotations and warnings have them; an old list says what is not so.
    annotations[SKIPPED_KEY] = annotationsFit(pod, { ...annotations, [SKIPPED_KEY]: reasons }) ? reasons : null;
  }
  return [...operations, ...annotate(pod, annotations)];
}

/** The variant that the decision chose. */
function variantNamed(facts: Facts, name: string): RuntimeClassFacts | null {
  const resolved = resolveVariant(facts);
  return resolved.kind === "one" && resolved.variant.name === name ? resolved.variant : null;
}

/** Of the annotations that most patches have. */
const PATHS: Readonly<Record<string, string>> = {
  [STATUS_KEY]: annotationPath(STATUS_KEY),
  [SKIPPED_KEY]: annotationPath(SKIPPED_KEY),
};

/** Sets (text) or removes (null) annotations of ours; one that is so already needs no operation. */
function annotate(pod: Pod, wanted: Readonly<Record<string, string | null>>): Operation[] {
  const operations: Operation[] = [];
  for (const key of Object.keys(wanted)) {
    const value = wanted[key] as string | null;
    const current = annotationOf(pod, key);
    if (current === value) continue;
    const path = PATHS[key] ?? annotationPath(key);
    if (value === null) operations.push({ op: "remove", path });
    else operations.push({ op: current === null ? "add" : "replace", path, value });
  }
  if (operations.length === 0 || pod.metadata?.annotations != null) return operations;
  const parents: Operation[] = [{ op: "add", path: "/metadata/annotations", value: {} }];
  if (pod.metadata == null) parents.unshift({ op: "add", path: "/metadata", value: {} });
  return [...parents, ...operations];
}

/** An operation that does not apply is a 500 for the user, whatever failurePolicy says: so it is never sent. */
function assertApplies(operations: readonly Operation[], pod: Pod): void {
  const made: string[] = [];
  for (const { op, path } of operations) {
    const at = path.lastIndexOf("/");
    const parent = path.slice(0, at);
    const container = made.includes(parent) ? {} : resolve(pod, parent);
    if (container === null || (op !== "add" && !Object.hasOwn(container, unescapePointer(path.slice(at + 1))))) {
      throw new Error(`operation ${op} ${path} would not apply`);
    }
    if (op === "add") made.push(path);
  }
}

function unescapePointer(token: string): string {
  return token.includes("~") ? token.replaceAll("~1", "/").replaceAll("~0", "~") : token;
}

function resolve(pod: Pod, pointer: string): object | null {
  let at: unknown = pod;
  let end = 0;
  while (end < pointer.length) {
    const from = end + 1;
    end = pointer.indexOf("/", from);
    if (end === -1) end = pointer.length;
    const token = pointer.slice(from, end);
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, token)) return null;
    at = (at as Readonly<Record<string, unknown>>)[token];
  }
  return typeof at === "object" ? at : null;
}
