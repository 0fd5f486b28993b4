import { describe, expect, it } from "vitest";
import { annotationsFit, mostAnnotations } from "../../src/engine/annotation-room.ts";
import { decide } from "../../src/engine/decide.ts";
import { buildPatch } from "../../src/engine/patch.ts";
import type { Pod } from "../../src/engine/pod.ts";
import { annotated, factsWithVariant, podOf, policyOf, PRIVATE_FILE } from "./sample-facts.ts";

const LIMIT = 256 * 1024;

/** A pod with one annotation, which leaves so many bytes. */
function leaving(free: number): Pod {
  return annotated({ pad: "x".repeat(LIMIT - "pad".length - free) });
}

describe("annotationsFit", () => {
  it.each<[string, Pod, Record<string, string | null>, boolean]>([
    ["to the last byte", leaving(8), { our: "value" }, true],
    ["but for one byte", leaving(7), { our: "value" }, false],
    ["in bytes, not characters", annotated({ a: "\u00e4".repeat(LIMIT / 2 - 4) }), { our: "val\u00e4" }, false],
    ["with three bytes", annotated({ a: "\u20ac".repeat(3) }), { our: "x".repeat(LIMIT - 13) }, true],
    ["with four bytes", annotated({ a: "\u{1f600}".repeat(3) }), { our: "x".repeat(LIMIT - 16) }, true],
    ["with half a pair, which Go makes three bytes", annotated({ a: "\ud800" }), { our: "x".repeat(LIMIT - 6) }, false],
    ["what is replaced once", leaving(0), { pad: "y" }, true],
    ["what is removed not at all", leaving(0), { pad: null, our: "value" }, true],
    ["not what was too much before", leaving(-1), {}, false],
    ["null, which is no value, not at all", { metadata: { annotations: JSON.parse('{"a":null}') } }, {}, true],
    ["where there are none", podOf(), { our: "x".repeat(LIMIT - 3) }, true],
  ])("counts %s", (_, pod, wanted, fits) => {
    expect(annotationsFit(pod, wanted)).toBe(fits);
  });
});

it("mostAnnotations counts what each selection writes", () => {
  expect(Object.keys(mostAnnotations({ selection: "runtime-class", runtimeClass: "c" }, true))).toEqual([
    "kata-thp.dev/status",
  ]);
  expect(mostAnnotations({ selection: "config-path", configPath: PRIVATE_FILE }, false)).toEqual({
    "io.katacontainers.config_path": PRIVATE_FILE,
  });
  expect(mostAnnotations({ selection: "hypervisor-annotations" }, false)).toEqual({
    "io.katacontainers.config.hypervisor.shared_fs": "none",
    "io.katacontainers.config.hypervisor.enable_hugepages": "false",
  });
});

describe("a pod of many annotations", () => {
  const ROOM = "kata-thp.dev/status".length + 1024;
  const outcomeOf = (pod: Pod, policy = policyOf()): unknown => {
    const facts = factsWithVariant({ pod });
    const decision = decide(facts, policy);
    return [
      decision.findings.map(({ reason }) => reason),
      buildPatch(facts, decision, policy, "1.2.3").map(({ path }) => path),
    ];
  };

  it("is patched where there is room for the longest status", () => {
    expect(outcomeOf(leaving(ROOM))).toEqual([
      [],
      ["/spec/runtimeClassName", "/spec/overhead", "/metadata/annotations/kata-thp.dev~1status"],
    ]);
  });

  it("is left alone where there is not, and says so where there is room for that", () => {
    const skipped = "/metadata/annotations/kata-thp.dev~1skipped";
    const room = "kata-thp.dev/skipped".length + "AnnotationsTooLarge".length;
    expect(outcomeOf(leaving(ROOM - 1))).toEqual([["AnnotationsTooLarge"], [skipped]]);
    expect(outcomeOf(leaving(room))).toEqual([["AnnotationsTooLarge"], [skipped]]);
    expect(outcomeOf(leaving(room - 1))).toEqual([["AnnotationsTooLarge"], []]);
  });

  it("loses a list of reasons that is not so any more, where there is no room for the new one", () => {
    const pod = annotated({ "kata-thp.dev/skipped": "HugePages", pad: "x".repeat(LIMIT - 32) });
    expect(outcomeOf(pod)).toEqual([["AnnotationsTooLarge"], ["/metadata/annotations/kata-thp.dev~1skipped"]]);
  });

  it("needs no room for a status that the policy does not want", () => {
    const policy = policyOf({}, { status: { annotatePatched: false, annotateSkipped: true, warn: true } });
    expect(outcomeOf(leaving(0), policy)).toEqual([[], ["/spec/runtimeClassName", "/spec/overhead"]]);
  });
});
