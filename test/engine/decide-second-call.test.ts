import { describe, expect, it } from "vitest";
import { type Facts, known, type NodeGroup, unknown } from "../../src/engine/facts.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { PolicyTarget } from "../../src/engine/policy.ts";
import { renderStatus, type Status } from "../../src/engine/status.ts";
import { annotated, classOf, factsOf, mounting, policyOf, PRIVATE_FILE, reporting } from "./sample-facts.ts";
import { decisionLines } from "./verdict-text.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const CONFIG_PATH = "io.katacontainers.config_path";
const DIRECTORY = { hostPath: { path: "/srv", type: "Directory" } };
const HOST_PATH = "HostPathVolume blocks /spec/volumes/0/hostPath (Directory)";

const status = (selection: Status["selection"], rest: Partial<Status> = {}): Record<string, string> => ({
  "kata-thp.dev/status": renderStatus({
    decision: "patch",
    selection,
    mode: "enforce",
    version: "0",
    from: "kata-clh",
    ...rest,
  }),
});

const inVariant = (annotations: Record<string, string>, spec: Pod["spec"] = {}, rest: Partial<Facts> = {}): Facts =>
  factsOf({
    pod: annotated(annotations, { ...spec, runtimeClassName: "kata-clh-thp" }),
    podClass: known(classOf("kata-clh-thp", { variantOf: "kata-clh" })),
    ...rest,
  });

describe("decide: a second call", () => {
  const ALREADY = "AlreadySelected blocks /spec/runtimeClassName";
  const injected = mounting(DIRECTORY).spec ?? {};
  const iommu = { [`${HYPERVISOR}enable_iommu`]: "true" };
  const REFUSED = `UserAnnotationRefused blocks /metadata/annotations/${HYPERVISOR}enable_iommu (unknown)`;
  const unschedulable: Partial<Facts> = {
    variantNodes: known([{ nodes: 1, runtimeHandlers: ["kata-clh"], report: null }]),
  };
  const selecting = known(classOf("kata-clh", { nodeSelector: { kata: "true" } }));
  const operator: Partial<PolicyTarget> = { selection: "runtime-class", trust: "operator" };

  it.each<[string, Facts, Partial<PolicyTarget>, string[]]>([
    ["leaves what is right", inVariant(status("runtime-class")), {}, ["skip", ALREADY]],
    ["whatever version wrote the status", inVariant(status("runtime-class", { version: "99" })), {}, ["skip", ALREADY]],
    [
      "puts back what a rule blocks now",
      inVariant(status("runtime-class"), injected),
      {},
      ["skip put back runtime-class", HOST_PATH],
    ],
    [
      "also where its class cannot be read any more, and the policy names it",
      inVariant(status("runtime-class"), injected, { podClass: unknown("stale") }),
      { variant: "kata-clh-thp" },
      ["skip put back runtime-class", HOST_PATH],
    ],
    [
      "and where nobody but our status says that it is a variant",
      inVariant(status("runtime-class"), injected, { podClass: unknown("stale") }),
      {},
      ["skip put back runtime-class", HOST_PATH],
    ],
    [
      "but not for what another Kata does not do, while the class cannot be read",
      inVariant(
        { ...status("runtime-class"), "io.katacontainers.config.runtime.experimental_force_guest_pull": "false" },
        mounting({ emptyDir: {} }).spec ?? {},
        { podClass: unknown("stale") },
      ),
      { kata: { version: "4.1.0", runtime: "go" } },
      ["skip", ALREADY],
    ],
    ["puts nothing back that is not ours", inVariant({}, injected), {}, ["skip", ALREADY, HOST_PATH]],
    [
      "nor what has a forged status",
      inVariant({ "kata-thp.dev/status": "{}" }, injected),
      {},
      ["skip", ALREADY, HOST_PATH],
    ],
    [
      "nor what came from another class",
      inVariant(status("runtime-class", { from: "kata-other" }), injected),
      {},
      ["skip", ALREADY, HOST_PATH],
    ],
    [
      "puts back what Kata would refuse",
      inVariant({ ...status("runtime-class"), ...iommu }),
      {},
      ["skip put back runtime-class", REFUSED],
    ],
    // The first call was told to do it all the same; a second one that undid it would have the pod refused.
    [
      "but not what was forced",
      inVariant({ ...status("runtime-class", { forced: true }), ...iommu }),
      operator,
      ["skip", ALREADY],
    ],
    [
      "whatever the pod says of being forced",
      inVariant({ ...status("runtime-class", { forced: true }), ...iommu }),
      {},
      ["skip put back runtime-class", REFUSED],
    ],
    [
      "nor what a policy that asks for evidence has chosen by name",
      inVariant({ ...status("runtime-class", { forced: true }), ...iommu }),
      { selection: "runtime-class" },
      ["skip put back runtime-class", REFUSED],
    ],
    [
      "puts back what no node can run",
      inVariant(status("runtime-class"), {}, unschedulable),
      {},
      ["skip put back runtime-class", "VariantUnschedulable blocks /spec/runtimeClassName"],
    ],
    [
      "forced or not",
      inVariant(status("runtime-class", { forced: true }), {}, unschedulable),
      operator,
      ["skip put back runtime-class", "VariantUnschedulable blocks /spec/runtimeClassName"],
    ],
    // A status may be copied along with a pod's manifest. The API server would refuse a pod that is put back so.
    [
      "puts nothing back into a class that is gone",
      inVariant(status("runtime-class"), injected, { targetClass: unknown("not found") }),
      {},
      ["skip", ALREADY, HOST_PATH],
    ],
    [
      "nor into one whose nodeSelector the pod contradicts",
      inVariant(status("runtime-class"), { ...injected, nodeSelector: { kata: "thp" } }, { targetClass: selecting }),
      {},
      ["skip", ALREADY, HOST_PATH],
    ],
    [
      "but into one that is not synced",
      inVariant(status("runtime-class"), injected, { targetClass: unknown("not synced") }),
      {},
      ["skip put back runtime-class", HOST_PATH],
    ],
    [
      "puts back a file",
      factsOf({ pod: annotated({ ...status("config-path"), [CONFIG_PATH]: PRIVATE_FILE }, injected) }),
      { selection: "config-path", configPath: PRIVATE_FILE },
      ["skip put back config-path", HOST_PATH],
    ],
    [
      "puts back the annotations",
      factsOf({
        pod: annotated({ ...status("hypervisor-annotations"), [`${HYPERVISOR}shared_fs`]: "none" }, injected),
      }),
      { selection: "hypervisor-annotations", kata: { acceptsSharedFsNone: true } },
      ["skip put back hypervisor-annotations", HOST_PATH],
    ],
    [
      "whose keys are the class's own affair",
      factsOf({
        pod: annotated({ ...status("hypervisor-annotations"), [`${HYPERVISOR}shared_fs`]: "none", ...iommu }),
      }),
      { selection: "hypervisor-annotations", kata: { acceptsSharedFsNone: true } },
      ["skip", `AlreadySelected blocks /metadata/annotations/${HYPERVISOR}shared_fs`],
    ],
  ])("%s", (_, facts, target, expected) => {
    expect(decisionLines(facts, policyOf(target))).toEqual(expected);
  });
});

