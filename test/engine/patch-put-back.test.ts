import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import type { Decision, PatchDecision, SelectedBy, SkipDecision } from "../../src/engine/decision.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { buildPatch, type Operation } from "../../src/engine/patch.ts";
import type { Reason } from "../../src/engine/reasons.ts";
import { renderStatus, type Status } from "../../src/engine/status.ts";
import { annotated, factsOf, podOf, policyOf, PRIVATE_FILE } from "./sample-facts.ts";

const SHARED_FS = "io.katacontainers.config.hypervisor.shared_fs";
const HUGEPAGES = "io.katacontainers.config.hypervisor.enable_hugepages";
const CONFIG_PATH = "io.katacontainers.config_path";
const TO_CLASS: SelectedBy = { selection: "runtime-class", runtimeClass: "kata-clh-thp" };
const BY_ANNOTATIONS: SelectedBy = { selection: "hypervisor-annotations" };

function patchedBy(by: SelectedBy, rest: Partial<PatchDecision> = {}): PatchDecision {
  return {
    kind: "patch",
    selection: by.selection,
    by,
    from: "kata-clh",
    forced: false,
    findings: [],
    barePod: false,
    ...rest,
  };
}

function statusOf(selection: Status["selection"], rest: Partial<Status> = {}): Status {
  return { decision: "patch", selection, mode: "enforce", version: "1.2.3", from: "kata-clh", ...rest };
}

function skippedFor(reasons: readonly Reason[], putBack: SkipDecision["putBack"] = null): SkipDecision {
  return { kind: "skip", findings: reasons.map((reason) => ({ reason, severity: "blocks", path: "" })), putBack };
}

function operationsOn(pod: Pod, decision: Decision, policy: Policy = policyOf()): readonly Operation[] {
  return buildPatch(factsOf({ pod }), decision, policy, "1.2.3");
}

/** What the pod's annotations are after the patch. */
function annotationsAfter(pod: Pod, decision: Decision, policy?: Policy): unknown {
  const after = jsonPatch.applyPatch(structuredClone(pod), operationsOn(pod, decision, policy), true).newDocument;
  return after.metadata?.annotations ?? null;
}

describe("buildPatch: skipped pods", () => {
  it("writes the reasons that block, each once, in their order", () => {
    const decision: Decision = {
      kind: "skip",
      putBack: null,
      findings: [
        { reason: "HostPathVolume", severity: "blocks", path: "/a" },
        { reason: "HostPathVolume", severity: "blocks", path: "/b" },
        { reason: "TerminationMessage", severity: "degrades", path: "/c" },
        { reason: "UserSharedFs", severity: "blocks", path: "/d" },
      ],
    };
    expect(annotationsAfter(podOf(), decision)).toEqual({ "kata-thp.dev/skipped": "HostPathVolume,UserSharedFs" });
  });

  it("replaces an old list, and leaves the same one", () => {
    const pod = annotated({ "kata-thp.dev/skipped": "HugePages" });
    expect(operationsOn(pod, skippedFor(["HugePages", "KataTooOld"]))).toEqual([
      { op: "replace", path: "/metadata/annotations/kata-thp.dev~1skipped", value: "HugePages,KataTooOld" },
    ]);
    expect(operationsOn(pod, skippedFor(["HugePages"]))).toEqual([]);
  });

  it("takes a status away that says what is not so", () => {
    const pod = annotated({ "kata-thp.dev/status": renderStatus(statusOf("config-path")) });
    expect(annotationsAfter(pod, skippedFor(["HugePages"]))).toEqual({ "kata-thp.dev/skipped": "HugePages" });
  });

  it("writes no reasons where the policy wants none", () => {
    const policy = policyOf({}, { status: { annotatePatched: true, annotateSkipped: false, warn: true } });
    expect(operationsOn(podOf(), skippedFor(["HugePages"]), policy)).toEqual([]);
  });

  it.each<Reason>(["NotTarget", "OptedOut", "NotInRollout", "AlreadySelected", "AlreadyPrivate", "InternalError"])(
    "writes nothing for %s, whatever is found beside it",
    (reason) => {
      const pod = annotated({ "kata-thp.dev/status": "mine", "kata-thp.dev/skipped": "x" });
      expect(operationsOn(pod, skippedFor([reason, "HugePages"]))).toEqual([]);
    },
  );
});

