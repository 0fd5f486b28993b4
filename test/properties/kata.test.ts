// The first harm: a pod that Kata refuses. What the tables of src/kata predict is held against every patch.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { KataEvidence } from "../../src/engine/evidence.ts";
import { select } from "../../src/engine/select.ts";
import { CONFIG_PATH_KEY } from "../../src/kata/annotations.ts";
import { caseOf, predict, type PredictionCase } from "../../src/kata/predict.ts";
import type { Prediction } from "../../src/kata/prediction.ts";
import { type KataVersion, parseKataVersion } from "../../src/kata/version.ts";
import { applyStrictly } from "./api-server.ts";
import { call, PLAIN_SCENARIOS } from "./call.ts";
import { annotationsOf } from "./pod-difference.ts";

/** Where nobody says which release it is, it may be any of these. */
const RELEASES = ["3.12.0", "3.20.0", "3.26.0", "3.28.0", "3.32.0", "4.0.0", "4.1.0"].flatMap(
  (text) => parseKataVersion(text) ?? [],
);

/** The configuration that the evidence describes: private, with the allow-list that is known. */
function privateTables({ enableAnnotations, emptydirMode }: KataEvidence): PredictionCase["dropIn"] {
  return {
    hypervisor: {
      shared_fs: "none",
      enable_hugepages: false,
      ...(enableAnnotations === null ? {} : { enable_annotations: enableAnnotations }),
    },
    ...(emptydirMode === null ? {} : { runtime: { emptydir_mode: emptydirMode } }),
  };
}

function predictions(
  version: KataVersion,
  destination: KataEvidence,
  own: Readonly<Record<string, string>>,
  patched: Readonly<Record<string, string>>,
): { before: Prediction; after: Prediction } {
  const tables = privateTables(destination);
  const configPath = patched[CONFIG_PATH_KEY];
  // A class that enables every key: what it refuses is a value, and that is the user's own affair.
  const before = predict(caseOf(version, "go", { hypervisor: { enable_annotations: [""] } }, own));
  if (configPath === undefined) return { before, after: predict(caseOf(version, "go", tables, patched)) };
  const onNode = { ...caseOf(version, "go", {}, patched), otherFiles: new Map([[configPath, tables]]) };
  return { before, after: predict(onNode) };
}

it("moves no pod to a Kata that refuses it, and none to memory that is still shared", async () => {
  let judged = 0;
  await fc.assert(
    fc.asyncProperty(PLAIN_SCENARIOS, async (scenario) => {
      const pod = scenario.pod;
      const policy = { ...scenario.policy, dangerouslyAllow: [] };
      const { facts, decision, operations } = await call({ ...scenario, policy });
      // A build that takes shared_fs=none as an annotation is not one of the tables'.
      if (decision.kind !== "patch" || decision.forced || decision.selection === "hypervisor-annotations") return;
      const target = policy.targets.find(({ runtimeClass }) => runtimeClass === decision.from);
      if (target === undefined) throw new Error("the decision's class is no target");
      const { destinations } = select({ facts, pod, policy, target });
      const own = annotationsOf(pod) as Record<string, string>;
      const patched = annotationsOf(applyStrictly(pod, operations)) as Record<string, string>;
      const honours = ({ major }: KataVersion): boolean => decision.selection !== "config-path" || major < 4;
      const possible = destinations.flatMap((destination) =>
        (destination.version === null ? RELEASES.filter(honours) : [destination.version]).map((version) => ({
          destination,
          version,
        })),
      );
      for (const { destination, version } of possible) {
        const { before, after } = predictions(version, destination, own, patched);
        // What only Kata's own parser can judge, or a value that it refuses anyway, is not our doing.
        if (before.kind !== "accepted" || after.kind === "undetermined") continue;
        // Who says what the configuration has and not which release it is for says that it suits that release.
        const suits = after.kind !== "rejected" || after.by !== "configuration-refused";
        if (destination.version === null && !suits) continue;
        expect(after).toMatchObject({ kind: "accepted", memory: { shared: false, hugepages: false } });
        judged += 1;
      }
    }),
    { numRuns: 800 },
  );
  expect(judged).toBeGreaterThan(50);
});
