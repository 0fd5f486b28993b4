// What holds for the patch of every pod, in every cluster, under every policy.
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseStatus } from "../../src/engine/status.ts";
import { applyStrictly } from "./api-server.ts";
import { call, SCENARIOS, VERSION } from "./call.ts";
import { annotationsOf, pointersThatDiffer } from "./pod-difference.ts";

const SHARED_FS = "io.katacontainers.config.hypervisor.shared_fs";
const HUGEPAGES = "io.katacontainers.config.hypervisor.enable_hugepages";
const CONFIG_PATH = "io.katacontainers.config_path";
const STATUS = "kata-thp.dev/status";
const SKIPPED = "kata-thp.dev/skipped";

/** What a class brings along, which is written with a class switch only. */
const BROUGHT_ALONG = /^\/spec\/(?:overhead|nodeSelector|tolerations)(?:\/.*)?$/s;

/** All else that is ever written. */
const OURS = new Set([
  "/spec/runtimeClassName",
  ...[SHARED_FS, HUGEPAGES, CONFIG_PATH, STATUS, SKIPPED].map(
    (key) => `/metadata/annotations/${key.replaceAll("/", "~1")}`,
  ),
]);

it("applies strictly, and changes nothing but the fixed fields and keys", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { operations } = await call(scenario);
      const after = applyStrictly(scenario.pod, operations);
      const differing = pointersThatDiffer(scenario.pod, after);
      const isSwitch = differing.includes("/spec/runtimeClassName");
      for (const pointer of differing) if (!isSwitch || !BROUGHT_ALONG.test(pointer)) expect(OURS).toContain(pointer);
    }),
    { numRuns: 800 },
  );
});

it("overwrites no value of the user's", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { decision, operations } = await call(scenario);
      const after = applyStrictly(scenario.pod, operations);
      const [own, patched] = [annotationsOf(scenario.pod), annotationsOf(after)];
      // What a status of ours claims to have written is not the user's.
      const isPutBack = decision.kind === "skip" && decision.putBack !== null;
      for (const key of Object.keys(own)) {
        const isOurs =
          key === STATUS || key === SKIPPED || (isPutBack && [SHARED_FS, HUGEPAGES, CONFIG_PATH].includes(key));
        if (!isOurs && own[key] !== null) expect(patched[key]).toBe(own[key]);
      }
      const changesClass =
        (decision.kind === "patch" && decision.selection === "runtime-class") ||
        (isPutBack && decision.putBack.selection === "runtime-class");
      if (!changesClass) expect(after.spec).toEqual(scenario.pod.spec);
      expect(after.spec?.nodeSelector ?? {}).toMatchObject(scenario.pod.spec?.nodeSelector ?? {});
      const tolerations = scenario.pod.spec?.tolerations ?? [];
      expect((after.spec?.tolerations ?? []).slice(0, tolerations.length)).toEqual(tolerations);
    }),
    { numRuns: 800 },
  );
});

it("says in the status what was done, and leaves none where nothing was", async () => {
  const counts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { decision, operations } = await call(scenario);
      const after = applyStrictly(scenario.pod, operations);
      const annotations = annotationsOf(after);
      counts.set(decision.kind, (counts.get(decision.kind) ?? 0) + 1);
      if (decision.kind === "patch") {
        counts.set(decision.selection, (counts.get(decision.selection) ?? 0) + 1);
        expect(annotations[SKIPPED]).toBeUndefined();
        const { added, ...said } = JSON.parse(annotations[STATUS] ?? "{}") as { readonly added?: readonly string[] };
        // second-call.test.ts holds it against what a put-back takes away.
        for (const field of added ?? []) expect(["nodeSelector", "tolerations"]).toContain(field);
        expect(annotations[STATUS] === undefined ? null : JSON.stringify(said)).toBe(
          scenario.policy.status.annotatePatched
            ? JSON.stringify({
                decision: "patch",
                selection: decision.selection,
                mode: "enforce",
                version: VERSION,
                from: scenario.pod.spec?.runtimeClassName,
                ...(decision.forced ? { forced: true } : {}),
                ...(decision.selection === "hypervisor-annotations" && annotationsOf(scenario.pod)[HUGEPAGES] != null
                  ? { ownHugepages: true }
                  : {}),
                ...(decision.by.selection === "config-path" ? { configPath: decision.by.configPath } : {}),
              })
            : null,
        );
        if (decision.by.selection === "runtime-class")
          expect(after.spec?.runtimeClassName).toBe(decision.by.runtimeClass);
        if (decision.by.selection === "config-path") expect(annotations[CONFIG_PATH]).toBe(decision.by.configPath);
        if (decision.by.selection === "hypervisor-annotations") {
          expect(annotations[SHARED_FS]).toBe("none");
          expect(annotations[HUGEPAGES]).toBeDefined();
        }
      } else if (operations.length > 0) {
        expect(parseStatus(annotations[STATUS] ?? null)).toBeNull();
      }
    }),
    { numRuns: 800 },
  );
  // A property of patches that meets hardly any patch says nothing.
  for (const kind of ["patch", "runtime-class", "config-path", "hypervisor-annotations", "skip"]) {
    expect(counts.get(kind) ?? 0, kind).toBeGreaterThan(15);
  }
});

it("has no operation in observe mode, and no warning", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const observed = await call(scenario, "observe");
      expect([observed.operations, observed.warnings]).toEqual([[], []]);
      // The decision is the same one: it is only not applied.
      expect(observed.decision).toEqual((await call(scenario)).decision);
    }),
    { numRuns: 300 },
  );
});
