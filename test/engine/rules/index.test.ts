import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../src/engine/rules/index.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

describe("RULES", () => {
  it("are all files of the folder, each under its own name", () => {
    const files = readdirSync(new URL("../../../src/engine/rules/", import.meta.url))
      .map((file) => file.replace(/\.ts$/, ""))
      .filter((file) => file !== "index");
    expect(RULES.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
  });

  it.each(RULES)("$name finds nothing about a plain pod", (rule) => {
    for (const pod of [podOf(), {}, { spec: null, metadata: null }]) {
      expect(findingsOf(rule, pod, { kata: { version: "4.1.0", runtime: "go" } })).toEqual([]);
    }
  });

  it.each(RULES)("$name finds nothing about a volume that no container mounts", (rule) => {
    const volumes = mounting(
      { hostPath: { path: "/srv" } },
      { persistentVolumeClaim: { claimName: "data" } },
      { emptyDir: {} },
      { csi: {} },
      { secret: { items: [{ path: "a/b" }] } },
    ).spec?.volumes;
    expect(findingsOf(rule, podOf({ volumes, containers: [{ name: "c" }] }))).toEqual([]);
  });

  // Nothing is safe by accident: a safe volume has no finding of any rule, in any Kata.
  it.each([
    ["configMap", { configMap: { items: [{ key: "a", path: "a" }] } }],
    ["secret", { secret: {} }],
    ["downwardAPI", { downwardAPI: { items: [{ path: "labels" }] } }],
    ["projected", { projected: { sources: [{ serviceAccountToken: { path: "token" } }, { configMap: {} }] } }],
    ["emptyDir on memory", { emptyDir: { medium: "Memory" } }],
    ["a character device", { hostPath: { path: "/dev/fuse", type: "CharDevice" } }],
  ])("%s is safe", (_, volume) => {
    for (const version of ["3.29.0", "4.1.0"]) {
      expect(RULES.flatMap((rule) => findingsOf(rule, mounting(volume), { kata: { version, runtime: "go" } }))).toEqual(
        [],
      );
    }
  });
});
