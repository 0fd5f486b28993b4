// Pods as people and controllers write them: every volume source, mounts in every kind of container, annotations of
// Kata's, ours and anybody's, null and absent fields.
import fc, { type Arbitrary } from "fast-check";
import type { Pod } from "../../src/engine/pod.ts";
import { annotations, PRIVATE_FILE } from "./annotation-arbitrary.ts";
import { plainVolume, type Volumes, wildVolume } from "./volume-arbitrary.ts";

export { PRIVATE_FILE };

/** What a tenant may choose freely; names that a careless program trips over are among it. */
export const TENANT_TEXT: Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "data",
  "toString",
  "constructor",
  "a~/b",
  "0",
  "",
  "ä",
);

/** Absent in half of the cases, and null in some. */
function maybe<T>(value: Arbitrary<T>): Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 4, arbitrary: value },
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

const CLASS_NAMES = fc.oneof(
  { weight: 12, arbitrary: fc.constant("kata-clh") },
  { weight: 2, arbitrary: fc.constantFrom("kata-clh-thp", "kata-other") },
  { weight: 1, arbitrary: fc.constantFrom("runc", "", null, undefined) },
);

function resources(text: Arbitrary<string>, isPlain: boolean): Arbitrary<object> {
  const ordinary = fc.record(
    { cpu: fc.constantFrom("100m", 1), memory: fc.constantFrom("64Mi", "1Gi", "odd") },
    { requiredKeys: [] },
  );
  if (isPlain) return fc.record({ limits: ordinary, requests: ordinary }, { requiredKeys: [] });
  const special = fc.dictionary(
    fc.oneof(
      fc.constantFrom("hugepages-2Mi", "nvidia.com/gpu", "example.com/port", "kubernetes.io/x"),
      text.map((each) => `example.com/${each}`),
      text.map((each) => `hugepages-${each}`),
    ),
    fc.constantFrom("0", "1", 0, 2, "odd"),
    { maxKeys: 2, noNullPrototype: true },
  );
  const list = fc.oneof(
    ordinary,
    special,
    fc.tuple(ordinary, special).map(([a, b]) => ({ ...a, ...b })),
    fc.constant(null),
  );
  return fc.record(
    { limits: list, requests: list, claims: fc.constantFrom(null, [], [{ name: "gpu" }]) },
    { requiredKeys: [] },
  );
}

function owners(text: Arbitrary<string>): Arbitrary<unknown> {
  const owner = fc.record(
    {
      kind: fc.constantFrom("ReplicaSet", "Job", "DaemonSet"),
      name: text,
      controller: fc.constantFrom(true, false, null),
    },
    { requiredKeys: [] },
  );
  const controller = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-5d4f", controller: true };
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant([controller]) },
    { weight: 1, arbitrary: maybe(fc.array(owner, { maxLength: 2 })) },
  );
}

function metadata(text: Arbitrary<string>, isPlain: boolean): Arbitrary<unknown> {
  const labels = fc.dictionary(fc.oneof(text, fc.constantFrom("app", "pod-template-hash")), text, {
    maxKeys: 3,
    noNullPrototype: true,
  });
  const optedOut = labels.map((each) => ({ ...each, "kata-thp.dev/mode": "disabled" }));
  const fields = fc.record(
    {
      name: maybe(text),
      generateName: maybe(fc.constant("web-")),
      namespace: maybe(fc.constantFrom("team", "other")),
      labels: maybe(isPlain ? labels : fc.oneof({ weight: 6, arbitrary: labels }, { weight: 1, arbitrary: optedOut })),
      annotations: maybe(annotations(text, isPlain)),
      ownerReferences: owners(text),
      uid: fc.constant(9007199254740992),
    },
    { requiredKeys: ["ownerReferences"] },
  );
  return isPlain
    ? fields
    : fc.oneof({ weight: 12, arbitrary: fields }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
}

const REQUIREMENT = fc.record({
  key: fc.constantFrom("zone", "kata", "metadata.name"),
  operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "Gt"),
  values: fc.constantFrom(["a"], ["n1"], [], null),
});

