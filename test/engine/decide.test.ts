import { describe, expect, it } from "vitest";
import { decide } from "../../src/engine/decide.ts";
import { type Facts, type HandlerReport, known, type RuntimeClassFacts } from "../../src/engine/facts.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { Policy, PolicyTarget } from "../../src/engine/policy.ts";
import {
  annotated,
  classOf,
  factsOf,
  factsWithVariant,
  mounting,
  podOf,
  policyOf,
  PRIVATE_FILE,
  reporting,
} from "./sample-facts.ts";
import { decisionLines } from "./verdict-text.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const DIRECTORY = { hostPath: { path: "/srv", type: "Directory" } };
const HOST_PATH = "HostPathVolume blocks /spec/volumes/0/hostPath (Directory)";

function withPod(pod: Pod, variant: Partial<RuntimeClassFacts> = {}): Facts {
  return factsWithVariant({ pod }, variant);
}

describe("decide: in which order it asks", () => {
  it("patches what nothing speaks against", () => {
    expect(decide(factsWithVariant(), policyOf())).toEqual({
      kind: "patch",
      selection: "runtime-class",
      by: { selection: "runtime-class", runtimeClass: "kata-clh-thp" },
      from: "kata-clh",
      forced: false,
      findings: [],
      barePod: false,
    });
  });

  it("says only why a pod is out of scope", () => {
    const pod = podOf(mounting(DIRECTORY).spec ?? {}, { labels: { "kata-thp.dev/mode": "disabled" } });
    expect(decisionLines(withPod(pod))).toEqual(["skip", "OptedOut blocks /metadata/labels/kata-thp.dev~1mode"]);
  });

  it("lets what blocks in one Kata that may run the pod count before what only degrades in another", () => {
    // The variant does not say its version: it may be the target's, in which an emptyDir is copied into guest memory.
    const targetClass = known(classOf("kata-clh", { kataVersion: "4.1.0" }));
    const pod = mounting({ emptyDir: {} });
    expect(decisionLines(factsWithVariant({ pod, podClass: targetClass, targetClass }))).toEqual([
      "skip",
      "DefaultEmptyDir blocks /spec/volumes/0/emptyDir (guest memory)",
    ]);
    expect(decisionLines(factsWithVariant({ pod }))).toEqual([
      "patch runtime-class",
      "DefaultEmptyDir degrades /spec/volumes/0/emptyDir",
    ]);
  });

  it("does not hold against a variant that says its version what sources say of the target's", () => {
    const targetClass = known(classOf("kata-clh", { kataVersion: "3.32.0" }));
    const targetNodes = known([reporting("kata-clh", { version: "3.31.0" })]);
    const facts = { podClass: targetClass, targetClass, targetNodes, variantNodes: targetNodes };
    const disputed = ["EvidenceContradicts blocks /spec/runtimeClassName (version)"];
    expect(decisionLines(factsWithVariant(facts, { kataVersion: "3.32.0" }))).toEqual(["patch runtime-class"]);
    expect(decisionLines(factsWithVariant(facts), policyOf({ private: { version: "3.32.0" } }))).toEqual([
      "patch runtime-class",
    ]);
    expect(decisionLines(factsWithVariant(facts))).toEqual(["skip", ...disputed]);
    // What is no version says none.
    expect(decisionLines(factsWithVariant(facts, { kataVersion: "main" }))).toEqual(["skip", ...disputed]);
  });

  it("hears of the target on the nodes where the variant may run, as a second call knows no others", () => {
    const targetClass = known(classOf("kata-clh"));
    const rs = known([reporting("kata-clh", { runtime: "runtime-rs" })]);
    const go = known([reporting("kata-clh", { runtime: "go" })]);
    const facts = { podClass: targetClass, targetClass };
    expect(decisionLines(factsWithVariant({ ...facts, targetNodes: rs, variantNodes: go }))).toEqual([
      "patch runtime-class",
    ]);
    expect(decisionLines(factsWithVariant({ ...facts, targetNodes: go, variantNodes: rs }))).toContain(
      "RuntimeSharesMemory blocks /spec/runtimeClassName (runtime-rs)",
    );
  });

  it("takes for config-path what private says against the root filesystem, and nothing for it", () => {
    const facts = factsOf();
    const kata = { version: "3.32.0", runtime: "go" } as const;
    const lines = (own: PolicyTarget["kata"], file: PolicyTarget["private"]): string[] =>
      decisionLines(
        facts,
        policyOf({ selection: "config-path", configPath: "/f.toml", kata: { ...kata, ...own }, private: file }),
      );
    const shared = ["skip", "RootfsNeedsSharedFs blocks /spec/runtimeClassName (shared)"];
    expect(lines({ rootfs: "block", disableBlockDeviceUse: false }, { rootfs: "shared" })).toEqual(shared);
    expect(lines({ rootfs: "shared" }, { rootfs: "guest-pull" })).toEqual(shared);
    expect(lines({}, { rootfs: "erofs" })).toContain("RootfsUnknown degrades /spec/runtimeClassName");
  });

  it("keeps to the rollout, but judges a pod that is private already", () => {
    const nobody = policyOf({}, { rollout: { percent: 0 } });
    expect(decisionLines(withPod(mounting(DIRECTORY)), nobody)).toEqual(["skip", "NotInRollout blocks"]);
    expect(
      decisionLines(withPod(annotated({ [`${HYPERVISOR}shared_fs`]: "none" }, mounting(DIRECTORY).spec ?? {})), nobody),
    ).toEqual(["skip", `AlreadySelected blocks /metadata/annotations/${HYPERVISOR}shared_fs`, HOST_PATH]);
  });

  it("tells of the cluster and of the pod together, in the order of the reasons", () => {
    const pod = annotated({ [`${HYPERVISOR}virtio_fs_cache`]: "auto" }, mounting({ csi: {} }, DIRECTORY).spec ?? {});
    expect(decisionLines(factsOf({ pod }))).toEqual([
      "skip",
      "KataSupportUnknown blocks /spec/runtimeClassName",
      "HostPathVolume blocks /spec/volumes/1/hostPath (Directory)",
      "CsiInlineVolume blocks /spec/volumes/0/csi",
      `UserVirtioFs blocks /metadata/annotations/${HYPERVISOR}virtio_fs_cache`,
    ]);
  });

  it("judges the pod by the Kata that would run it", () => {
    const { spec } = mounting({ hostPath: { path: "/dev/sda", type: "BlockDevice" } }, {});
    const pod = podOf({ ...spec, securityContext: { fsGroup: 1, runAsUser: 1 } });
    const facts = withPod(pod, { kataVersion: "4.1.0" });
    expect(
      decisionLines(facts, policyOf({ private: { disableBlockDeviceUse: false, emptydirMode: "block-plain" } })),
    ).toEqual(["patch runtime-class", "EmptyDirDisk degrades /spec/volumes/1"]);
    expect(decisionLines(facts, policyOf({ kata: { disableBlockDeviceUse: true } }))).toEqual([
      "skip",
      "HostPathVolume blocks /spec/volumes/0/hostPath (BlockDevice)",
      "DefaultEmptyDir blocks /spec/volumes/1 (guest memory)",
    ]);
  });
});

