// A StatefulSet's volumeClaimTemplates: claims that do not exist yet, with the volumes that its controller adds.
import type { ObjectShape } from "../engine/object-shape.ts";
import type { ClusterReader } from "../cluster/reader.ts";
import { known, type VolumeMode } from "../engine/facts.ts";
import type { Pod } from "../engine/pod.ts";

export interface ClaimTemplate {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly volumeMode?: VolumeMode | null } | null;
}

export const claimTemplateShape: ObjectShape = {
  list: {
    required: ["metadata"],
    fields: {
      metadata: { required: ["name"], fields: { name: "string" } },
      spec: { fields: { volumeMode: { oneOf: ["Filesystem", "Block"] } } },
    },
  },
};

export interface PodWithClaims {
  readonly pod: Pod;
  readonly claims: ReadonlyMap<string, VolumeMode>;
  /** Volumes from this index on are the claims', in the order of volumeClaimTemplates. */
  readonly claimVolumesFrom: number;
}

/**
 * The set's first pod: a volume for each claim, which takes the place of the template's volume of that name
 * (k8s.io/kubernetes pkg/controller/statefulset updateStorage). They come last, where the controller puts them first,
 * so that the index of each volume in a finding is the one in the file.
 */
export function withClaims(pod: Pod, setName: string, templates: readonly ClaimTemplate[]): PodWithClaims {
  if (templates.length === 0) return { pod, claims: new Map(), claimVolumesFrom: Infinity };
  const claimNames = new Map(templates.map(({ metadata: { name } }) => [name, `${name}-${setName}-0`]));
  const own = (pod.spec?.volumes ?? []).filter(({ name }) => !claimNames.has(name));
  const volumes = [
    ...own,
    ...[...claimNames].map(([name, claimName]) => ({ name, persistentVolumeClaim: { claimName } })),
  ];
  return {
    pod: { ...pod, spec: { ...pod.spec, volumes } },
    claimVolumesFrom: own.length,
    claims: new Map(
      templates.map(({ metadata, spec }) => [claimNames.get(metadata.name) ?? "", spec?.volumeMode ?? "Filesystem"]),
    ),
  };
}

/** The reader, which also knows the claims that the workload itself makes. */
export function readerWithClaims(reader: ClusterReader, claims: ReadonlyMap<string, VolumeMode>): ClusterReader {
  if (claims.size === 0) return reader;
  return {
    runtimeClass: (name) => reader.runtimeClass(name),
    variantsOf: (target) => reader.variantsOf(target),
    nodes: (placement) => reader.nodes(placement),
    namespaceLabels: (name) => reader.namespaceLabels(name),
    claimMode: async (namespace, name, budgetMs) => {
      const mode = claims.get(name);
      return mode === undefined ? reader.claimMode(namespace, name, budgetMs) : known(mode);
    },
  };
}
