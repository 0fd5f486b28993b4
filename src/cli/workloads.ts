// An object that makes pods → the pod as the webhook would see it.
import { type FieldPath, parseFieldPath } from "../engine/object-path.ts";
import type { Manifest, ManifestSource } from "../cluster/manifest.ts";
import { type ObjectShape, shapeMismatch } from "../engine/object-shape.ts";
import type { VolumeMode } from "../engine/facts.ts";
import { parsePod } from "../engine/parse-pod.ts";
import type { ObjectMeta, OwnerReference, Pod, Toleration } from "../engine/pod.ts";
import { type ClaimTemplate, claimTemplateShape, withClaims } from "./claim-templates.ts";

export interface Workload {
  readonly source: ManifestSource;
  readonly kind: string;
  readonly namespace: string;
  /** metadata.name, or generateName, or "". */
  readonly name: string;
  readonly pod: Pod;
  /** Where the pod's own fields stand in the object: [] for a Pod, ["spec", "template"] for a Deployment. */
  readonly podField: FieldPath;
  /** Volume modes of the claims that a StatefulSet makes, by claim name; their volumes are the pod's from that index on. */
  readonly claims: ReadonlyMap<string, VolumeMode>;
  readonly claimVolumesFrom: number;
}

export type ReadWorkload =
  | { readonly kind: "workload"; readonly workload: Workload }
  | { readonly kind: "other" }
  /** One sentence that begins with the place. */
  | { readonly kind: "invalid"; readonly error: string };

interface WorkloadKind {
  readonly groups: readonly string[];
  /** Where the pod template stands; null for a Pod. */
  readonly template: FieldPath | null;
  /** What the pod's owner reference says; null where nothing makes the pods. */
  readonly owner: ((name: string) => OwnerReference) | null;
}

const itself =
  (apiVersion: string, kind: string) =>
  (name: string): OwnerReference => ({ apiVersion, kind, name, controller: true });

const APPS = ["apps", "extensions"];
const IN_SPEC = ["spec", "template"];

const WORKLOAD_KINDS: ReadonlyMap<string, WorkloadKind> = new Map<string, WorkloadKind>([
  ["Pod", { groups: [""], template: null, owner: null }],
  ["PodTemplate", { groups: [""], template: ["template"], owner: null }],
  ["ReplicationController", { groups: [""], template: IN_SPEC, owner: itself("v1", "ReplicationController") }],
  // The ReplicaSet's name is the Deployment's with the hash of the template, which the rollout leaves out.
  ["Deployment", { groups: APPS, template: IN_SPEC, owner: itself("apps/v1", "ReplicaSet") }],
  ["ReplicaSet", { groups: APPS, template: IN_SPEC, owner: itself("apps/v1", "ReplicaSet") }],
  ["StatefulSet", { groups: APPS, template: IN_SPEC, owner: itself("apps/v1", "StatefulSet") }],
  ["DaemonSet", { groups: APPS, template: IN_SPEC, owner: itself("apps/v1", "DaemonSet") }],
  ["Job", { groups: ["batch"], template: IN_SPEC, owner: itself("batch/v1", "Job") }],
  [
    "CronJob",
    {
      groups: ["batch"],
      template: ["spec", "jobTemplate", "spec", "template"],
      // Its Jobs' names end in a time of 8 digits or more, which the rollout leaves out; so one is put here, lest
      // a CronJob whose own name ends in digits lose them.
      owner: (name) => itself("batch/v1", "Job")(`${name}-00000000`),
    },
  ],
]);

/** The kinds that explain understands, for a sentence. */
export const WORKLOAD_KIND_NAMES: readonly string[] = [...WORKLOAD_KINDS.keys()];

/** Tolerations of every DaemonSet's pod (k8s.io/kubernetes pkg/controller/daemon/util AddOrUpdateDaemonPodTolerations). */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  ...["not-ready", "unreachable"].map((key) => ({ key, effect: "NoExecute" })),
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map((key) => ({
    key,
    effect: "NoSchedule",
  })),
].map(({ key, effect }) => ({ key: `node.kubernetes.io/${key}`, operator: "Exists", effect }));

interface WorkloadObject {
  readonly metadata?: ObjectMeta | null;
  readonly spec?: { readonly volumeClaimTemplates?: readonly ClaimTemplate[] | null } | null;
}

/** Reads one object. `defaultNamespace` is for an object that names none. */
export async function readWorkload(manifest: Manifest, defaultNamespace: string): Promise<ReadWorkload> {
  const { kind, apiVersion, value, source } = manifest;
  const about = WORKLOAD_KINDS.get(kind);
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  if (about === undefined || !about.groups.includes(group)) return { kind: "other" };

  const podField = about.template ?? [];
  for (const shape of shapesOf(kind, podField)) {
    const mismatch = shapeMismatch(value, shape);
    if (mismatch === null) continue;
    return { kind: "invalid", error: await manifest.misfit(mismatch.path, mismatch.expected) };
  }
  const parsed = parsePod(podField.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value));
  if (parsed.kind === "malformed") {
    const path = [...podField, ...parseFieldPath(parsed.path)];
    return { kind: "invalid", error: await manifest.misfit(path, parsed.expected) };
  }

  const { metadata, spec } = value as WorkloadObject;
  const namespace = metadata?.namespace || defaultNamespace;
  const name = metadata?.name || metadata?.generateName || "";
  const made =
    about.template === null ? inNamespace(parsed.pod, namespace) : fromTemplate(parsed.pod, about, name, namespace);
  const templates = kind === "StatefulSet" ? (spec?.volumeClaimTemplates ?? []) : [];
  const { pod, claims, claimVolumesFrom } = withClaims(
    kind === "DaemonSet" ? withDaemonTolerations(made) : made,
    name,
    templates,
  );
  return { kind: "workload", workload: { source, kind, namespace, name, pod, podField, claims, claimVolumesFrom } };
}

const NAMES_SHAPE: ObjectShape = {
  fields: { metadata: { fields: { name: "string", generateName: "string", namespace: "string" } } },
};
const CLAIMS_SHAPE: ObjectShape = { fields: { spec: { fields: { volumeClaimTemplates: claimTemplateShape } } } };

/** The fields around the pod; parsePod looks at the pod itself. */
function shapesOf(kind: string, podField: FieldPath): readonly ObjectShape[] {
  const around = podField.reduceRight<ObjectShape>(
    (inner, key) => ({ required: [String(key)], fields: { [key]: inner } }),
    { fields: {} },
  );
  return [NAMES_SHAPE, around, ...(kind === "StatefulSet" ? [CLAIMS_SHAPE] : [])];
}

function inNamespace(pod: Pod, namespace: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, namespace } };
}

/** Of a template's metadata only labels and annotations reach the pod (pkg/controller GetPodFromTemplate). */
function fromTemplate({ metadata, spec }: Pod, { owner }: WorkloadKind, name: string, namespace: string): Pod {
  const { labels, annotations } = metadata ?? {};
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...(labels == null ? {} : { labels }),
      ...(annotations == null ? {} : { annotations }),
      ...(owner === null ? {} : { ownerReferences: [owner(name)] }),
    },
    ...(spec == null ? {} : { spec }),
  };
}

function withDaemonTolerations(pod: Pod): Pod {
  return { ...pod, spec: { ...pod.spec, tolerations: [...(pod.spec?.tolerations ?? []), ...DAEMON_TOLERATIONS] } };
}