describe("decide: what the policy says of findings", () => {
  const emptyDir = withPod(mounting({ emptyDir: {} }));
  const found = "/spec/volumes/0/emptyDir";
  it.each<[string, Facts, Partial<Policy>, string[]]>([
    ["warn is the default", emptyDir, {}, ["patch runtime-class", `DefaultEmptyDir degrades ${found}`]],
    [
      "warn",
      emptyDir,
      { rules: { DefaultEmptyDir: "warn" } },
      ["patch runtime-class", `DefaultEmptyDir degrades ${found}`],
    ],
    ["allow", emptyDir, { rules: { DefaultEmptyDir: "allow" } }, ["patch runtime-class"]],
    ["skip", emptyDir, { rules: { DefaultEmptyDir: "skip" } }, ["skip", `DefaultEmptyDir blocks ${found}`]],
    [
      "another rule's setting",
      emptyDir,
      { rules: { ImageVolume: "skip" } },
      ["patch runtime-class", `DefaultEmptyDir degrades ${found}`],
    ],
    ["a rule that blocks", withPod(mounting(DIRECTORY)), {}, ["skip", HOST_PATH]],
    [
      "switched off by name, it is still told",
      withPod(mounting(DIRECTORY)),
      { dangerouslyAllow: ["HostPathVolume"] },
      ["patch runtime-class", HOST_PATH.replace("blocks", "degrades")],
    ],
    [
      "another one switched off",
      withPod(mounting(DIRECTORY)),
      { dangerouslyAllow: ["HostPathFile"] },
      ["skip", HOST_PATH],
    ],
    // Where the finding blocks, allow and warn are no word on it.
    [
      "a degrading reason that blocks here",
      withPod(mounting({ emptyDir: {} }), { kataVersion: "4.0.0" }),
      { rules: { DefaultEmptyDir: "allow" } },
      ["skip", `DefaultEmptyDir blocks ${found} (guest memory)`],
    ],
    [
      "and is switched off by name",
      withPod(mounting({ emptyDir: {} }), { kataVersion: "4.0.0" }),
      { dangerouslyAllow: ["DefaultEmptyDir"] },
      ["patch runtime-class", `DefaultEmptyDir degrades ${found} (guest memory)`],
    ],
  ])("%s", (_, facts, rest, expected) => {
    expect(decisionLines(facts, policyOf({}, rest))).toEqual(expected);
  });

  it("lets RootfsUnknown of an explicit selection skip", () => {
    const target: Partial<PolicyTarget> = { selection: "config-path", configPath: PRIVATE_FILE };
    expect(decisionLines(factsOf(), policyOf(target))).toEqual([
      "patch config-path",
      "RootfsUnknown degrades /spec/runtimeClassName",
    ]);
    expect(decisionLines(factsOf(), policyOf(target, { rules: { RootfsUnknown: "skip" } }))).toEqual([
      "skip",
      "RootfsUnknown blocks /spec/runtimeClassName",
    ]);
  });
});

