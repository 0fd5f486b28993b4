// csi-inline-volume, network-volume, image-volume and unknown-volume-type: each source has one of these, or none.
import { describe, expect, it } from "vitest";
import { csiInlineVolume } from "../../../src/engine/rules/csi-inline-volume.ts";
import { imageVolume } from "../../../src/engine/rules/image-volume.ts";
import { NETWORK_SOURCES, networkVolume } from "../../../src/engine/rules/network-volume.ts";
import { unknownVolumeType } from "../../../src/engine/rules/unknown-volume-type.ts";
import { mounting } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

function verdicts(volume: object): string[] {
  return [csiInlineVolume, networkVolume, imageVolume, unknownVolumeType].flatMap((rule) =>
    findingsOf(rule, mounting(volume)),
  );
}

const unknownSource = (index: number): string => `UnknownVolumeType blocks /spec/volumes/0/projected/sources/${index}`;

describe("volume sources", () => {
  // core/v1 VolumeSource at 1.37: whoever adds a source there has to say here what it is.
  it.each([
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
  ])("%s is a network volume", (source) => {
    expect(NETWORK_SOURCES.has(source)).toBe(true);
    expect(verdicts({ [source]: {} })).toEqual([`NetworkVolume blocks /spec/volumes/0/${source} (${source})`]);
  });

  it.each([
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ])("%s is none of these", (source) => {
    expect(verdicts({ [source]: {} })).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ["csi", { csi: { driver: "x" } }, ["CsiInlineVolume blocks /spec/volumes/0/csi"]],
    ["image", { image: { reference: "x" } }, ["ImageVolume degrades /spec/volumes/0/image"]],
    ["a source of tomorrow", { teleport: {} }, ["UnknownVolumeType blocks /spec/volumes/0"]],
    ["a null source of tomorrow", { teleport: null, configMap: {} }, []],
    ["a known source beside it", { configMap: {}, teleport: {} }, ["UnknownVolumeType blocks /spec/volumes/0"]],
    [
      "two network sources, sorted",
      { nfs: {}, iscsi: {} },
      ["NetworkVolume blocks /spec/volumes/0/iscsi (iscsi)", "NetworkVolume blocks /spec/volumes/0/nfs (nfs)"],
    ],
    ["nfs: null", { nfs: null }, []],
    ["another spelling", { NFS: {} }, ["UnknownVolumeType blocks /spec/volumes/0"]],
    ["no source", {}, []],
  ])("%s", (_, volume, expected) => {
    expect(verdicts(volume)).toEqual(expected);
  });

  it.each<[string, readonly object[], string[]]>([
    [
      "known ones",
      [{ secret: {} }, { configMap: {} }, { downwardAPI: {} }, { serviceAccountToken: {} }, { clusterTrustBundle: {} }],
      [],
    ],
    ["podCertificate", [{ secret: {} }, { podCertificate: {} }], [unknownSource(1)]],
    ["one of tomorrow beside a known one", [{ secret: {}, later: {} }], [unknownSource(0)]],
    ["a null one", [{ later: null }], []],
    ["none", [{}], []],
  ])("projected: %s", (_, sources, expected) => {
    expect(verdicts({ projected: { sources } })).toEqual(expected);
  });
});
