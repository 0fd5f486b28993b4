// Clusters: RuntimeClasses, nodes with their reports, claims; and what a reader knows of them.
import fc, { type Arbitrary } from "fast-check";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import {
  type HandlerReport,
  type Known,
  known,
  type NodeReport,
  type RuntimeClassFacts,
  unknown,
  type UnknownCause,
  type VolumeMode,
} from "../../src/engine/facts.ts";
import { type PlaceableNode, reachOf } from "../../src/engine/placement.ts";

export interface ClusterNode extends PlaceableNode {
  readonly runtimeHandlers: readonly string[] | null;
  readonly report: NodeReport | null;
}

export interface Cluster {
  readonly classes: readonly RuntimeClassFacts[];
  /** Why RuntimeClasses are not known; null: they are. */
  readonly classesUnknown: UnknownCause | null;
  /** null: there is none. */
  readonly nodes: readonly ClusterNode[] | null;
  readonly claims: Readonly<Record<string, Known<VolumeMode>>>;
}

/** The reader of this cluster; it answers as the snapshot's does. */
export function readerOf({ classes, classesUnknown, nodes, claims }: Cluster): ClusterReader {
  return {
    runtimeClass: (name) => {
      if (classesUnknown !== null) return unknown(classesUnknown);
      const found = classes.find((each) => each.name === name);
      return found === undefined ? unknown("not found") : known(found);
    },
    variantsOf: (target) =>
      classesUnknown === null
        ? known(classes.filter(({ name, variantOf }) => variantOf === target && name !== target))
        : unknown(classesUnknown),
    nodes: (placement) =>
      nodes === null
        ? unknown("not found")
        : known(
            nodes
              .map((node) => ({ node, reach: reachOf(node, placement) }))
              .filter(({ reach }) => reach !== "never")
              .map(({ node: { runtimeHandlers, report }, reach }) => {
                return { nodes: 1, runtimeHandlers, report, isLater: reach === "later" };
              }),
          ),
    claimMode: (_, name) =>
      Promise.resolve((Object.hasOwn(claims, name) ? claims[name] : undefined) ?? unknown("not found")),
    namespaceLabels: () => null,
  };
}

const OVERHEADS = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ cpu: "250m", memory: "130Mi" }) },
  { weight: 1, arbitrary: fc.constantFrom(null, { cpu: "1" }, {}) },
);
const SELECTORS = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom({}, { kata: "true" }) },
  { weight: 1, arbitrary: fc.constantFrom({ kata: "thp" }, { zone: "a" }) },
);
const VERSIONS = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom("3.11.0", "3.32.0", "4.0.0", "4.1.0") },
);

function classOf(name: string, variantOf: Arbitrary<string | null>): Arbitrary<RuntimeClassFacts> {
  return fc.record({
    name: fc.constant(name),
    handler: fc.constant(name),
    variantOf,
    kataVersion: VERSIONS,
    overhead: OVERHEADS,
    nodeSelector: SELECTORS,
    tolerations: fc.constantFrom([], [{ key: "kata", operator: "Exists" }], [{ key: "thp" }, { operator: "Exists" }]),
  });
}

/** kata-clh and mostly one variant; sometimes none, two, or a chain of them. */
const CLASSES: Arbitrary<readonly RuntimeClassFacts[]> = fc
  .tuple(
    classOf(
      "kata-clh",
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom("kata-other", "kata-clh") },
      ),
    ),
    classOf(
      "kata-clh-thp",
      fc.oneof(
        { weight: 6, arbitrary: fc.constant("kata-clh") },
        { weight: 1, arbitrary: fc.constantFrom(null, "kata-other") },
      ),
    ),
    classOf(
      "kata-other",
      fc.oneof(
        { weight: 9, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom("kata-clh-thp", "kata-clh") },
      ),
    ),
    fc.oneof({ weight: 6, arbitrary: fc.constant(3) }, { weight: 1, arbitrary: fc.constantFrom(1, 2) }),
  )
  .map(([target, variant, other, count]) => [target, variant, other].slice(0, count));

const SAID: Arbitrary<HandlerReport> = fc.constantFrom(
  {},
  { version: "3.32.0", runtime: "go" },
  {
    version: "4.1.0",
    runtime: "go",
    sharedFs: "none",
    hugepages: false,
    rootfs: "erofs",
    enableAnnotations: ["enable_iommu", "kernel_params"],
  },
  { version: "4.1.0", runtime: "runtime-rs" },
  { sharedFs: "virtio-fs", rootfs: "shared" },
);

const NODE: Arbitrary<ClusterNode> = fc.record({
  name: fc.constantFrom("n1", "n2"),
  labels: fc.constantFrom({ kata: "true" }, { kata: "true", zone: "a" }, {}),
  taints: fc.constantFrom([], [], [{ key: "kata", value: "", effect: "NoSchedule" }]),
  unschedulable: fc.constantFrom(false, false, false, true),
  ready: fc.constantFrom(true, true, true, false),
  runtimeHandlers: fc.constantFrom(null, null, ["", "kata-clh", "kata-clh-thp"], ["kata-clh"]),
  report: fc.option(
    fc.record({
      ageSeconds: fc.constantFrom(60, 60, 60, 90_000),
      handlers: fc.record({ "kata-clh": SAID, "kata-clh-thp": SAID }, { requiredKeys: [], noNullPrototype: true }),
      thp: fc.constantFrom({ enabled: "madvise" }, { enabled: "always" }, { enabled: "never" }, {}),
    }),
    { nil: null },
  ),
});

const CLAIM: Arbitrary<Known<VolumeMode>> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Known<VolumeMode>>(known("Block")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Known<VolumeMode>>(known("Filesystem"), unknown("forbidden"), unknown("timeout")),
  },
);

export const CLUSTERS: Arbitrary<Cluster> = fc.record({
  classes: CLASSES,
  classesUnknown: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<UnknownCause>("not synced", "forbidden", "stale") },
  ),
  nodes: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.array(NODE, { maxLength: 3 }) },
  ),
  claims: fc.record(
    { data: fc.constant<Known<VolumeMode>>(known("Filesystem")), disk: CLAIM },
    { noNullPrototype: true },
  ),
});
