// The objects that a snapshot uses, by kind: what each must look like and what is kept of it.
import type { RuntimeClassFacts, VolumeMode } from "../engine/facts.ts";
import type { Manifest } from "./manifest.ts";
import { keptNode, type KeptNode, NODE_SHAPE } from "./node.ts";
import { type ObjectShape, shapeMismatch } from "../engine/object-shape.ts";
import { RUNTIME_CLASS_SHAPE, runtimeClassFacts } from "./runtime-class.ts";

/** What a snapshot's files hold, by name; claims by namespace/name. */
export interface SnapshotContents {
  readonly runtimeClasses: Map<string, RuntimeClassFacts>;
  readonly nodes: Map<string, KeptNode>;
  readonly claims: Map<string, VolumeMode>;
  readonly namespaces: Map<string, Readonly<Record<string, string>>>;
}

/** A kind that is used: `keep` takes an object that has `shape`. */
interface UsedKind {
  readonly shape: ObjectShape;
  readonly nameOf: (object: NamedObject) => string;
  readonly keep: (contents: SnapshotContents, name: string, object: NamedObject) => void;
}

interface NamedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | null;
    readonly labels?: Readonly<Record<string, string>> | null;
  };
  readonly spec?: { readonly volumeMode?: VolumeMode | null } | null;
}

const NAME = ["metadata", "name"];
const byName = ({ metadata }: NamedObject): string => metadata.name;

const USED_KINDS: ReadonlyMap<string, UsedKind> = new Map<string, UsedKind>([
  [
    "node.k8s.io/v1 RuntimeClass",
    {
      shape: RUNTIME_CLASS_SHAPE,
      nameOf: byName,
      keep: ({ runtimeClasses }, name, object) => setKnown(runtimeClasses, name, runtimeClassFacts(object)),
    },
  ],
  [
    "v1 Node",
    {
      shape: NODE_SHAPE,
      nameOf: byName,
      keep: ({ nodes }, name, object) => setKnown(nodes, name, keptNode(object)),
    },
  ],
  [
    "v1 PersistentVolumeClaim",
    {
      shape: {
        required: ["metadata"],
        fields: {
          metadata: { required: ["name"], fields: { name: "string", namespace: "string" } },
          spec: { fields: { volumeMode: { oneOf: ["Filesystem", "Block"] } } },
        },
      },
      nameOf: ({ metadata }) => claimKey(metadata.namespace || "default", metadata.name),
      // Absent means Filesystem: the API server fills it in (k8s.io/kubernetes pkg/apis/core/v1/defaults.go).
      keep: ({ claims }, name, { spec }) => void claims.set(name, spec?.volumeMode ?? "Filesystem"),
    },
  ],
  [
    "v1 Namespace",
    {
      shape: {
        required: ["metadata"],
        fields: { metadata: { required: ["name"], fields: { name: "string", labels: { values: "string" } } } },
      },
      nameOf: byName,
      keep: ({ namespaces }, name, { metadata }) => void namespaces.set(name, metadata.labels ?? {}),
    },
  ],
]);

/** Collects a snapshot's objects. */
export interface SnapshotObjects {
  readonly contents: SnapshotContents;
  /** How many objects there are of each kind that is not used. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Takes an object in; the errors say why it could not be, with file, line and field. */
  add(manifest: Manifest): Promise<readonly string[]>;
}

export function snapshotObjects(): SnapshotObjects {
  const contents: SnapshotContents = {
    runtimeClasses: new Map(),
    nodes: new Map(),
    claims: new Map(),
    namespaces: new Map(),
  };
  const ignored = new Map<string, number>();
  const taken = new Map<string, Manifest>();
  return {
    contents,
    ignored,
    async add(manifest) {
      const kind = `${manifest.apiVersion} ${manifest.kind}`;
      const used = USED_KINDS.get(kind);
      if (used === undefined) {
        ignored.set(kind, (ignored.get(kind) ?? 0) + 1);
        return [];
      }
      const mismatch = shapeMismatch(manifest.value, used.shape);
      if (mismatch !== null) return [await manifest.misfit(mismatch.path, mismatch.expected)];
      const object = manifest.value as unknown as NamedObject;
      const name = used.nameOf(object);
      const id = `${manifest.kind} ${name}`;
      const first = taken.get(id);
      if (first !== undefined) {
        const [place, firstPlace] = [await manifest.place(NAME), await first.place(NAME)];
        return [`${place}: ${id} is there twice; the first is at ${firstPlace}`];
      }
      taken.set(id, manifest);
      used.keep(contents, name, object);
      return [];
    },
  };
}

/** A claim's name across namespaces. */
export function claimKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function setKnown<T>(map: Map<string, T>, name: string, value: T | null): void {
  if (value !== null) map.set(name, value);
}
