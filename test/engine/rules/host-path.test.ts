// host-path-volume, host-path-file and host-path-socket: between them every type has one verdict.
import { describe, expect, it } from "vitest";
import type { Pod } from "../../../src/engine/pod.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { hostPathFile } from "../../../src/engine/rules/host-path-file.ts";
import { hostPathSocket } from "../../../src/engine/rules/host-path-socket.ts";
import { hostPathVolume } from "../../../src/engine/rules/host-path-volume.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

function verdicts(pod: Pod, kata: KataStatement = {}): string[] {
  return [hostPathVolume, hostPathFile, hostPathSocket]
    .flatMap((rule) => findingsOf(rule, pod, { kata }))
    .map((text) => text.replace(" /spec/volumes/0/hostPath", ""));
}

describe("hostPath", () => {
  it.each<[string, string | null | undefined, string[]]>([
    ["/srv", undefined, ["HostPathVolume blocks (type unset)"]],
    ["/srv", null, ["HostPathVolume blocks (type unset)"]],
    ["/srv", "", ["HostPathVolume blocks (type unset)"]],
    // The path may be a directory there.
    ["/dev/null", "", ["HostPathVolume blocks (type unset)"]],
    ["/proc", "Directory", ["HostPathVolume blocks (Directory)"]],
    ["/sys", "DirectoryOrCreate", ["HostPathVolume blocks (DirectoryOrCreate)"]],
    ["/srv", "TypeOfTomorrow", ["HostPathVolume blocks (unknown type)"]],
    ["/srv", "directory", ["HostPathVolume blocks (unknown type)"]],
    ["/dev/fuse", "CharDevice", []],
    ["/dev/net/tun", "CharDevice", []],
    ["/srv/device", "CharDevice", ["HostPathVolume blocks (CharDevice)"]],
    ["/dev", "CharDevice", ["HostPathVolume blocks (CharDevice)"]],
    ["/device/x", "CharDevice", ["HostPathVolume blocks (CharDevice)"]],
    ["/dev/../srv/x", "CharDevice", ["HostPathVolume blocks (CharDevice)"]],
    ["/dev/sda", "BlockDevice", ["HostPathVolume blocks (BlockDevice)"]],
    ["/run/x.sock", "Socket", ["HostPathSocket blocks (Socket)"]],
    ["/etc/x", "File", ["HostPathFile blocks (File)"]],
    ["/etc/x", "FileOrCreate", ["HostPathFile blocks (FileOrCreate)"]],
  ])("%s of type %j", (path, type, expected) => {
    expect(verdicts(mounting({ hostPath: { path, type } }))).toEqual(expected);
  });

  it("a device that is mounted elsewhere is dropped from there", () => {
    const { volumes } = mounting({ hostPath: { path: "/dev/null", type: "CharDevice" } }).spec ?? {};
    const volumeMounts = [
      { name: "v0", mountPath: "/dev/null" },
      { name: "v0", mountPath: "/chroot/dev/null" },
    ];
    expect(findingsOf(hostPathVolume, podOf({ volumes, containers: [{ volumeMounts }] }))).toEqual([
      "HostPathVolume blocks /spec/containers/0/volumeMounts/1 (CharDevice elsewhere)",
    ]);
  });

  it("without a path is still one", () => {
    expect(verdicts(mounting({ hostPath: {} }))).toEqual(["HostPathVolume blocks (type unset)"]);
    expect(verdicts(mounting({ hostPath: { type: "CharDevice" } }))).toEqual(["HostPathVolume blocks (CharDevice)"]);
    expect(verdicts(mounting({ hostPath: null }))).toEqual([]);
  });

  it.each<[KataStatement, boolean]>([
    [{}, false],
    [{ disableBlockDeviceUse: true }, false],
    [{ disableBlockDeviceUse: false }, true],
    // Handlers for a block rootfs change the release's default, so it says nothing.
    [{ version: "3.12.0", runtime: "go" }, false],
  ])("a block device with Kata %j is plugged in: %s", (kata, isSafe) => {
    const found = verdicts(mounting({ hostPath: { path: "/dev/sda", type: "BlockDevice" } }), kata);
    expect(found).toEqual(isSafe ? [] : ["HostPathVolume blocks (BlockDevice)"]);
  });

  it.each(["", "Directory", "DirectoryOrCreate", "TypeOfTomorrow"])(
    "a Kata that plugs in block devices still copies what has type %j",
    (type) => {
      const found = verdicts(mounting({ hostPath: { path: "/srv", type } }), { disableBlockDeviceUse: false });
      expect(found).toHaveLength(1);
    },
  );
});

const file = (...readOnly: readonly (boolean | null | undefined)[]): Pod =>
  podOf({
    volumes: [{ name: "f", hostPath: { path: "/etc/x", type: "File" } }],
    initContainers: [{ volumeMounts: readOnly.slice(1).map((each) => ({ name: "f", readOnly: each })) }],
    containers: [{ volumeMounts: [{ name: "f", readOnly: readOnly[0] }] }],
  });

describe("hostPath files", () => {
  it.each<[string, Pod, string]>([
    ["read only", file(true), "HostPathFileReadOnly degrades (File)"],
    ["read only everywhere", file(true, true, true), "HostPathFileReadOnly degrades (File)"],
    ["writable once", file(true, true, false), "HostPathFile blocks (File)"],
    ["writable in an init container", file(true, false), "HostPathFile blocks (File)"],
    ["readOnly absent", file(undefined), "HostPathFile blocks (File)"],
    ["readOnly null", file(null), "HostPathFile blocks (File)"],
  ])("%s", (_, pod, expected) => {
    expect(verdicts(pod)).toEqual([expected]);
  });
});
