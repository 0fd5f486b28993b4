import fc from "fast-check";
import { expect, it } from "vitest";
import { askRules } from "../../src/engine/ask-rules.ts";
import { mountedVolumes } from "../../src/engine/mounted-volumes.ts";
import { eachContainer } from "../../src/engine/pod.ts";
import { RULES } from "../../src/engine/rules/index.ts";
import { alreadyPrivate } from "../../src/engine/already.ts";
import { select } from "../../src/engine/select.ts";
import { findTarget } from "../../src/engine/target.ts";
import { call, SCENARIOS } from "./call.ts";

// That each rule is asked where it should be, the corpus in test/cases shows: it has cases for every reason.
it("asks every rule that would find something", async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async ({ pod, policy, ...rest }) => {
      const { facts } = await call({ pod, policy, ...rest });
      const aim = findTarget(policy, pod, facts.podClass);
      if (aim === null) return;
      const { destinations } = alreadyPrivate(facts, policy, aim) ?? select({ facts, pod, policy, target: aim.target });
      const containers = eachContainer(pod);
      const volumes = mountedVolumes(pod, containers);
      for (const destination of destinations ?? []) {
        const input = { pod, containers, volumes, facts, policy, target: aim.target, destination };
        expect(askRules(input)).toEqual(RULES.flatMap((rule) => rule.check(input)));
      }
    }),
    { numRuns: 2000 },
  );
}, 30_000);
