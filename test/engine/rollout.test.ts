import { describe, expect, it } from "vitest";
import type { Pod } from "../../src/engine/pod.ts";
import { isInRollout, rolloutIdentity } from "../../src/engine/rollout.ts";

function owned(kind: string, name: string, labels: Record<string, string> = {}): Pod {
  return {
    metadata: {
      generateName: `${name}-`,
      labels,
      ownerReferences: [
        { kind: "Other", name: "x" },
        { kind, name, controller: true },
      ],
    },
  };
}

describe("rolloutIdentity", () => {
  it.each([
    ["a Deployment's ReplicaSet", owned("ReplicaSet", "web-5d4f", { "pod-template-hash": "5d4f" }), "t/ReplicaSet/web"],
    ["its next ReplicaSet", owned("ReplicaSet", "web-77aa", { "pod-template-hash": "77aa" }), "t/ReplicaSet/web"],
    ["a ReplicaSet of nobody's", owned("ReplicaSet", "web-5d4f"), "t/ReplicaSet/web-5d4f"],
    ["another's hash", owned("ReplicaSet", "web-5d4f", { "pod-template-hash": "4f" }), "t/ReplicaSet/web-5d4f"],
    ["a hash label elsewhere", owned("StatefulSet", "db-1", { "pod-template-hash": "1" }), "t/StatefulSet/db-1"],
    ["a CronJob's Job", owned("Job", "backup-29402910"), "t/Job/backup"],
    ["its next Job", owned("Job", "backup-29402911"), "t/Job/backup"],
    ["a Job of nobody's", owned("Job", "backup"), "t/Job/backup"],
    ["a Job with a short number", owned("Job", "import-2026"), "t/Job/import-2026"],
    ["an owner without kind and name", { metadata: { ownerReferences: [{ controller: true }] } }, "t//"],
    [
      "an owner that does not control",
      { metadata: { name: "p", ownerReferences: [{ kind: "Job", name: "j" }] } },
      "t/Pod/p",
    ],
    ["a bare pod", { metadata: { name: "p", generateName: "g-" } }, "t/Pod/p"],
    ["a bare pod by generateName", { metadata: { name: "", generateName: "g-" } }, "t/Pod/g-"],
    ["a pod without metadata", {}, "t/Pod/"],
  ] satisfies [string, Pod, string][])("%s", (_, pod, expected) => {
    expect(rolloutIdentity("t", pod)).toBe(expected);
  });
});

const verdictsOf = (pods: readonly Pod[], namespace: string): Set<boolean> =>
  new Set(pods.map((pod) => isInRollout(namespace, pod, 50)));

describe("isInRollout", () => {
  const owners = Array.from({ length: 10_000 }, (_, index) => owned("ReplicaSet", `service-${index}`));
  const shareAt = (percent: number): number =>
    owners.filter((pod) => isInRollout("team", pod, percent)).length / (owners.length / 100);

  it.each([0.5, 1, 10, 25, 50, 75, 99])("takes %d percent of 10,000 owners, within 2 points", (percent) => {
    expect(Math.abs(shareAt(percent) - percent)).toBeLessThan(2);
  });

  it("takes nobody at 0 and everybody at 100", () => {
    expect([shareAt(0), shareAt(100)]).toEqual([0, 100]);
  });

  it("keeps who is in when the percentage grows", () => {
    const percents = [0, 0.01, 1, 5, 20, 50, 80, 99.99, 100];
    for (const pod of owners.slice(0, 1000)) {
      const verdicts = percents.map((percent) => isInRollout("team", pod, percent));
      expect(verdicts).toEqual(verdicts.toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  it("says the same for all pods of one owner, and another thing for another namespace's", () => {
    for (let index = 0; index < 200; index += 1) {
      const hashes = ["5d4f", "77aabb", "6bf6644955"];
      const replicas = hashes.map((hash) => owned("ReplicaSet", `web${index}-${hash}`, { "pod-template-hash": hash }));
      const jobs = [29402910, 29402911, 100000000].map((minute) => owned("Job", `cron${index}-${minute}`));
      expect(verdictsOf(replicas, "team").size).toBe(1);
      expect(verdictsOf(jobs, "team").size).toBe(1);
    }
    const differing = owners.filter((pod) => isInRollout("a", pod, 50) !== isInRollout("b", pod, 50)).length;
    expect(differing).toBeGreaterThan(4500);
    expect(differing).toBeLessThan(5500);
  });

  it("takes the buckets below the percentage, not the one at it", () => {
    // In bucket 3875; 38.75 times 100 is exact.
    expect(isInRollout("team", owned("StatefulSet", "batch"), 38.75)).toBe(false);
  });

  // Another hash would move workloads in and out of a rollout that is under way. Buckets are hundredths of a percent.
  it.each([
    ["web", 6909],
    ["db", 7267],
    ["batch", 3875],
  ])("keeps %s in bucket %d for ever", (name, bucket) => {
    const pod = owned("StatefulSet", name);
    expect(isInRollout("team", pod, (bucket - 0.5) / 100)).toBe(false);
    expect(isInRollout("team", pod, (bucket + 0.5) / 100)).toBe(true);
  });
});