const AFFINITY = fc
  .array(
    fc.record(
      {
        matchExpressions: fc.array(REQUIREMENT, { maxLength: 2 }),
        matchFields: fc.array(REQUIREMENT, { maxLength: 1 }),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  )
  .map((nodeSelectorTerms) => ({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  }));

function placement(text: Arbitrary<string>, isPlain: boolean): Arbitrary<object> {
  if (isPlain)
    return fc.record({
      nodeSelector: maybe(fc.constantFrom({}, { kata: "true" })),
      tolerations: maybe(fc.constant([])),
    });
  return fc.record(
    {
      nodeSelector: maybe(
        fc.dictionary(fc.oneof(text, fc.constantFrom("kata", "zone")), fc.constantFrom("true", "a", "thp"), {
          maxKeys: 2,
          noNullPrototype: true,
        }),
      ),
      tolerations: maybe(
        fc.array(
          fc.record(
            { key: fc.constantFrom("kata", "k"), operator: fc.constantFrom("Exists", "Equal", null) },
            { requiredKeys: [] },
          ),
          { maxLength: 2 },
        ),
      ),
      nodeName: maybe(fc.constantFrom("", "n1", "gone")),
      affinity: maybe(AFFINITY),
    },
    { requiredKeys: [] },
  );
}

function overheads(isPlain: boolean): Arbitrary<unknown> {
  const usual = fc.constantFrom(undefined, { cpu: "250m", memory: "130Mi" });
  return isPlain
    ? usual
    : fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(null, {}, { cpu: "1" }) });
}

/** Containers of all kinds; each volume's mounts are dealt out among them. */
function containers(text: Arbitrary<string>, isPlain: boolean, { volumes, mounts }: Volumes): Arbitrary<object> {
  const lists = ["containers", "initContainers", "ephemeralContainers"] as const;
  return fc
    .tuple(
      fc.array(
        fc.record({ list: fc.constantFrom(...lists), resources: maybe(resources(text, isPlain)), name: maybe(text) }),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(fc.nat(2), { minLength: mounts.length, maxLength: mounts.length }),
    )
    .map(([made, places]) => {
      const spec: Record<string, unknown> = { volumes };
      for (const [index, { list, ...container }] of made.entries()) {
        const own = mounts.filter((_, mount) => (places[mount] ?? 0) % made.length === index);
        const filled = {
          ...container,
          image: "busybox",
          volumeMounts: own.flatMap(({ isDevice, ...mount }) => (isDevice ? [] : [mount])),
          volumeDevices: own.flatMap(({ isDevice, name }) => (isDevice ? [{ name }] : [])),
        };
        spec[list] = [...((spec[list] as unknown[] | undefined) ?? []), filled];
      }
      return spec;
    });
}

function podOf(text: Arbitrary<string>, isPlain: boolean): Arbitrary<Pod> {
  const volumes = isPlain ? plainVolume(text) : wildVolume(text);
  const spec = volumes
    .chain((given) => containers(text, isPlain, given))
    .chain((given) =>
      fc
        .record({
          runtimeClassName: isPlain ? fc.constant("kata-clh") : CLASS_NAMES,
          overhead: overheads(isPlain),
          placement: placement(text, isPlain),
          resources: isPlain ? fc.constant(undefined) : maybe(resources(text, isPlain)),
          resourceClaims: isPlain
            ? fc.constant(undefined)
            : fc.constantFrom(undefined, undefined, null, [], [{ name: "gpu" }]),
          activeDeadlineSeconds: fc.constant(3600),
        })
        .map(({ placement: placed, ...rest }) => ({ ...given, ...placed, ...rest })),
    );
  const anySpec = isPlain
    ? spec
    : fc.oneof({ weight: 20, arbitrary: spec }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
  return (
    fc
      .record({
        apiVersion: fc.constant("v1"),
        kind: fc.constant("Pod"),
        metadata: metadata(text, isPlain),
        spec: anySpec,
      })
      // As it comes off the wire: without undefined, with ordinary prototypes.
      .map((pod) => JSON.parse(JSON.stringify(pod)) as Pod)
  );
}

/** Pods that can be patched where the cluster and the policy let them be. */
export const PLAIN_PODS: Arbitrary<Pod> = podOf(TENANT_TEXT, true);

/** Pods that mostly can be patched, and pods of any kind. `text` is what a tenant would choose. */
export function pods(text: Arbitrary<string> = TENANT_TEXT): Arbitrary<Pod> {
  return fc.oneof({ weight: 3, arbitrary: podOf(text, true) }, { weight: 2, arbitrary: podOf(text, false) });
}