describe("buildPatch: put back", () => {
  it("gives the class back, and the overhead that it has", () => {
    const status = statusOf("runtime-class");
    const pod = podOf(
      { runtimeClassName: "kata-clh-thp", overhead: { cpu: "1" } },
      { annotations: { "kata-thp.dev/status": renderStatus(status) } },
    );
    expect(operationsOn(pod, skippedFor(["HostPathVolume"], status))).toEqual([
      { op: "replace", path: "/spec/runtimeClassName", value: "kata-clh" },
      { op: "replace", path: "/spec/overhead", value: { cpu: "250m", memory: "130Mi" } },
      { op: "remove", path: "/metadata/annotations/kata-thp.dev~1status" },
      { op: "add", path: "/metadata/annotations/kata-thp.dev~1skipped", value: "HostPathVolume" },
    ]);
  });

  it("leaves enable_hugepages where the status says that it was the user's", () => {
    const status = statusOf("hypervisor-annotations", { ownHugepages: true });
    const pod = annotated({ [SHARED_FS]: "none", [HUGEPAGES]: "false", "kata-thp.dev/status": renderStatus(status) });
    expect(annotationsAfter(pod, skippedFor(["HugePages"], status))).toEqual({
      [HUGEPAGES]: "false",
      "kata-thp.dev/skipped": "HugePages",
    });
  });

  it.each<[string, Status["selection"], Record<string, string>, Record<string, string>]>([
    ["the file", "config-path", { [CONFIG_PATH]: PRIVATE_FILE, own: "1" }, { own: "1" }],
    [
      "the annotations",
      "hypervisor-annotations",
      { [SHARED_FS]: "none", [HUGEPAGES]: "false", own: "1" },
      { own: "1" },
    ],
    [
      "but not the user's own spelling",
      "hypervisor-annotations",
      { [SHARED_FS]: "none", [HUGEPAGES]: "0" },
      { [HUGEPAGES]: "0" },
    ],
    ["what is left of them", "hypervisor-annotations", { [SHARED_FS]: "none" }, {}],
  ])("takes %s away", (_, selection, before, after) => {
    const status = statusOf(selection);
    const pod = annotated({ ...before, "kata-thp.dev/status": renderStatus(status) });
    expect(annotationsAfter(pod, skippedFor(["HugePages"], status))).toEqual({
      ...after,
      "kata-thp.dev/skipped": "HugePages",
    });
  });
});

describe("buildPatch: never", () => {
  it("changes a pod in observe mode", () => {
    const facts = factsOf({ pod: podOf({ overhead: {} }), mode: "observe" });
    for (const decision of [
      patchedBy(TO_CLASS),
      patchedBy(BY_ANNOTATIONS),
      skippedFor(["HugePages"], statusOf("runtime-class")),
    ]) {
      expect(buildPatch(facts, decision, policyOf(), "1.2.3")).toEqual([]);
    }
  });

  it.each<[string, Pod, Decision, string]>([
    [
      "a class that is not there",
      podOf({ runtimeClassName: undefined }),
      patchedBy(TO_CLASS),
      "replace /spec/runtimeClassName",
    ],
    ["no spec", { metadata: {} }, patchedBy(TO_CLASS), "replace /spec/runtimeClassName"],
    ["null for a spec", { spec: null }, patchedBy(TO_CLASS), "replace /spec/runtimeClassName"],
    [
      "no class to give back",
      {},
      skippedFor(["HugePages"], statusOf("runtime-class")),
      "replace /spec/runtimeClassName",
    ],
  ])("sends an operation that would not apply: %s", (_, pod, decision, operation) => {
    const withoutUndefined = JSON.parse(JSON.stringify(pod)) as Pod;
    expect(() => operationsOn(withoutUndefined, decision)).toThrow(`operation ${operation} would not apply`);
  });
});
