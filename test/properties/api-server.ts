// What kube-apiserver does around the webhook: applies a patch, and runs its RuntimeClass plugin before and after.
// Source: executed against 1.37.2, and k8s.io/kubernetes plugin/pkg/admission/runtimeclass/admission.go.
import jsonPatch from "fast-json-patch";
import type { RuntimeClassFacts } from "../../src/engine/facts.ts";
import type { Operation } from "../../src/engine/patch.ts";
import type { Pod, Toleration } from "../../src/engine/pod.ts";

type Json = Record<string, unknown>;

/** The pod with the operations applied, each checked first: its parent is there, and so is what it replaces or removes. */
export function applyStrictly<T>(pod: T, operations: readonly Operation[]): T {
  let document: T = structuredClone(pod);
  for (const operation of operations) {
    const tokens = operation.path.split("/").map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = tokens.pop();
    if (tokens.shift() !== "" || last === undefined) throw new Error(`${operation.path} is no pointer to a member`);
    let parent: unknown = document;
    for (const token of tokens) parent = memberOf(parent, token, operation);
    if (operation.op === "add") {
      // RFC 6902: "-" is the end of a list.
      if (typeof parent !== "object" || parent === null || Array.isArray(parent) !== (last === "-")) {
        throw missing(operation);
      }
    } else memberOf(parent, last, operation);
    document = jsonPatch.applyPatch(document, [operation], true).newDocument;
  }
  return document;
}

function memberOf(parent: unknown, key: string, operation: Operation): unknown {
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, key)) throw missing(operation);
  return (parent as Json)[key];
}

function missing({ op, path }: Operation): Error {
  return new Error(`${op} ${path}: it does not apply`);
}

export type Admitted =
  | { readonly kind: "pod"; readonly pod: Pod }
  | { readonly kind: "forbidden"; readonly message: string };

/** The RuntimeClass plugin: fills in the class's overhead and scheduling, and refuses what contradicts them. */
export function runtimeClassPlugin(pod: Pod, classes: readonly RuntimeClassFacts[]): Admitted {
  const name = pod.spec?.runtimeClassName;
  if (!name) return { kind: "pod", pod };
  const runtimeClass = classes.find((each) => each.name === name);
  if (runtimeClass === undefined) return forbidden(`RuntimeClass "${name}" not found`);
  const spec = structuredClone(pod.spec) as Json;
  const own = pod.spec?.overhead ?? null;
  const { overhead } = runtimeClass;
  // As it is stored: an empty one is none.
  if (own === null || Object.keys(own).length === 0) delete spec["overhead"];
  if (overhead !== null) {
    if (own !== null && Object.keys(own).length > 0 && !sameRecord(own, overhead)) {
      return forbidden("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    spec["overhead"] = { ...overhead };
  } else if (own !== null && Object.keys(own).length > 0) {
    return forbidden("Pod Overhead set without corresponding RuntimeClass defined Overhead");
  }
  const selector = { ...pod.spec?.nodeSelector };
  for (const [key, value] of Object.entries(runtimeClass.nodeSelector)) {
    if (Object.hasOwn(selector, key) && selector[key] !== value) {
      return forbidden(`conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}`);
    }
    selector[key] = value;
  }
  if (Object.keys(selector).length > 0) spec["nodeSelector"] = selector;
  const tolerations = mergedTolerations([...(pod.spec?.tolerations ?? []), ...runtimeClass.tolerations]);
  if (tolerations.length > 0) spec["tolerations"] = tolerations;
  return { kind: "pod", pod: { ...pod, spec } };
}

/** All of them but those that an earlier one, or a later one that is wider, makes needless. */
export function mergedTolerations(all: readonly Toleration[]): readonly Toleration[] {
  const merged: Toleration[] = [];
  for (const [index, each] of all.entries()) {
    const text = tolerationText(each);
    const isNeedless =
      merged.some((other) => covers(other, each)) ||
      all.slice(index + 1).some((other) => tolerationText(other) !== text && covers(other, each));
    if (!isNeedless) merged.push(each);
  }
  return merged;
}

/** Of the tolerations that are generated here: none has an effect or a time. */
export function covers(wide: Toleration, narrow: Toleration): boolean {
  if (tolerationText(wide) === tolerationText(narrow)) return true;
  if (wide.operator === "Exists") return !wide.key || wide.key === narrow.key;
  return wide.key === narrow.key && narrow.operator === "Equal" && (wide.value ?? "") === (narrow.value ?? "");
}

function tolerationText({ key, operator, value }: Toleration): string {
  return JSON.stringify([key ?? "", operator ?? "", value ?? ""]);
}

/** What is left of the plugin after the second round: the overhead is compared, and nothing is filled in. */
export function runtimeClassValidation(pod: Pod, classes: readonly RuntimeClassFacts[]): Admitted {
  const wanted = classes.find((each) => each.name === pod.spec?.runtimeClassName)?.overhead ?? {};
  const own = pod.spec?.overhead ?? {};
  return sameRecord(own, wanted) ? { kind: "pod", pod } : forbidden("the overhead is not the RuntimeClass's");
}

function forbidden(message: string): Admitted {
  return { kind: "forbidden", message: `pod rejected: ${message}` };
}

function sameRecord(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
