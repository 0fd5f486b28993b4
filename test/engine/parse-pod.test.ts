import { describe, expect, it } from "vitest";
import { parsePod } from "../../src/engine/parse-pod.ts";

const LIST = "a list";
const OBJECT = "an object";
const TEXT = "a string";
const NO_NULL = "a value, not null";
const QUANTITY = "a quantity such as 128Mi";

/** `spec.volumes[0].name: a string`, or "" for a pod. */
function wrong(value: unknown): string {
  const parsed = parsePod(value);
  return parsed.kind === "pod" ? "" : `${parsed.path}: ${parsed.expected}`;
}

function inVolume(fields: object): unknown {
  return { spec: { volumes: [{ name: "a" }, { name: "b", ...fields }] } };
}

function inContainer(fields: object): unknown {
  return { spec: { containers: [{}, { name: "c", ...fields }] } };
}

function inAffinity(terms: unknown): unknown {
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: terms };
  return { spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } } };
}

const AFFINITY = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";

describe("parsePod: a wrong type names its path", () => {
  it.each<[unknown, string]>([
    [null, `: ${OBJECT}`],
    [[], `: ${OBJECT}`],
    ["pod", `: ${OBJECT}`],
    [5, `: ${OBJECT}`],
    [true, `: ${OBJECT}`],
    [{ metadata: [] }, `metadata: ${OBJECT}`],
    [{ metadata: "x" }, `metadata: ${OBJECT}`],
    [{ metadata: { name: 1 } }, `metadata.name: ${TEXT}`],
    [{ metadata: { generateName: {} } }, `metadata.generateName: ${TEXT}`],
    [{ metadata: { namespace: [] } }, `metadata.namespace: ${TEXT}`],
    [{ metadata: { labels: ["x"] } }, `metadata.labels: ${OBJECT}`],
    [{ metadata: { labels: { "a/b": 1 } } }, `metadata.labels["a/b"]: ${TEXT}`],
    [{ metadata: { annotations: { 'q"': {} } } }, `metadata.annotations["q\\""]: ${TEXT}`],
    [{ metadata: { ownerReferences: {} } }, `metadata.ownerReferences: ${LIST}`],
    [{ metadata: { ownerReferences: [null] } }, `metadata.ownerReferences[0]: ${NO_NULL}`],
    [{ metadata: { ownerReferences: [{ kind: 1 }] } }, `metadata.ownerReferences[0].kind: ${TEXT}`],
    [
      { metadata: { ownerReferences: [{}, { controller: "true" }] } },
      "metadata.ownerReferences[1].controller: true or false",
    ],
    [{ spec: 7 }, `spec: ${OBJECT}`],
    [{ spec: { runtimeClassName: false } }, `spec.runtimeClassName: ${TEXT}`],
    [{ spec: { overhead: "250m" } }, `spec.overhead: ${OBJECT}`],
    [{ spec: { overhead: { cpu: true } } }, `spec.overhead.cpu: ${QUANTITY}`],
    [{ spec: { nodeName: 1 } }, `spec.nodeName: ${TEXT}`],
    [{ spec: { nodeSelector: { a: 1 } } }, `spec.nodeSelector.a: ${TEXT}`],
    [{ spec: { tolerations: {} } }, `spec.tolerations: ${LIST}`],
    [{ spec: { tolerations: [{ effect: 1 }] } }, `spec.tolerations[0].effect: ${TEXT}`],
    [{ spec: { affinity: [] } }, `spec.affinity: ${OBJECT}`],
    [inAffinity({}), `${AFFINITY}.nodeSelectorTerms: ${LIST}`],
    [inAffinity([{ matchFields: [{}] }]), `${AFFINITY}.nodeSelectorTerms[0].matchFields[0].key: ${TEXT}`],
    [
      inAffinity([{ matchExpressions: [{ key: "a", operator: 1 }] }]),
      `${AFFINITY}.nodeSelectorTerms[0].matchExpressions[0].operator: ${TEXT}`,
    ],
    [
      inAffinity([{ matchExpressions: [{ key: "a", values: ["b", 1] }] }]),
      `${AFFINITY}.nodeSelectorTerms[0].matchExpressions[0].values[1]: ${TEXT}`,
    ],
    [{ spec: { resources: [] } }, `spec.resources: ${OBJECT}`],
    [{ spec: { resourceClaims: [1] } }, `spec.resourceClaims[0]: ${OBJECT}`],
    [{ spec: { volumes: "v" } }, `spec.volumes: ${LIST}`],
    [{ spec: { volumes: [null] } }, `spec.volumes[0]: ${NO_NULL}`],
    [{ spec: { volumes: [{}] } }, `spec.volumes[0].name: ${TEXT}`],
    [{ spec: { volumes: [{ name: null }] } }, `spec.volumes[0].name: ${TEXT}`],
    [inVolume({ hostPath: "/x" }), `spec.volumes[1].hostPath: ${OBJECT}`],
    [inVolume({ hostPath: { type: 1 } }), `spec.volumes[1].hostPath.type: ${TEXT}`],
    [inVolume({ hostPath: { path: [] } }), `spec.volumes[1].hostPath.path: ${TEXT}`],
    [inVolume({ emptyDir: { medium: 1 } }), `spec.volumes[1].emptyDir.medium: ${TEXT}`],
    [inVolume({ emptyDir: { sizeLimit: {} } }), `spec.volumes[1].emptyDir.sizeLimit: ${QUANTITY}`],
    [inVolume({ persistentVolumeClaim: { claimName: 1 } }), `spec.volumes[1].persistentVolumeClaim.claimName: ${TEXT}`],
    [
      inVolume({ ephemeral: { volumeClaimTemplate: { spec: { volumeMode: 1 } } } }),
      `spec.volumes[1].ephemeral.volumeClaimTemplate.spec.volumeMode: ${TEXT}`,
    ],
    [inVolume({ configMap: { items: {} } }), `spec.volumes[1].configMap.items: ${LIST}`],
    [inVolume({ secret: { items: [{ path: 1 }] } }), `spec.volumes[1].secret.items[0].path: ${TEXT}`],
    [inVolume({ downwardAPI: { items: [null] } }), `spec.volumes[1].downwardAPI.items[0]: ${NO_NULL}`],
    [inVolume({ projected: { sources: {} } }), `spec.volumes[1].projected.sources: ${LIST}`],
    [
      inVolume({ projected: { sources: [{ serviceAccountToken: { path: 1 } }] } }),
      `spec.volumes[1].projected.sources[0].serviceAccountToken.path: ${TEXT}`,
    ],
    [
      inVolume({ projected: { sources: [{}, { clusterTrustBundle: { path: 1 } }] } }),
      `spec.volumes[1].projected.sources[1].clusterTrustBundle.path: ${TEXT}`,
    ],
    [
      inVolume({ projected: { sources: [{ configMap: { items: [{ key: 1 }] } }] } }),
      `spec.volumes[1].projected.sources[0].configMap.items[0].key: ${TEXT}`,
    ],
    [{ spec: { containers: {} } }, `spec.containers: ${LIST}`],
    [{ spec: { initContainers: ["x"] } }, `spec.initContainers[0]: ${OBJECT}`],
    [{ spec: { ephemeralContainers: [{ name: 1 }] } }, `spec.ephemeralContainers[0].name: ${TEXT}`],
    [inContainer({ volumeMounts: {} }), `spec.containers[1].volumeMounts: ${LIST}`],
    [inContainer({ volumeMounts: [{}] }), `spec.containers[1].volumeMounts[0].name: ${TEXT}`],
    [
      inContainer({ volumeMounts: [{ name: "a", readOnly: "yes" }] }),
      "spec.containers[1].volumeMounts[0].readOnly: true or false",
    ],
    [inContainer({ volumeMounts: [{ name: "a", subPath: 1 }] }), `spec.containers[1].volumeMounts[0].subPath: ${TEXT}`],
    [
      inContainer({ volumeMounts: [{ name: "a", subPathExpr: 1 }] }),
      `spec.containers[1].volumeMounts[0].subPathExpr: ${TEXT}`,
    ],
    [
      inContainer({ volumeMounts: [{ name: "a", mountPropagation: 1 }] }),
      `spec.containers[1].volumeMounts[0].mountPropagation: ${TEXT}`,
    ],
    [inContainer({ volumeDevices: [{ name: 1 }] }), `spec.containers[1].volumeDevices[0].name: ${TEXT}`],
    [inContainer({ resources: { limits: [] } }), `spec.containers[1].resources.limits: ${OBJECT}`],
    [inContainer({ resources: { requests: { cpu: [] } } }), `spec.containers[1].resources.requests.cpu: ${QUANTITY}`],
    [inContainer({ resources: { claims: ["x"] } }), `spec.containers[1].resources.claims[0]: ${OBJECT}`],
  ])("%j: %s", (value, expected) => {
    expect(wrong(value)).toBe(expected);
  });
});

