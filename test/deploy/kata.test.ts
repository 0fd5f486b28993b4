// deploy/kata, put through what is known of every release that it is for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { VARIANT_OF_KEY } from "../../src/engine/status.ts";
import { parseConfigTables } from "../../src/kata/config.ts";
import { type ConfigTables, toKataConfig } from "../../src/kata/config-tables.ts";
import { caseOf, predict } from "../../src/kata/predict.ts";
import { type KataRuntime, releaseFacts } from "../../src/kata/releases.ts";
import { type KataVersion, parseKataVersion } from "../../src/kata/version.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";

const KATA = join(import.meta.dirname, "../../deploy/kata");
/** Every release of a range; kata-deploy has customRuntimes from 3.26.0 on. */
const RANGES = [
  {
    folder: "3.26-3.32",
    releases: ["3.26.0", "3.27.0", "3.28.0", "3.29.0", "3.30.0", "3.31.0", "3.32.0"],
    rootfs: "block",
    disableBlockDeviceUse: false,
    snapshotter: "devmapper",
  },
  { folder: "4.0-4.1", releases: ["4.0.0", "4.1.0"], rootfs: "erofs", snapshotter: "erofs" },
] as const;
const [OLD, NEW] = RANGES;
/** Those that take the older drop-in by hand. */
const BY_HAND = "12.0 13.0 14.0 15.0 16.0 17.0 18.0 19.0 19.1 20.0 21.0 22.0 23.0 24.0 25.0"
  .split(" ")
  .map((release) => `3.${release}`);

interface KataDeployValues {
  readonly snapshotter?: { readonly setup: readonly string[]; readonly erofsMergeMode: string };
  readonly customRuntimes: {
    readonly enabled: boolean;
    readonly runtimes: Readonly<Record<string, CustomRuntime>>;
  };
}

interface CustomRuntime {
  readonly baseConfig: string;
  readonly dropIn: string;
  readonly runtimeClass: string;
  readonly containerd: { readonly snapshotter: string };
  readonly crio: { readonly pullType: string };
}

function read(...path: readonly string[]): string {
  return readFileSync(join(KATA, ...path), "utf8");
}

function tablesOf(folder: string): ConfigTables {
  const parsed = parseConfigTables({ path: `${folder}/drop-in.toml`, text: read(folder, "drop-in.toml") });
  if (parsed.kind === "invalid") throw new Error(`${parsed.file}:${parsed.line}: ${parsed.message}`);
  return parsed.tables;
}

function versionOf(release: string): KataVersion {
  const version = parseKataVersion(release);
  if (version === null) throw new Error(`${release} is no release`);
  return version;
}

function predictionFor(release: string, folder: string, runtime: KataRuntime = "go"): ReturnType<typeof predict> {
  return predict(caseOf(versionOf(release), runtime, tablesOf(folder)));
}

const PRIVATE = { kind: "accepted", memory: { shared: false, hugepages: false } } as const;

describe.each(RANGES)("the drop-in of $folder", ({ folder, releases }) => {
  it.each(releases)("is accepted by Kata %s, and makes memory private", (release) => {
    expect(predictionFor(release, folder)).toMatchObject(PRIVATE);
  });

  it.each(releases)("stops a user's allowed annotation from nothing else than on plain %s", (release) => {
    const huge = { "io.katacontainers.config.hypervisor.enable_hugepages": "true" };
    expect(predict(caseOf(versionOf(release), "go", tablesOf(folder), huge))).toMatchObject({
      kind: "rejected",
      by: "key-not-enabled",
    });
  });
});

it.each(BY_HAND)("the older drop-in is accepted by Kata %s too, and makes memory private", (release) => {
  expect(predictionFor(release, OLD.folder)).toMatchObject(PRIVATE);
});

describe("two files are needed:", () => {
  it.each(OLD.releases.filter((release) => release >= "3.28.0"))("Kata %s refuses the newer one", (release) => {
    expect(predictionFor(release, NEW.folder)).toMatchObject({
      kind: "rejected",
      by: "configuration-refused",
      why: 'invalid emptydir_mode="block-plain"',
    });
  });

  it.each(NEW.releases)("with the older one Kata %s copies a default emptyDir into guest memory", (release) => {
    expect(predictionFor(release, OLD.folder)).toMatchObject(PRIVATE);
    const isCopied = (folder: string): boolean =>
      releaseFacts(versionOf(release), "go").defaultDisableGuestEmptyDir &&
      toKataConfig(tablesOf(folder)).emptydirMode !== "block-plain";
    expect([isCopied(OLD.folder), isCopied(NEW.folder)]).toEqual([true, false]);
  });

  it.each(OLD.releases)("which Kata %s does not", (release) => {
    expect(releaseFacts(versionOf(release), "go").defaultDisableGuestEmptyDir).toBe(false);
  });
});

