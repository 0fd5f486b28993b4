// A case's pod.yaml → the review that the API server would send, and the pod in it.
import { createHash } from "node:crypto";
import type { Mode, RequestFacts } from "../../src/engine/facts.ts";
import type { CaseCluster } from "./case-cluster.ts";
import type { CorpusCase } from "./corpus-case.ts";

type Json = Readonly<Record<string, unknown>>;

/** Kinds with a pod template, and where it stands. */
const TEMPLATES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["PodTemplate", ["template"]],
  ["Deployment", ["spec", "template"]],
  ["StatefulSet", ["spec", "template"]],
  ["DaemonSet", ["spec", "template"]],
  ["CronJob", ["spec", "jobTemplate", "spec", "template"]],
]);

/** Is it a workload with a template? Its pods are made by controllers; only explain reads it as it is. */
export function isTemplate({ manifest }: CorpusCase): boolean {
  return TEMPLATES.has(manifest["kind"]);
}

/** The object that is patched: the pod, the template, or the review's object. */
export function podOf({ manifest }: CorpusCase): unknown {
  if (manifest["kind"] === "AdmissionReview") return (manifest["request"] as Json)["object"];
  return (TEMPLATES.get(manifest["kind"]) ?? []).reduce<unknown>((at, key) => (at as Json)[key], manifest);
}

/**
 * The review of `object`, by default the case's own: as the case has it, or made around the pod as kube-apiserver 1.37
 * makes it (recorded: test/cases/README.md).
 */
export function reviewOf(each: CorpusCase, object: unknown = podOf(each)): Json {
  const { manifest, settings, id } = each;
  if (manifest["kind"] === "AdmissionReview") {
    return { ...manifest, request: { ...(manifest["request"] as Json), object } };
  }
  const metadata = (manifest["metadata"] ?? {}) as { readonly name?: string; readonly namespace?: string };
  const kind = { group: "", version: "v1", kind: "Pod" };
  const resource = { group: "", version: "v1", resource: "pods" };
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: uidOf(id),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      // A pod that a controller makes has no name yet.
      ...(metadata.name === undefined ? {} : { name: metadata.name }),
      namespace: metadata.namespace ?? settings.namespace,
      operation: "CREATE",
      userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  };
}

/** What the engine sees of the request. */
export function requestOf(each: CorpusCase): RequestFacts & { readonly namespace: string } {
  const request = reviewOf(each)["request"] as Json;
  const { group, version, kind } = request["kind"] as Record<"group" | "version" | "kind", string>;
  return {
    group,
    version,
    kind,
    subResource: (request["subResource"] as string | undefined) ?? "",
    operation: request["operation"] as string,
    namespace: request["namespace"] as string,
  };
}

/** The mode of the webhook configuration whose selector finds the namespace; null: none does. */
export function modeOf(each: CorpusCase, { modeOf: labelOf, reader }: CaseCluster): Mode | null {
  const { namespace } = requestOf(each);
  const unlabelled = reader.namespaceLabels(namespace) === null ? "enforce" : null;
  return each.settings.mode ?? labelOf(namespace) ?? unlabelled;
}

/** A uid that is the same in every run. */
function uidOf(id: string): string {
  const hex = createHash("sha256").update(id).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
