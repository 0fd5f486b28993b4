import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import type { Decision, PatchDecision, SelectedBy } from "../../src/engine/decision.ts";
import type { Pod } from "../../src/engine/pod.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { buildPatch, type Operation } from "../../src/engine/patch.ts";
import { renderStatus, type Status } from "../../src/engine/status.ts";
import { annotated, factsOf, factsWithVariant, podOf, policyOf, PRIVATE_FILE } from "./sample-facts.ts";

const SHARED_FS = "io.katacontainers.config.hypervisor.shared_fs";
const HUGEPAGES = "io.katacontainers.config.hypervisor.enable_hugepages";
const CONFIG_PATH = "io.katacontainers.config_path";
const TO_CLASS: SelectedBy = { selection: "runtime-class", runtimeClass: "kata-clh-thp" };
const TO_FILE: SelectedBy = { selection: "config-path", configPath: PRIVATE_FILE };
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

function operationsOn(pod: Pod, decision: Decision, policy: Policy = policyOf()): readonly Operation[] {
  return buildPatch(factsOf({ pod }), decision, policy, "1.2.3");
}

/** What the pod's annotations are after the patch. */
function annotationsAfter(pod: Pod, decision: Decision, policy?: Policy): unknown {
  const after = jsonPatch.applyPatch(structuredClone(pod), operationsOn(pod, decision, policy), true).newDocument;
  return after.metadata?.annotations ?? null;
}

const FILE_SAID = `,"configPath":"${PRIVATE_FILE}"`;
const statusText = (selection: string, rest = ""): string =>
  `{"decision":"patch","selection":"${selection}","mode":"enforce","version":"1.2.3","from":"kata-clh"${rest}}`;

describe("buildPatch: what is set", () => {
  it("switches the class, with all that the variant brings along", () => {
    const variant = { overhead: { cpu: "1" }, nodeSelector: { thp: "true" }, tolerations: [{ key: "thp" }] };
    const facts = factsWithVariant({ pod: podOf({ overhead: { cpu: "250m" } }) }, variant);
    expect(buildPatch(facts, patchedBy(TO_CLASS), policyOf(), "1.2.3")).toEqual([
      { op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" },
      { op: "replace", path: "/spec/overhead", value: { cpu: "1" } },
      { op: "add", path: "/spec/nodeSelector", value: { thp: "true" } },
      { op: "add", path: "/spec/tolerations", value: [{ key: "thp" }] },
      { op: "add", path: "/metadata/annotations", value: {} },
      {
        op: "add",
        path: "/metadata/annotations/kata-thp.dev~1status",
        value: statusText("runtime-class", ',"added":["nodeSelector","tolerations"]'),
      },
    ]);
  });

  it("names the file", () => {
    expect(operationsOn(annotated({ own: "1" }, { overhead: { cpu: "1" } }), patchedBy(TO_FILE))).toEqual([
      { op: "add", path: "/metadata/annotations/io.katacontainers.config_path", value: PRIVATE_FILE },
      { op: "add", path: "/metadata/annotations/kata-thp.dev~1status", value: statusText("config-path", FILE_SAID) },
    ]);
  });

  it("writes both hypervisor annotations", () => {
    expect(operationsOn(annotated({}), patchedBy(BY_ANNOTATIONS))).toEqual([
      { op: "add", path: `/metadata/annotations/${SHARED_FS}`, value: "none" },
      { op: "add", path: `/metadata/annotations/${HUGEPAGES}`, value: "false" },
      { op: "add", path: "/metadata/annotations/kata-thp.dev~1status", value: statusText("hypervisor-annotations") },
    ]);
  });

  it.each(["false", "0", "f", "F", "FALSE", "False"])("leaves the user's own enable_hugepages=%s", (own) => {
    expect(annotationsAfter(annotated({ [HUGEPAGES]: own }), patchedBy(BY_ANNOTATIONS))).toMatchObject({
      [SHARED_FS]: "none",
      [HUGEPAGES]: own,
      // Or it would be taken for ours when the pod is put back.
      "kata-thp.dev/status": `${statusText("hypervisor-annotations").slice(0, -1)},"ownHugepages":true}`,
    });
  });

  it("says that it was forced, and in which mode", () => {
    expect(annotationsAfter(podOf(), patchedBy(TO_CLASS, { forced: true }))).toEqual({
      "kata-thp.dev/status": `${statusText("runtime-class").slice(0, -1)},"forced":true}`,
    });
  });

  it("takes an old skipped annotation away and replaces a foreign status", () => {
    const pod = annotated({ "kata-thp.dev/skipped": "HostPathVolume", "kata-thp.dev/status": "mine", own: "1" });
    expect(annotationsAfter(pod, patchedBy(TO_FILE))).toEqual({
      own: "1",
      [CONFIG_PATH]: PRIVATE_FILE,
      "kata-thp.dev/status": statusText("config-path", FILE_SAID),
    });
  });

  it("leaves no status of anybody's where the policy wants none", () => {
    const policy = policyOf({}, { status: { annotatePatched: false, annotateSkipped: true, warn: true } });
    expect(operationsOn(podOf(), patchedBy(TO_CLASS), policy)).toEqual([
      { op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" },
    ]);
    expect(annotationsAfter(annotated({ "kata-thp.dev/status": "mine" }), patchedBy(TO_FILE), policy)).toEqual({
      [CONFIG_PATH]: PRIVATE_FILE,
    });
  });

  it("has no operation for what is so already", () => {
    expect(
      operationsOn(
        annotated({
          [CONFIG_PATH]: PRIVATE_FILE,
          "kata-thp.dev/status": renderStatus(statusOf("config-path", { configPath: PRIVATE_FILE })),
        }),
        patchedBy(TO_FILE),
      ),
    ).toEqual([]);
  });

  it.each<[string, Pod]>([
    ["no metadata", { spec: { runtimeClassName: "kata-clh" } }],
    ["null metadata", { metadata: null, spec: { runtimeClassName: "kata-clh" } }],
    ["no annotations", { metadata: {}, spec: { runtimeClassName: "kata-clh" } }],
    ["null annotations", { metadata: { annotations: null }, spec: { runtimeClassName: "kata-clh" } }],
  ])("makes the parents: %s", (_, pod) => {
    expect(annotationsAfter(pod, patchedBy(TO_FILE))).toEqual({
      [CONFIG_PATH]: PRIVATE_FILE,
      "kata-thp.dev/status": statusText("config-path", FILE_SAID),
    });
  });
});
