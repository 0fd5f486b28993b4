// nested-item-path and volume-refresh: what the kubelet refreshes, and whether Kata follows.
import { describe, expect, it } from "vitest";
import type { Pod, Volume } from "../../../src/engine/pod.ts";
import type { KataStatement } from "../../../src/engine/policy.ts";
import { nestedItemPath } from "../../../src/engine/rules/nested-item-path.ts";
import { volumeRefresh } from "../../../src/engine/rules/volume-refresh.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

const NESTED = {
  items: [
    { key: "a", path: "flat" },
    { key: "b", path: "sub/b" },
  ],
};

function mountedAt(volume: Omit<Volume, "name">, ...subPaths: readonly (string | null)[]): Pod {
  return podOf({
    volumes: [{ name: "v", ...volume }],
    containers: [{ volumeMounts: subPaths.map((subPath) => ({ name: "v", subPath })) }],
  });
}

function at(path: string): string {
  return `NestedItemPath blocks /spec/volumes/0/${path}/path (subfolder)`;
}

describe("nestedItemPath", () => {
  it.each<[string, Pod, string[]]>([
    ["configMap", mounting({ configMap: NESTED }), [at("configMap/items/1")]],
    ["secret", mounting({ secret: NESTED }), [at("secret/items/1")]],
    ["downwardAPI", mounting({ downwardAPI: { items: [{ path: "a/b" }] } }), [at("downwardAPI/items/0")]],
    [
      "projected",
      mounting({ projected: { sources: [{ secret: {} }, { configMap: NESTED }] } }),
      [at("projected/sources/1/configMap/items/1")],
    ],
    [
      "a token",
      mounting({ projected: { sources: [{ serviceAccountToken: { path: "a/token" } }] } }),
      [at("projected/sources/0/serviceAccountToken")],
    ],
    [
      "a trust bundle",
      mounting({ projected: { sources: [{ clusterTrustBundle: { path: "a/ca" } }] } }),
      [at("projected/sources/0/clusterTrustBundle")],
    ],
    ["no items", mounting({ configMap: {} }, { secret: { items: null } }), []],
    ["no path", mounting({ secret: { items: [{ key: "a/b" }] } }), []],
    ["flat with dots", mounting({ secret: { items: [{ path: "..a.b" }] } }), []],
    // Kubernetes never refreshes a subPath mount, so nothing is flattened.
    ["every mount with subPath", mountedAt({ secret: NESTED }, "sub/b", "flat"), []],
    ["one mount without", mountedAt({ secret: NESTED }, "sub/b", null), [at("secret/items/1")]],
    ["an empty subPath", mountedAt({ secret: NESTED }, ""), [at("secret/items/1")]],
  ])("%s", (_, pod, expected) => {
    expect(findingsOf(nestedItemPath, pod)).toEqual(expected);
  });
});

describe("volumeRefresh", () => {
  const elsewhere: KataStatement = { version: "3.27.0", runtime: "go", kubeletRoot: "/data/kubelet" };
  it.each<[string, KataStatement, boolean]>([
    ["another root, before 3.28.0", elsewhere, true],
    ["another root, 3.28.0-rc0", { ...elsewhere, version: "3.28.0-rc0" }, true],
    ["another root, 3.28.0", { ...elsewhere, version: "3.28.0" }, false],
    ["another root, version unknown", { kubeletRoot: "/data/kubelet" }, true],
    ["root unknown", { version: "3.27.0" }, false],
    ["the usual root", { ...elsewhere, kubeletRoot: "/var/lib/kubelet" }, false],
    ["the usual root with a slash", { ...elsewhere, kubeletRoot: "/var/lib/kubelet//" }, false],
    ["a folder below it", { ...elsewhere, kubeletRoot: "/var/lib/kubelet/x" }, true],
  ])("%s", (_, kata, isFound) => {
    const found = findingsOf(volumeRefresh, mounting({ secret: {} }), { kata });
    expect(found).toEqual(isFound ? ["VolumeRefreshStops degrades /spec/volumes/0/secret (secret)"] : []);
  });

  it.each<[string, Pod, string[]]>([
    ["configMap", mounting({ configMap: {} }), ["configMap"]],
    ["downwardAPI", mounting({ downwardAPI: {} }), ["downwardAPI"]],
    ["projected", mounting({ projected: {} }), ["projected"]],
    ["emptyDir", mounting({ emptyDir: {} }), []],
    ["with subPath only", mountedAt({ secret: {} }, "a"), []],
    ["with and without", mountedAt({ secret: {} }, "a", null), ["secret"]],
  ])("%s", (_, pod, sources) => {
    expect(findingsOf(volumeRefresh, pod, { kata: elsewhere })).toEqual(
      sources.map((source) => `VolumeRefreshStops degrades /spec/volumes/0/${source} (${source})`),
    );
  });
});