describe("parsePod: what passes", () => {
  it.each<[string, unknown]>([
    ["an empty object", {}],
    ["nulls", { metadata: null, spec: { volumes: null, containers: null, nodeName: null, affinity: null } }],
    ["null values of a map", { metadata: { labels: { a: null } }, spec: { overhead: { cpu: null } } }],
    ["null fields of a volume", inVolume({ hostPath: null, emptyDir: null, projected: { sources: null } })],
    [
      "numbers as quantities",
      { spec: { overhead: { cpu: 1 }, containers: [{ resources: { limits: { cpu: 0.5 } } }] } },
    ],
    [
      "fields that nothing reads",
      { metadata: { uid: 5, managedFields: "x" }, spec: { hostNetwork: [], restartPolicy: 1 } },
    ],
    ["sources of tomorrow", inVolume({ teleport: 5, csi: "x", image: [], projected: { sources: [{ later: 1 }] } })],
  ])("%s", (_, value) => {
    expect(wrong(value)).toBe("");
  });

  it("is the very value that was given, unchanged", () => {
    const value = Object.freeze({ metadata: Object.freeze({ name: "a" }) });
    const parsed = parsePod(value);
    expect(parsed.kind === "pod" && parsed.pod).toBe(value);
  });
});

describe("parsePod: two volumes of one name", () => {
  const named = (...names: readonly string[]): unknown => ({ spec: { volumes: names.map((name) => ({ name })) } });

  it.each<[unknown, string]>([
    [named("a", "b", "c"), ""],
    [named("a", "a"), "spec.volumes[1].name: a name that no other volume has"],
    [named("a", "b", "c", "b", "a"), "spec.volumes[3].name: a name that no other volume has"],
    [named("a", "A", ""), ""],
  ])("%j", (pod, expected) => {
    expect(wrong(pod)).toBe(expected);
  });
});