// Another webhook may send the pod to other nodes after our first call.
describe("decide: a second call asks about Kata again", () => {
  const CLASS = "/spec/runtimeClassName";
  const here = (...variantNodes: readonly NodeGroup[]): Partial<Facts> => {
    const nodes = known(variantNodes);
    return { targetNodes: nodes, variantNodes: nodes };
  };
  const having = (...runtimeHandlers: readonly string[]): NodeGroup => ({ nodes: 1, runtimeHandlers, report: null });
  const file = { ...status("config-path"), [CONFIG_PATH]: PRIVATE_FILE };
  const byFile = { configPath: PRIVATE_FILE, kata: { version: "3.32.0", runtime: "go", rootfs: "erofs" } } as const;

  it.each<[string, Facts, Partial<PolicyTarget>, string[]]>([
    [
      "a node without the variant's handler",
      inVariant(status("runtime-class"), {}, here(having("kata-clh", "kata-clh-thp"), having("kata-clh"))),
      {},
      ["skip put back runtime-class", `FleetDisagrees blocks ${CLASS} (runtimeHandlers)`],
    ],
    [
      "a node whose handler is another Kata's",
      inVariant(
        status("runtime-class"),
        {},
        here(reporting("kata-clh-thp", { runtime: "runtime-rs", rootfs: "shared" })),
      ),
      {},
      [
        "skip put back runtime-class",
        `RuntimeSharesMemory blocks ${CLASS} (runtime-rs)`,
        `RootfsNeedsSharedFs blocks ${CLASS} (shared)`,
      ],
    ],
    [
      "but not what was forced",
      inVariant(status("runtime-class"), {}, here(reporting("kata-clh-thp", { runtime: "runtime-rs" }))),
      { selection: "runtime-class", trust: "operator" },
      ["skip", `AlreadySelected blocks ${CLASS}`],
    ],
    [
      "what is right for a file stays",
      factsOf({ pod: annotated(file) }),
      byFile,
      ["skip", "AlreadySelected blocks /metadata/annotations/io.katacontainers.config_path"],
    ],
    [
      "a file that such a Kata ignores",
      factsOf({ pod: annotated(file) }),
      { ...byFile, kata: { ...byFile.kata, version: "4.1.0" } },
      ["skip put back config-path", `ConfigPathIgnored blocks ${CLASS} (from 4.0.0)`],
    ],
    [
      "a file of which nothing is known any more",
      factsOf({ pod: annotated(file) }),
      { configPath: PRIVATE_FILE },
      ["skip put back config-path", `KataSupportUnknown blocks ${CLASS}`],
    ],
    [
      "annotations that such a Kata refuses",
      factsOf({ pod: annotated({ ...status("hypervisor-annotations"), [`${HYPERVISOR}shared_fs`]: "none" }) }),
      { kata: { version: "4.1.0", runtime: "go" } },
      ["skip put back hypervisor-annotations", `KataRefusesAnnotation blocks ${CLASS} (value)`],
    ],
  ])("%s", (_, facts, target, expected) => {
    expect(decisionLines(facts, policyOf(target))).toEqual(expected);
  });
});
