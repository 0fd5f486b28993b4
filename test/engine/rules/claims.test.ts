// persistent-volume-claim and ephemeral-volume: a claim by name, and one that the pod brings itself.
import { describe, expect, it } from "vitest";
import { type Known, known, UNKNOWN_CAUSES, unknown, type VolumeMode } from "../../../src/engine/facts.ts";
import { ephemeralVolume } from "../../../src/engine/rules/ephemeral-volume.ts";
import { persistentVolumeClaim } from "../../../src/engine/rules/persistent-volume-claim.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

const AT = "/spec/volumes/0/persistentVolumeClaim";

describe("persistentVolumeClaim", () => {
  it.each<[string, Record<string, Known<VolumeMode>>, string[]]>([
    ["Filesystem", { data: known("Filesystem") }, [`FilesystemClaim blocks ${AT} (Filesystem)`]],
    ["Block", { data: known("Block") }, []],
    ...UNKNOWN_CAUSES.map((why): [string, Record<string, Known<VolumeMode>>, string[]] => [
      why,
      { data: unknown(why) },
      [`ClaimModeUnknown blocks ${AT} (${why})`],
    ]),
    ["nobody asked", {}, [`ClaimModeUnknown blocks ${AT} (not found)`]],
    ["another claim's mode", { other: known("Block") }, [`ClaimModeUnknown blocks ${AT} (not found)`]],
  ])("%s", (_, claims, expected) => {
    const pod = mounting({ persistentVolumeClaim: { claimName: "data" } });
    expect(findingsOf(persistentVolumeClaim, pod, { facts: { claims } })).toEqual(expected);
  });

  it.each([{}, { claimName: null }, { claimName: "" }, { claimName: "toString" }])(
    "%j is of unknown mode",
    (source) => {
      expect(findingsOf(persistentVolumeClaim, mounting({ persistentVolumeClaim: source }))).toEqual([
        `ClaimModeUnknown blocks ${AT} (not found)`,
      ]);
    },
  );

  it("used as a device only is judged as well", () => {
    const pod = podOf({
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
      containers: [{ volumeDevices: [{ name: "v" }] }],
    });
    expect(findingsOf(persistentVolumeClaim, pod, { facts: { claims: { data: known("Block") } } })).toEqual([]);
    expect(findingsOf(persistentVolumeClaim, pod)).toEqual([`ClaimModeUnknown blocks ${AT} (not found)`]);
  });
});

describe("ephemeralVolume", () => {
  const FOUND = ["EphemeralVolume blocks /spec/volumes/0/ephemeral (Filesystem)"];
  it.each([
    ["no template", {}, FOUND],
    ["a null template", { volumeClaimTemplate: null }, FOUND],
    ["no spec", { volumeClaimTemplate: {} }, FOUND],
    ["no mode", { volumeClaimTemplate: { spec: {} } }, FOUND],
    ["null mode", { volumeClaimTemplate: { spec: { volumeMode: null } } }, FOUND],
    ["Filesystem", { volumeClaimTemplate: { spec: { volumeMode: "Filesystem" } } }, FOUND],
    ["block", { volumeClaimTemplate: { spec: { volumeMode: "block" } } }, FOUND],
    ["Block", { volumeClaimTemplate: { spec: { volumeMode: "Block" } } }, []],
  ])("%s", (_, ephemeral, expected) => {
    expect(findingsOf(ephemeralVolume, mounting({ ephemeral }))).toEqual(expected);
  });
});
