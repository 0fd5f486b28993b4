import { describe, expect, it } from "vitest";
import { type Facts, known, unknown } from "../../../src/engine/facts.ts";
import type { PolicyTarget } from "../../../src/engine/policy.ts";
import { attemptRuntimeClass } from "../../../src/engine/selections/runtime-class.ts";
import { annotated, classOf, factsOf, factsWithVariant, line, policyOf, reporting, targetOf } from "../sample-facts.ts";

const CLASS = "/spec/runtimeClassName";

/** What stands in the way; what nothing overrides is marked with `firm`. */
function against(facts: Facts, target: Partial<PolicyTarget> = {}, isAuto = false): string[] {
  const attempt = attemptRuntimeClass({
    facts,
    pod: facts.pod,
    policy: policyOf(target),
    target: targetOf(target),
    isAuto,
  });
  return [...attempt.aboutKata.map(line), ...attempt.firm.map((finding) => `firm ${line(finding)}`)];
}

describe("attemptRuntimeClass: the variant", () => {
  it.each<[string, Partial<Facts>, boolean, string[]]>([
    ["nobody names one", {}, false, [`firm VariantMissing blocks ${CLASS}`]],
    ["nobody names one, auto", {}, true, []],
    [
      "the policy's does not exist",
      { policyVariant: unknown("not found") },
      true,
      [`firm VariantMissing blocks ${CLASS}`],
    ],
    [
      "two",
      { annotatedVariants: known([classOf("a"), classOf("b")]) },
      true,
      [`firm VariantAmbiguous blocks ${CLASS}`],
    ],
    [
      "classes not synced",
      { annotatedVariants: unknown("not synced") },
      false,
      [`firm KataSupportUnknown blocks ${CLASS} (not synced)`],
    ],
    [
      "classes forbidden",
      { annotatedVariants: unknown("forbidden") },
      false,
      [`firm KataSupportUnknown blocks ${CLASS} (forbidden)`],
    ],
    // auto may still find another way.
    ["classes not synced, auto", { annotatedVariants: unknown("not synced") }, true, []],
    [
      "classes stale",
      { annotatedVariants: unknown("stale") },
      true,
      [`firm EvidenceStale blocks ${CLASS} (RuntimeClasses)`],
    ],
    [
      "the policy's, stale",
      { policyVariant: unknown("stale") },
      false,
      [`firm EvidenceStale blocks ${CLASS} (RuntimeClasses)`],
    ],
  ])("%s", (_, facts, isAuto, expected) => {
    expect(against(factsOf(facts), {}, isAuto)).toEqual(expected);
  });

  it("switches to the variant's name, whatever its handler is called", () => {
    const facts = factsWithVariant({}, { name: "thp", handler: "kata-clh-private" });
    const { by } = attemptRuntimeClass({ facts, pod: facts.pod, policy: policyOf(), target: targetOf(), isAuto: true });
    expect(by).toEqual({ selection: "runtime-class", runtimeClass: "thp" });
  });
});

const reported = (said: Parameters<typeof reporting>[1]): Facts =>
  factsWithVariant({ variantNodes: known([reporting("kata-clh-thp", said)]) });

describe("attemptRuntimeClass: the variant's Kata", () => {
  it.each<[string, Facts, Partial<PolicyTarget>, string[]]>([
    [
      "its class's version counts",
      factsWithVariant({}, { kataVersion: "3.11.0" }),
      {},
      [`KataTooOld blocks ${CLASS} (before 3.12.0)`],
    ],
    [
      "the target's, where nobody says which",
      factsWithVariant({ targetClass: known(classOf("kata-clh", { kataVersion: "3.11.0" })) }),
      {},
      [`KataTooOld blocks ${CLASS} (before 3.12.0)`],
    ],
    [
      "not the target's, where somebody does",
      factsWithVariant({ targetClass: known(classOf("kata-clh", { kataVersion: "3.11.0" })) }),
      { private: { version: "3.32.0" } },
      [],
    ],
    [
      "kata speaks for it too",
      factsWithVariant(),
      { kata: { runtime: "runtime-rs" } },
      [`RuntimeSharesMemory blocks ${CLASS} (runtime-rs)`],
    ],
    [
      "private speaks for it alone",
      factsWithVariant(),
      { kata: { rootfs: "shared" }, private: { rootfs: "erofs" } },
      [],
    ],
    [
      "a rootfs that is shared",
      factsWithVariant(),
      { kata: { rootfs: "shared" } },
      [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`],
    ],
    ["reported shared", reported({ rootfs: "shared" }), {}, [`RootfsNeedsSharedFs blocks ${CLASS} (shared)`]],
    ["reported private", reported({ sharedFs: "none", hugepages: false }), {}, []],
    [
      "reported with virtio-fs",
      reported({ sharedFs: "virtio-fs" }),
      {},
      [`EvidenceContradicts blocks ${CLASS} (sharedFs)`],
    ],
    [
      "reported with huge pages",
      reported({ sharedFs: "none", hugepages: true }),
      {},
      [`EvidenceContradicts blocks ${CLASS} (hugepages)`],
    ],
    [
      "one contradiction is enough",
      reported({ sharedFs: "virtio-fs", version: "4.0.0" }),
      { kata: { version: "4.1.0" } },
      [`EvidenceContradicts blocks ${CLASS} (version)`],
    ],
    [
      "block-plain where Kata refuses it",
      factsWithVariant(),
      { private: { version: "3.30.0", runtime: "go", emptydirMode: "block-plain" } },
      [`EvidenceContradicts blocks ${CLASS} (emptydirMode)`],
    ],
    [
      "hosts without huge pages",
      factsWithVariant({ variantNodes: known([reporting("kata-clh-thp", {}, "never")]) }),
      {},
      [`HostThpNever blocks ${CLASS} (never)`],
    ],
  ])("%s", (_, facts, target, expected) => {
    expect(against(facts, target)).toEqual(expected);
  });

  it("judges the user's annotations by the variant's allow-list, never by the target's", () => {
    const key = "io.katacontainers.config.hypervisor.default_vcpus";
    const facts = factsWithVariant({ pod: annotated({ [key]: "2" }) });
    const finding = `UserAnnotationRefused blocks /metadata/annotations/${key}`;
    const kata = { version: "4.1.0", runtime: "go", enableAnnotations: ["default_vcpus"] } as const;
    expect(against(facts, { kata })).toEqual([`${finding} (not enabled)`]);
    expect(against(facts, { kata: {}, private: {} })).toEqual([`${finding} (unknown)`]);
    expect(against(facts, { kata, private: { enableAnnotations: ["default_vcpus"] } })).toEqual([]);
  });
});
