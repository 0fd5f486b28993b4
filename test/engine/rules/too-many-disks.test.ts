import { expect, it } from "vitest";
import type { Pod, Volume } from "../../../src/engine/pod.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { tooManyDisks } from "../../../src/engine/rules/too-many-disks.ts";
import { podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

const FOUND = ["TooManyDisks blocks /spec (25 for 24 slots)"];
const PLAIN = { version: "4.1.0", rootfs: "block", emptydirMode: "block-plain" } as const;

/** A pod of one container that has so many of each of these. */
function holding(count: number, volume: Omit<Volume, "name">, isDevice = false): Pod {
  const volumes = Array.from({ length: count }, (_, index): Volume => ({ name: `v${index}`, ...volume }));
  const uses = volumes.map(({ name }) => ({ name }));
  return podOf({ volumes, containers: [isDevice ? { volumeDevices: uses } : { volumeMounts: uses }] });
}

it.each<[string, Pod, KataStatement, string[]]>([
  ["22 emptyDirs and two root filesystems", holding(22, { emptyDir: {} }), PLAIN, []],
  ["23 emptyDirs", holding(23, { emptyDir: {} }), PLAIN, FOUND],
  // They are no disks.
  ["emptyDirs in memory", holding(40, { emptyDir: { medium: "Memory" } }), PLAIN, []],
  ["emptyDirs that are folders", holding(40, { emptyDir: {} }), { version: "3.32.0", rootfs: "block" }, []],
  ["configMaps", holding(40, { configMap: {} }), PLAIN, []],
  ["22 block claims", holding(22, { persistentVolumeClaim: { claimName: "c" } }, true), { rootfs: "block" }, []],
  ["23 block claims", holding(23, { persistentVolumeClaim: { claimName: "c" } }, true), { rootfs: "block" }, FOUND],
  ["an ephemeral container", podOf({ ephemeralContainers: Array.from({ length: 40 }, () => ({})) }), PLAIN, []],
])("%s", (_, pod, kata, expected) => {
  expect(findingsOf(tooManyDisks, pod, { kata })).toEqual(expected);
});
