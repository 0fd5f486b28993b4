import { describe, expect, it } from "vitest";
import { hasSubPath, mountedVolumes, mountPath } from "../../src/engine/mounted-volumes.ts";
import type { Pod } from "../../src/engine/pod.ts";
import { podOf } from "./sample-facts.ts";

const volumes = [{ name: "a" }, { name: "b" }, { name: "c" }];

function uses(pod: Pod): string[] {
  return mountedVolumes(pod).map(
    ({ path, mounts, isDevice }) => `${path}: ${mounts.map(mountPath).join(" ")}${isDevice ? " device" : ""}`,
  );
}

describe("mountedVolumes", () => {
  it("is empty without volumes or without containers", () => {
    expect(uses({})).toEqual([]);
    expect(uses({ spec: null })).toEqual([]);
    expect(uses({ spec: { volumes } })).toEqual([]);
    expect(uses({ spec: { volumes: null, containers: [{ volumeMounts: [{ name: "a" }] }] } })).toEqual([]);
  });

  it("has the volumes that a container of any kind uses, in the pod's order", () => {
    expect(
      uses(
        podOf({
          volumes,
          initContainers: [{ volumeMounts: [{ name: "c" }] }],
          containers: [{ volumeMounts: null }, { volumeMounts: [{ name: "nowhere" }, { name: "a" }, { name: "a" }] }],
          ephemeralContainers: [{ volumeMounts: [{ name: "c" }] }],
        }),
      ),
    ).toEqual([
      "/spec/volumes/0: /spec/containers/1/volumeMounts/1 /spec/containers/1/volumeMounts/2",
      "/spec/volumes/2: /spec/initContainers/0/volumeMounts/0 /spec/ephemeralContainers/0/volumeMounts/0",
    ]);
  });

  it("tells what is used as a device", () => {
    const containers = [{ volumeDevices: [{ name: "b" }, { name: "a" }], volumeMounts: [{ name: "a" }] }];
    expect(uses(podOf({ volumes, containers }))).toEqual([
      "/spec/volumes/0: /spec/containers/0/volumeMounts/0 device",
      "/spec/volumes/1:  device",
    ]);
  });

  it("takes names for what they are", () => {
    const odd = [{ name: "constructor" }, { name: "toString" }];
    expect(uses(podOf({ volumes: odd, containers: [{ volumeMounts: [{ name: "toString" }] }] }))).toEqual([
      "/spec/volumes/1: /spec/containers/0/volumeMounts/0",
    ]);
  });
});

describe("hasSubPath", () => {
  it.each([
    [{}, false],
    [{ subPath: "" }, false],
    [{ subPath: null, subPathExpr: null }, false],
    [{ subPath: "x" }, true],
    [{ subPathExpr: "$(NAME)" }, true],
  ])("%j: %s", (mount, expected) => {
    expect(hasSubPath({ name: "a", ...mount })).toBe(expected);
  });
});
