// Pods as people and controllers write them: every volume source, mounts in every kind of container, annotations of
// Kata's, ours and anybody's, null and absent fields.
import fc, { type Arbitrary } from "fast-check";
import type { Pod } from "../../src/engine/pod.ts";
import { annotations } from "./annotation-arbitrary.ts";
import { containers, resources } from "./container-arbitrary.ts";
import { overheads, placement } from "./placement-arbitrary.ts";
import { maybe, TENANT_TEXT } from "./tenant-text.ts";
import { plainVolume, wildVolume } from "./volume-arbitrary.ts";

const CLASS_NAMES = fc.oneof(
  { weight: 12, arbitrary: fc.constant("kata-clh") },
  { weight: 2, arbitrary: fc.constantFrom("kata-clh-thp", "kata-other") },
  { weight: 1, arbitrary: fc.constantFrom("runc", "", null, undefined) },
);

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
    },
    { requiredKeys: ["ownerReferences"] },
  );
  return isPlain
    ? fields
    : fc.oneof({ weight: 12, arbitrary: fields }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
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
