// The API server calls again when a later webhook, or its own RuntimeClass plugin, has changed the pod.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RuntimeClassFacts } from "../../src/engine/facts.ts";
import type { Pod } from "../../src/engine/pod.ts";
import { applyStrictly, covers, mergedTolerations, runtimeClassPlugin, runtimeClassValidation } from "./api-server.ts";
import { call, PLAIN_SCENARIOS, type Scenario, SCENARIOS } from "./call.ts";

/** The pod as the webhook sees it first; null where the API server has refused it already. */
function firstSeen({ pod, cluster }: Scenario): Pod | null {
  const admitted = runtimeClassPlugin(pod, cluster.classes);
  return admitted.kind === "pod" ? admitted.pod : null;
}

it("changes nothing more on a second call, and the API server takes the pod", async () => {
  let patched = 0;
  await fc.assert(
    fc.asyncProperty(SCENARIOS, async (scenario) => {
      const pod = firstSeen(scenario);
      fc.pre(pod !== null);
      const first = await call({ ...scenario, pod });
      // Back to a class that cannot be read: its overhead is guessed, as a refusal is better than lost data.
      if (
        first.decision.kind === "skip" &&
        first.decision.putBack !== null &&
        scenario.cluster.classesUnknown !== null
      ) {
        return;
      }
      const admitted = runtimeClassPlugin(applyStrictly(pod, first.operations), scenario.cluster.classes);
      if (admitted.kind === "forbidden") throw new Error(admitted.message);
      if (first.decision.kind === "patch") patched += 1;
      // A pod that was put back is another pod: it is judged as what it was before.
      else if (first.decision.putBack !== null) return;
      const second = await call({ ...scenario, pod: admitted.pod });
      expect(second.operations).toEqual([]);
    }),
    { numRuns: 1000 },
  );
  expect(patched).toBeGreaterThan(80);
});

it("ends in the same stored pod, whether the API server's plugin runs after us or not", async () => {
  let switched = 0;
  await fc.assert(
    fc.asyncProperty(PLAIN_SCENARIOS, async (scenario) => {
      const pod = firstSeen(scenario);
      fc.pre(pod !== null);
      const { decision, operations } = await call({ ...scenario, pod });
      fc.pre(decision.kind === "patch");
      switched += 1;
      const patched = applyStrictly(pod, operations);
      const { classes } = scenario.cluster;
      const [first, second] = [runtimeClassPlugin(patched, classes), runtimeClassValidation(patched, classes)];
      if (first.kind === "forbidden") throw new Error(first.message);
      if (second.kind === "forbidden") throw new Error(second.message);
      expect(asStored(second.pod)).toEqual(asStored(first.pod));
    }),
    { numRuns: 300 },
  );
  expect(switched).toBeGreaterThan(40);
});

/** What is empty or null is not stored; a toleration that another one makes needless is no difference. */
function asStored({ spec, ...pod }: Pod): Pod {
  const merged = { ...spec, tolerations: mergedTolerations(spec?.tolerations ?? []) };
  const fields = Object.entries(merged).filter(
    ([, value]) => value !== null && (typeof value !== "object" || Object.keys(value).length > 0),
  );
  return { ...pod, spec: Object.fromEntries(fields) };
}

it("puts a pod back as it was when a later webhook gives it what it cannot have", async () => {
  let putBack = 0;
  let undone = 0;
  await fc.assert(
    fc.asyncProperty(PLAIN_SCENARIOS, async (scenario) => {
      const pod = firstSeen(scenario);
      fc.pre(pod !== null);
      const policy = {
        ...scenario.policy,
        dangerouslyAllow: [],
        status: { ...scenario.policy.status, annotatePatched: true },
      };
      const given = { ...scenario, policy };
      const first = await call({ ...given, pod });
      if (first.decision.kind !== "patch") return;
      const { classes } = scenario.cluster;
      const admitted = runtimeClassPlugin(applyStrictly(pod, first.operations), classes);
      if (admitted.kind === "forbidden") throw new Error(admitted.message);

      const second = await call({ ...given, pod: withHostPath(admitted.pod) });
      expect(second.decision).toMatchObject({ kind: "skip", putBack: { from: pod.spec?.runtimeClassName } });
      const restored = runtimeClassValidation(applyStrictly(withHostPath(admitted.pod), second.operations), classes);
      if (restored.kind === "forbidden") throw new Error(restored.message);
      putBack += 1;
      const variant = classes.find(({ name }) => name === admitted.pod.spec?.runtimeClassName);
      if (variant === undefined || isDisjoint(pod, variant)) {
        undone += 1;
        expect(asStored(withoutOurNotes(restored.pod))).toEqual(asStored(withoutOurNotes(withHostPath(pod))));
      } else {
        // Nobody knows whose it is: what was there is there, and what is more is the variant's.
        const { nodeSelector, tolerations, ...spec } = restored.pod.spec ?? {};
        const { nodeSelector: ownSelector, tolerations: own, ...ownSpec } = withHostPath(pod).spec ?? {};
        expect(asStored({ spec })).toEqual(asStored({ spec: ownSpec }));
        expect(nodeSelector ?? {}).toMatchObject(ownSelector ?? {});
        expect({ ...variant.nodeSelector, ...ownSelector }).toMatchObject(nodeSelector ?? {});
        for (const each of own ?? []) expect(tolerations?.some((other) => covers(other, each))).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
  expect(putBack).toBeGreaterThan(40);
  expect(undone).toBeGreaterThan(20);
});

function withHostPath(pod: Pod): Pod {
  const [first = {}, ...others] = pod.spec?.containers ?? [];
  const container = { ...first, volumeMounts: [...(first.volumeMounts ?? []), { name: "injected" }] };
  const volumes = [...(pod.spec?.volumes ?? []), { name: "injected", hostPath: { path: "/srv" } }];
  return { ...pod, spec: { ...pod.spec, volumes, containers: [container, ...others] } };
}

/** Has the pod nothing that the class asks for as well? */
function isDisjoint({ spec }: Pod, { nodeSelector, tolerations }: RuntimeClassFacts): boolean {
  const own = spec?.tolerations ?? [];
  const isShared = tolerations.some((each) => own.some((other) => covers(each, other) || covers(other, each)));
  return !isShared && !Object.keys(nodeSelector).some((key) => Object.hasOwn(spec?.nodeSelector ?? {}, key));
}

/** Without our two annotations, and with no difference between no annotations and none. */
function withoutOurNotes(pod: Pod): Pod {
  const { "kata-thp.dev/status": _, "kata-thp.dev/skipped": __, ...annotations } = pod.metadata?.annotations ?? {};
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}
