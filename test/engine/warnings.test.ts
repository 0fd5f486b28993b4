import { describe, expect, it } from "vitest";
import type { Decision, PatchDecision } from "../../src/engine/decision.ts";
import { ALL_REASONS, REASONS } from "../../src/engine/reasons.ts";
import type { Finding } from "../../src/engine/rule.ts";
import { warningsFor } from "../../src/engine/warnings.ts";
import { policyOf } from "./sample-facts.ts";

const policy = policyOf();

function skip(...findings: Finding[]): Decision {
  return { kind: "skip", findings, putBack: null };
}

function patch(rest: Partial<PatchDecision> = {}): Decision {
  return {
    kind: "patch",
    selection: "runtime-class",
    by: { selection: "runtime-class", runtimeClass: "kata-clh-thp" },
    from: "kata-clh",
    forced: false,
    findings: [],
    barePod: false,
    ...rest,
  };
}

const HOST_PATH: Finding = {
  reason: "HostPathVolume",
  severity: "blocks",
  path: "/spec/volumes/0/hostPath",
  detail: "Directory",
};
const TOO_OLD: Finding = { reason: "KataTooOld", severity: "blocks", path: "/spec/runtimeClassName" };

describe("warningsFor", () => {
  it("says what, where, why and what to do", () => {
    expect(warningsFor(skip(HOST_PATH), policy, "enforce")).toEqual([
      "kata-thp: HostPathVolume at spec.volumes[0].hostPath (Directory): A hostPath directory, or a device away from its own path, would be a copy or be missing. Use a configMap, emptyDir or block claim; for one file say type: File and readOnly.",
    ]);
    expect(warningsFor(skip({ reason: "BarePod", severity: "blocks", path: "" }), policy, "enforce")).toEqual([
      "kata-thp: BarePod: The pod has no controller and the policy leaves such pods alone, as a second kubectl apply would fail. Use a Deployment or Job, or set barePods: patch in the policy.",
    ]);
  });

  it.each<[string, Decision, string[]]>([
    ["what only the operator can change", skip(TOO_OLD), []],
    ["that the pod opted out", skip({ reason: "OptedOut", severity: "blocks", path: "" }), []],
    ["the user's part beside the operator's", skip(TOO_OLD, HOST_PATH), ["HostPathVolume"]],
    ["the same reason twice", skip(HOST_PATH, { ...HOST_PATH, path: "/spec/volumes/1/hostPath" }), ["HostPathVolume"]],
    [
      "what degrades, whoever can change it",
      patch({ findings: [{ reason: "TerminationMessage", severity: "degrades", path: "" }] }),
      ["TerminationMessage"],
    ],
    ["nothing", patch(), []],
  ])("tells, of %s", (_, decision, expected) => {
    const told = warningsFor(decision, policy, "enforce").map((text) => /^kata-thp: (\w+)/.exec(text)?.[1]);
    expect(told).toEqual(expected);
  });

  it("names the first place of a reason", () => {
    const second = { ...HOST_PATH, path: "/spec/volumes/7/hostPath" };
    expect(warningsFor(skip(HOST_PATH, second), policy, "enforce")[0]).toContain("spec.volumes[0].hostPath");
  });

  it("warns of a second kubectl apply of a bare pod", () => {
    expect(warningsFor(patch({ barePod: true }), policy, "enforce")).toEqual([
      "kata-thp: the pod has no controller and its runtimeClassName was changed, so a second kubectl apply of the same manifest will fail: use a Deployment or Job",
    ]);
  });

  it("says nothing in observe mode, or where the policy switches it off", () => {
    const quiet = policyOf({}, { status: { annotatePatched: true, annotateSkipped: true, warn: false } });
    for (const decision of [skip(HOST_PATH), patch({ barePod: true })]) {
      expect(warningsFor(decision, policy, "observe")).toEqual([]);
      expect(warningsFor(decision, quiet, "enforce")).toEqual([]);
    }
  });

  it("shows no key of a tenant's", () => {
    const path = "/spec/containers/0/resources/limits/example.com~1secret";
    const warnings = warningsFor(skip({ reason: "HugePages", severity: "blocks", path }), policy, "enforce");
    expect(warnings.join()).toContain("spec.containers[0].resources.limits[*]");
    expect(warnings.join()).not.toContain("secret");
  });

  // The pod comes from whoever may create one; a request of 3 MB has room for this many.
  it("is done in time with very many findings", () => {
    const many = [HOST_PATH, TOO_OLD].flatMap((finding) =>
      Array.from({ length: 60_000 }, (_, index) => ({ ...finding, path: `/spec/volumes/${index}/hostPath` })),
    );
    const before = performance.now();
    expect(warningsFor(skip(...many.slice(0, 100_000)), policy, "enforce")).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe("a warning's length", () => {
  const said = ALL_REASONS.filter((reason) => REASONS[reason].actor === "user" || REASONS[reason].kind === "degrades");

  it.each(said)("%s fits the API server's 256 runes", (reason) => {
    const severity = REASONS[reason].kind === "degrades" ? "degrades" : "blocks";
    const finding: Finding = { reason, severity, path: "/spec/volumes/10/persistentVolumeClaim", detail: "Filesystem" };
    const [warning = ""] = warningsFor(skip(finding), policy, "enforce");
    expect(warning).not.toBe("");
    expect(Array.from(warning).length).toBeLessThanOrEqual(256);
  });
});