describe("decide: bare pods", () => {
  const bare = withPod(podOf({}, { ownerReferences: [] }));
  const file: Partial<PolicyTarget> = {
    selection: "config-path",
    configPath: PRIVATE_FILE,
    kata: { rootfs: "block", disableBlockDeviceUse: false },
  };
  it.each<[string, Facts, Policy, string[]]>([
    ["are patched", bare, policyOf(), ["patch runtime-class bare"]],
    ["are left where the policy says so", bare, policyOf({}, { barePods: "skip" }), ["skip", "BarePod blocks"]],
    // Annotations may change later; only the class may not.
    ["with annotations are like others", bare, policyOf(file, { barePods: "skip" }), ["patch config-path"]],
    [
      "are told even where another finding blocks",
      withPod(podOf(mounting(DIRECTORY).spec ?? {}, { ownerReferences: null })),
      policyOf({}, { barePods: "skip" }),
      ["skip", "BarePod blocks", HOST_PATH],
    ],
  ])("%s", (_, facts, policy, expected) => {
    expect(decisionLines(facts, policy)).toEqual(expected);
  });
});

const backwards = (record: object): object => Object.fromEntries(Object.entries(record).toReversed());

describe("decide: maps in any order", () => {
  it("finds the same", () => {
    const annotations = { [`${HYPERVISOR}b`]: "1", [`${HYPERVISOR}a`]: "1", "kata-thp.dev/skipped": "x" };
    const limits = { "hugepages-2Mi": "1", "hugepages-1Gi": "1", "z.example/gpu": "1", "a.example/gpu": "1" };
    const volume = { name: "v", nfs: {}, iscsi: {} };
    const pod = (order: (record: object) => object): Pod => ({
      metadata: { annotations: order(annotations) as Record<string, string> },
      spec: {
        runtimeClassName: "kata-clh",
        volumes: [order(volume) as typeof volume],
        containers: [{ resources: { limits: order(limits) as Record<string, string> }, volumeMounts: [{ name: "v" }] }],
      },
    });
    const selector = { b: "1", a: "1" };
    const facts = (order: (record: object) => object): Facts =>
      factsWithVariant({ pod: pod(order) }, { nodeSelector: order(selector) as Record<string, string> });
    expect(decisionLines(facts(backwards))).toEqual(decisionLines(facts((same) => same)));
  });
});

describe("decide: a pod that may be run by several Katas", () => {
  /** How often a container of the pod is looked at. */
  function looks(...said: readonly HandlerReport[]): number {
    let reads = 0;
    const container = Object.defineProperty({ name: "c" }, "resources", { get: () => ((reads += 1), {}) });
    const variantNodes = known(said.map((each) => reporting("kata-clh-thp", each)));
    decide(factsWithVariant({ pod: podOf({ containers: [container] }), variantNodes }), policyOf());
    return reads;
  }

  it("is looked through once for all that rules cannot tell apart, and not once for each node's report", () => {
    const once = looks({ hugepages: false });
    expect(once).toBeGreaterThan(0);
    expect(looks({ hugepages: false }, { runtime: "go" }, { enableAnnotations: [] }, { sharedFs: "none" })).toBe(once);
    expect(looks({ version: "3.32.0" }, { hugepages: false }, { runtime: "go" })).toBe(2 * once);
  });
});
