// What a tenant can reach by writing our own keys: never a patch that the pod would not have had without them.
import fc from "fast-check";
import { expect, it } from "vitest";
import { MODES } from "../../src/engine/facts.ts";
import type { Pod } from "../../src/engine/pod.ts";
import { SELECTIONS } from "../../src/engine/policy.ts";
import { parseStatus, renderStatus } from "../../src/engine/status.ts";
import { applyStrictly } from "./api-server.ts";
import { call, PLAIN_SCENARIOS, SCENARIOS } from "./call.ts";
import { annotationsOf } from "./pod-difference.ts";

const STATUS = "kata-thp.dev/status";
const SKIPPED = "kata-thp.dev/skipped";
const CLASSES = ["kata-clh", "kata-clh-thp", "kata-other", "no-such-class"];

/** Statuses that are well made, for selections and classes of the tenant's choosing, and such as are not. */
const FORGED = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        decision: fc.constant("patch" as const),
        selection: fc.constantFrom(...SELECTIONS),
        mode: fc.constantFrom(...MODES),
        version: fc.constantFrom("0.0.1", "9.9.9"),
        from: fc.constantFrom(...CLASSES),
      })
      .map(renderStatus),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "{}", "null", '{"decision":"patch","from":"kata-clh"}', "[".repeat(2000)),
  },
);
const OURS = fc.record({ [STATUS]: FORGED, [SKIPPED]: fc.constantFrom("", "HostPathVolume", "Nothing\n{}") });

function withAnnotations(pod: Pod, ours: Readonly<Record<string, string>>): Pod {
  const { [STATUS]: _status, [SKIPPED]: _skipped, ...own } = annotationsOf(pod);
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...own, ...ours } } } as Pod;
}

it("a forged status or skipped annotation gets no pod patched that would be left alone without it", async () => {
  let patched = 0;
  let forgedWell = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(SCENARIOS, PLAIN_SCENARIOS), OURS, async (scenario, ours) => {
      const clean = await call({ ...scenario, pod: withAnnotations(scenario.pod, {}) });
      const forged = await call({ ...scenario, pod: withAnnotations(scenario.pod, ours) });
      if (parseStatus(ours[STATUS] ?? null) !== null) forgedWell += 1;
      if (forged.decision.kind !== "patch") return;
      patched += 1;
      expect(clean.decision.kind).toBe("patch");
    }),
    { numRuns: 1500 },
  );
  // Otherwise nothing was tried.
  expect(patched).toBeGreaterThan(30);
  expect(forgedWell).toBeGreaterThan(300);
});

it("a forged status moves a pod to no class but one that the policy targets, or that stands in for one", async () => {
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(SCENARIOS, PLAIN_SCENARIOS), OURS, async (scenario, ours) => {
      const pod = withAnnotations(scenario.pod, ours);
      const { operations } = await call({ ...scenario, pod });
      const after = applyStrictly(pod, operations).spec?.runtimeClassName ?? null;
      if (after === (pod.spec?.runtimeClassName ?? null)) return;
      moved += 1;
      const targets = scenario.policy.targets.map(({ runtimeClass }) => runtimeClass);
      const named = scenario.policy.targets.map(({ variant }) => variant);
      const standIns = scenario.cluster.classes
        .filter(({ variantOf }) => variantOf !== null && targets.includes(variantOf))
        .map(({ name }) => name);
      expect([...targets, ...named, ...standIns]).toContain(after);
      // And never to a class that only the tenant's own text names.
      expect(after).not.toBe("no-such-class");
    }),
    { numRuns: 1500 },
  );
  expect(moved).toBeGreaterThan(30);
});

it("writes no text of a forged annotation anywhere", async () => {
  const marker = "FORGED-BY-A-TENANT";
  await fc.assert(
    fc.asyncProperty(PLAIN_SCENARIOS, fc.constantFrom(...CLASSES), async (scenario, from) => {
      const status = { decision: "patch", selection: "runtime-class", mode: "enforce", version: marker, from } as const;
      const pod = withAnnotations(scenario.pod, { [STATUS]: renderStatus(status), [SKIPPED]: marker });
      const { operations, warnings, decision } = await call({ ...scenario, pod });
      expect(JSON.stringify([operations, warnings])).not.toContain(marker);
      if (decision.kind === "patch") expect(JSON.stringify(decision)).not.toContain(marker);
    }),
    { numRuns: 500 },
  );
});
