// The API server calls again when a later webhook, or its own RuntimeClass plugin, has changed the pod.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Pod } from "../../src/engine/pod.ts";
import { applyStrictly, runtimeClassPlugin } from "./api-server.ts";
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

it("ends in the same stored pod, whatever the cache knew of the variant's overhead", async () => {
  await fc.assert(
    fc.asyncProperty(
      PLAIN_SCENARIOS,
      fc.constantFrom(null, { cpu: "7" }, { memory: "1Mi" }),
      async (scenario, overhead) => {
        const pod = firstSeen(scenario);
        fc.pre(pod !== null);
        const truth = scenario.cluster.classes;
        const outdated = truth.map((each) => (each.name === "kata-clh-thp" ? { ...each, overhead } : each));
        const stored = async (classes: typeof truth): Promise<unknown> => {
          const { operations } = await call({ ...scenario, pod, cluster: { ...scenario.cluster, classes } });
          return runtimeClassPlugin(applyStrictly(pod, operations), truth);
        };
        expect(await stored(outdated)).toEqual(await stored(truth));
      },
    ),
    { numRuns: 300 },
  );
});

it("puts a pod back as it was when a later webhook gives it what it cannot have", async () => {
  let putBack = 0;
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
      const restored = runtimeClassPlugin(applyStrictly(withHostPath(admitted.pod), second.operations), classes);
      if (restored.kind === "forbidden") throw new Error(restored.message);
      putBack += 1;
      expect(withoutOurNotes(restored.pod)).toEqual(withoutOurNotes(withHostPath(expectedAfter(admitted.pod, pod))));
    }),
    { numRuns: 500 },
  );
  expect(putBack).toBeGreaterThan(40);
});

function withHostPath(pod: Pod): Pod {
  const [first = {}, ...others] = pod.spec?.containers ?? [];
  const container = { ...first, volumeMounts: [...(first.volumeMounts ?? []), { name: "injected" }] };
  const volumes = [...(pod.spec?.volumes ?? []), { name: "injected", hostPath: { path: "/srv" } }];
  return { ...pod, spec: { ...pod.spec, volumes, containers: [container, ...others] } };
}

/** The pod before the patch; only what the API server has merged in for the variant stays. */
function expectedAfter(patched: Pod, before: Pod): Pod {
  const { nodeSelector, tolerations } = patched.spec ?? {};
  const merged = {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
  };
  return { ...before, spec: { ...before.spec, ...merged } };
}

/** Without our two annotations, and with no difference between no annotations and none. */
function withoutOurNotes(pod: Pod): Pod {
  const { "kata-thp.dev/status": _, "kata-thp.dev/skipped": __, ...annotations } = pod.metadata?.annotations ?? {};
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}
