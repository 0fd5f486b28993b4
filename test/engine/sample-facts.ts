// Minimal valid facts, to be tweaked: a pod of a ReplicaSet's in class kata-clh, about whose Kata nothing is known.
import { type Facts, known, type NodeGroup, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import type { ObjectMeta, Pod, PodSpec, Volume } from "../../src/engine/pod.ts";
import { BUILT_IN_POLICY, type Policy, type PolicyTarget } from "../../src/engine/policy.ts";
import type { HandlerReport } from "../../src/engine/facts.ts";
import type { Finding } from "../../src/engine/rule.ts";

export const PRIVATE_FILE = "/opt/kata/share/defaults/kata-containers/configuration-clh-thp.toml";

const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-5d4f", controller: true };

/** A pod with one container; `spec` and `metadata` are laid over it. */
export function podOf(spec: PodSpec = {}, metadata: ObjectMeta = {}): Pod {
  return {
    metadata: { generateName: "web-5d4f-", namespace: "team", ownerReferences: [OWNER], ...metadata },
    spec: { runtimeClassName: "kata-clh", containers: [{ name: "c" }], ...spec },
  };
}

/** A pod with these annotations. */
export function annotated(annotations: Readonly<Record<string, string>>, spec: PodSpec = {}): Pod {
  return podOf(spec, { annotations });
}

/** A pod whose one container mounts all of these volumes, each at its own index. */
export function mounting(...volumes: readonly Omit<Volume, "name">[]): Pod {
  const named = volumes.map((volume, index): Volume => ({ name: `v${index}`, ...volume }));
  // A device at its own path, as devices mostly are.
  const volumeMounts = named.map(({ name, hostPath }) => ({ name, mountPath: hostPath?.path ?? `/${name}` }));
  return podOf({ volumes: named, containers: [{ name: "c", volumeMounts }] });
}

export function classOf(name: string, rest: Partial<RuntimeClassFacts> = {}): RuntimeClassFacts {
  return {
    name,
    handler: name,
    variantOf: null,
    kataVersion: null,
    overhead: { cpu: "250m", memory: "130Mi" },
    nodeSelector: {},
    tolerations: [],
    ...rest,
  };
}

export function targetOf(rest: Partial<PolicyTarget> = {}): PolicyTarget {
  return {
    runtimeClass: "kata-clh",
    selection: "auto",
    trust: "evidence",
    variant: null,
    configPath: null,
    maxImageLayers: 10,
    kata: {},
    private: {},
    ...rest,
  };
}

/** The built-in policy with one target, and `rest` laid over it. */
export function policyOf(target: Partial<PolicyTarget> = {}, rest: Partial<Policy> = {}): Policy {
  return { ...BUILT_IN_POLICY, targets: [targetOf(target)], ...rest };
}

export function factsOf(rest: Partial<Facts> = {}): Facts {
  const targetClass = known(classOf("kata-clh"));
  return {
    request: { group: "", version: "v1", kind: "Pod", subResource: "", operation: "CREATE" },
    mode: "enforce",
    namespace: "team",
    namespaceLabels: null,
    pod: podOf(),
    podClass: targetClass,
    targetClass,
    policyVariant: null,
    annotatedVariants: known([]),
    targetNodes: unknown("not found"),
    variantNodes: unknown("not found"),
    claims: {},
    ...rest,
  };
}

/** Facts of a cluster with the variant class kata-clh-thp, for a pod that is still in kata-clh. */
export function factsWithVariant(rest: Partial<Facts> = {}, variant: Partial<RuntimeClassFacts> = {}): Facts {
  return factsOf({
    annotatedVariants: known([classOf("kata-clh-thp", { variantOf: "kata-clh", ...variant })]),
    ...rest,
  });
}

/** Nodes that report this of one handler, a minute ago. */
export function reporting(handler: string, said: HandlerReport, thp = "madvise", ageSeconds = 60): NodeGroup {
  return {
    nodes: 1,
    runtimeHandlers: null,
    report: { ageSeconds, handlers: { [handler]: said }, thp: { enabled: thp, shmemEnabled: "never" } },
  };
}

/** A finding on one line: `HostPathVolume blocks /spec/volumes/0/hostPath (Directory)`. */
export function line({ reason, severity, path, detail }: Finding): string {
  return `${reason} ${severity}${path === "" ? "" : ` ${path}`}${detail === undefined ? "" : ` (${detail})`}`;
}
