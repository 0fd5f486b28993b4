import fc from "fast-check";
import { expect, it } from "vitest";
import { decide } from "../../src/engine/decide.ts";
import { buildPatch } from "../../src/engine/patch.ts";
import { compareReasons, REASONS } from "../../src/engine/reasons.ts";
import { warningsFor } from "../../src/engine/warnings.ts";
import { call, deepFreeze, SCENARIOS, VERSION } from "./call.ts";
import { dangersOf } from "./dangers.ts";
import { reordered } from "./pod-difference.ts";

it("patches no pod that has what private memory breaks, unless the policy allows it by name", async () => {
  let dangerous = 0;
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { decision, facts } = await call(scenario);
      const dangers = dangersOf(scenario.pod, facts.claims, scenario.policy);
      if (dangers.length > 0) dangerous += 1;
      if (decision.kind !== "patch") return;
      for (const danger of dangers) expect(scenario.policy.dangerouslyAllow).toContain(danger);
    }),
    { numRuns: 1000 },
  );
  expect(dangerous).toBeGreaterThan(120);
});

it("has findings that fit the decision, in the order of the reasons", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { decision, facts, operations } = await call(scenario);
      const { findings } = decision;
      const isBlocked = findings.some(({ severity }) => severity === "blocks");
      expect(isBlocked).toBe(decision.kind === "skip");
      expect(findings.map(({ reason }) => reason)).toEqual(
        findings.map(({ reason }) => reason).toSorted(compareReasons),
      );
      // Every finding names a field that the pod has, or could have.
      for (const { path } of findings) expect(path).toMatch(/^(?:|\/(?:metadata|spec)(?:\/.*)?)$/s);
      const isScope = findings.some(({ reason }) => REASONS[reason].kind === "scope");
      if (isScope) expect(operations).toEqual([]);
      expect(facts.pod).toBe(scenario.pod);
    }),
    { numRuns: 400 },
  );
});

it("is the same every time, whatever order maps have their keys in", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, fc.integer(), async (scenario, seed) => {
      const { facts, decision, operations, warnings } = await call(scenario);
      const [otherFacts, otherPolicy] = [
        deepFreeze(reordered(facts, seed)),
        deepFreeze(reordered(scenario.policy, seed)),
      ];
      const other = decide(otherFacts, otherPolicy);
      expect(JSON.stringify(other)).toBe(JSON.stringify(decision));
      expect(JSON.stringify(decide(facts, scenario.policy))).toBe(JSON.stringify(decision));
      expect(buildPatch(otherFacts, other, otherPolicy, VERSION)).toEqual(operations);
      expect(warningsFor(other, otherPolicy, facts.mode)).toEqual(warnings);
    }),
    { numRuns: 400 },
  );
});

it("can be made again from facts that went through JSON", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const { facts, decision } = await call(scenario);
      expect(decide(JSON.parse(JSON.stringify(facts)) as typeof facts, scenario.policy)).toEqual(decision);
    }),
    { numRuns: 200 },
  );
});