describe("what they are not for:", () => {
  it("Kata 3.11.0 shares memory all the same", () => {
    expect(predictionFor("3.11.0", OLD.folder)).toMatchObject({ kind: "accepted", memory: { shared: true } });
  });

  it.each(RANGES.flatMap(({ folder, releases }) => releases.map((release) => [release, folder] as const)))(
    "runtime-rs %s never makes it private",
    (release, folder) => {
      expect(predictionFor(release, folder, "runtime-rs")).not.toMatchObject(PRIVATE);
    },
  );
});

describe.each(RANGES)("kata-deploy's values of $folder", ({ folder, snapshotter }) => {
  const values = parseYaml(read(folder, "kata-deploy-values.yaml")) as KataDeployValues;
  const runtime = values.customRuntimes.runtimes["kata-clh-thp"] as CustomRuntime;

  it("have the drop-in, on the Go runtime's configuration", () => {
    expect(values.customRuntimes.enabled).toBe(true);
    expect(Object.keys(values.customRuntimes.runtimes)).toEqual(["kata-clh-thp"]);
    expect(runtime.baseConfig).toBe("clh");
    expect(parseToml(runtime.dropIn)).toEqual(parseToml(read(folder, "drop-in.toml")));
  });

  it("bind the handler to a snapshotter that shares nothing, and unmerged where it is erofs", () => {
    expect(runtime.containerd.snapshotter).toBe(snapshotter);
    const setUp = values.snapshotter;
    expect(setUp?.setup.includes("erofs") ?? false).toBe(snapshotter === "erofs");
    expect(setUp?.erofsMergeMode).toBe(snapshotter === "erofs" ? "unmerged" : undefined);
    expect(runtime.crio.pullType).toBe("");
  });

  it("make the same RuntimeClass as runtime-class.yaml, whose handler kata-deploy can find", () => {
    const made = parseYaml(runtime.runtimeClass) as { metadata: { name: string; labels?: object } };
    const { labels: _, ...metadata } = made.metadata;
    expect({ ...made, metadata }).toEqual(parseYaml(read("runtime-class.yaml")));
    // templates/custom-runtimes.yaml takes the last line that begins so, once trimmed.
    const lines = runtime.runtimeClass.split("\n").map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith("handler:"))).toEqual(["handler: kata-clh-thp"]);
  });
});

describe("runtime-class.yaml", () => {
  it("says that it stands in for kata-clh, and costs as much", () => {
    expect(parseYaml(read("runtime-class.yaml"))).toMatchObject({
      apiVersion: "node.k8s.io/v1",
      kind: "RuntimeClass",
      metadata: { name: "kata-clh-thp", annotations: { [VARIANT_OF_KEY]: "kata-clh" } },
      // kata-deploy's RuntimeClass kata-clh, the same at 3.12, 3.32 and 4.1.
      overhead: { podFixed: { memory: "130Mi", cpu: "250m" } },
      scheduling: { nodeSelector: { "katacontainers.io/kata-runtime": "true" } },
    });
  });
});

describe.each(RANGES)("the webhook's values of $folder", ({ folder, releases, rootfs }) => {
  it("say of the handler what its drop-in says", () => {
    const { policy } = parseYaml(read(folder, "webhook-values.yaml")) as { policy: object };
    const whole = { apiVersion: "kata-thp.dev/v1alpha1", kind: "Policy", ...policy };
    const parsed = parsePolicy(JSON.stringify(whole), "webhook-values.yaml");
    if (parsed.kind === "invalid") throw new Error(parsed.errors.map(({ message }) => message).join("; "));
    expect(parsed.warnings).toEqual([]);
    const [target] = parsed.policy.targets;
    const { emptydirMode, disableBlockDeviceUse } = toKataConfig(tablesOf(folder));
    expect(target?.private).toEqual({
      rootfs,
      disableBlockDeviceUse,
      ...(emptydirMode === null ? {} : { emptydirMode }),
    });
    expect(releases).toContain(target?.kata.version);
  });
});
