import { describe, expect, it } from "vitest";
import { alreadyPrivate } from "../../src/engine/already.ts";
import { type Facts, known, unknown } from "../../src/engine/facts.ts";
import type { PolicyTarget } from "../../src/engine/policy.ts";
import { renderStatus, type Status } from "../../src/engine/status.ts";
import type { Aim } from "../../src/engine/target.ts";
import {
  annotated,
  classOf,
  factsOf,
  line,
  podOf,
  policyOf,
  PRIVATE_FILE,
  reporting,
  targetOf,
} from "./sample-facts.ts";

const SHARED_FS = "io.katacontainers.config.hypervisor.shared_fs";
const HUGEPAGES = "io.katacontainers.config.hypervisor.enable_hugepages";
const CONFIG_PATH = "io.katacontainers.config_path";

function statusOf(selection: Status["selection"], from = "kata-clh"): string {
  return renderStatus({ decision: "patch", selection, mode: "enforce", version: "1", from });
}

function already(facts: Partial<Facts>, target: Partial<PolicyTarget> = {}, role: Aim["role"] = "target"): string {
  const found = alreadyPrivate(factsOf(facts), policyOf(target), { target: targetOf(target), role });
  if (found === null) return "no";
  return `${line(found.finding).replace(" blocks", "")}${found.status === null ? "" : ` ours ${found.status.selection}`}`;
}

describe("alreadyPrivate: what the pod has", () => {
  const file = { configPath: PRIVATE_FILE };
  const atFile = "AlreadySelected /metadata/annotations/io.katacontainers.config_path";
  const atNone = `AlreadySelected /metadata/annotations/${SHARED_FS}`;
  it.each<[string, Record<string, string>, Partial<PolicyTarget>, string]>([
    ["nothing", {}, file, "no"],
    ["the file", { [CONFIG_PATH]: PRIVATE_FILE }, file, atFile],
    [
      "the file, by us",
      { [CONFIG_PATH]: PRIVATE_FILE, "kata-thp.dev/status": statusOf("config-path") },
      file,
      `${atFile} ours config-path`,
    ],
    [
      "the file, by us from another class",
      { [CONFIG_PATH]: PRIVATE_FILE, "kata-thp.dev/status": statusOf("config-path", "kata-other") },
      file,
      atFile,
    ],
    [
      "the file, with a status of another way",
      { [CONFIG_PATH]: PRIVATE_FILE, "kata-thp.dev/status": statusOf("runtime-class") },
      file,
      atFile,
    ],
    ["the file, with a forged status", { [CONFIG_PATH]: PRIVATE_FILE, "kata-thp.dev/status": "{}" }, file, atFile],
    ["another file", { [CONFIG_PATH]: "/other.toml" }, file, "no"],
    ["a file, where the policy has none", { [CONFIG_PATH]: PRIVATE_FILE }, {}, "no"],
    ["none", { [SHARED_FS]: "none" }, {}, atNone],
    ["none and huge pages off", { [SHARED_FS]: "none", [HUGEPAGES]: "0" }, {}, atNone],
    [
      "none by us",
      { [SHARED_FS]: "none", [HUGEPAGES]: "false", "kata-thp.dev/status": statusOf("hypervisor-annotations") },
      {},
      `${atNone} ours hypervisor-annotations`,
    ],
    ["none and huge pages on", { [SHARED_FS]: "none", [HUGEPAGES]: "true" }, {}, "no"],
    ["none and huge pages odd", { [SHARED_FS]: "none", [HUGEPAGES]: "off" }, {}, "no"],
    ["None", { [SHARED_FS]: "None" }, {}, "no"],
    ["none with a space", { [SHARED_FS]: " none" }, {}, "no"],
    ["the empty value", { [SHARED_FS]: "" }, {}, "no"],
    ["a status alone", { "kata-thp.dev/status": statusOf("runtime-class") }, {}, "no"],
  ])("%s", (_, annotations, target, expected) => {
    expect(already({ pod: annotated(annotations) }, target)).toBe(expected);
  });

  const pod = podOf({ runtimeClassName: "kata-clh-thp" });
  const podClass = known(classOf("kata-clh-thp", { kataVersion: "3.32.0" }));
  it.each<[string, Partial<Facts>, string]>([
    ["the user's choice", { pod, podClass }, "AlreadySelected /spec/runtimeClassName"],
    ["its class unknown", { pod, podClass: unknown("not synced") }, "AlreadySelected /spec/runtimeClassName"],
    [
      "by us",
      { pod: { ...pod, metadata: { annotations: { "kata-thp.dev/status": statusOf("runtime-class") } } }, podClass },
      "AlreadySelected /spec/runtimeClassName ours runtime-class",
    ],
    [
      "with a status of another way",
      { pod: { ...pod, metadata: { annotations: { "kata-thp.dev/status": statusOf("config-path") } } }, podClass },
      "AlreadySelected /spec/runtimeClassName",
    ],
  ])("the variant: %s", (_, facts, expected) => {
    expect(already(facts, {}, "variant")).toBe(expected);
  });

  it("judges a pod of the variant by the variant's Kata", () => {
    const target = targetOf({ kata: { rootfs: "shared" }, private: { rootfs: "erofs" } });
    const found = alreadyPrivate(factsOf({ pod, podClass }), policyOf(target), { target, role: "variant" });
    expect(found?.destinations).toMatchObject([{ rootfs: "erofs", version: { major: 3, minor: 32 } }]);
  });
});

describe("alreadyPrivate: what the class has", () => {
  const said = { sharedFs: "none", hugepages: false, version: "3.32.0", runtime: "go" } as const;
  const PRIVATE = "AlreadyPrivate /spec/runtimeClassName";
  it.each<[string, Facts["targetNodes"], Partial<PolicyTarget>, string]>([
    ["none, huge pages off, a release that makes it private", known([reporting("kata-clh", said)]), {}, PRIVATE],
    ["on every node", known([reporting("kata-clh", said), reporting("kata-clh", said)]), {}, PRIVATE],
    // Nothing is to be patched there; the warnings say what private memory lacks.
    ["hosts without huge pages", known([reporting("kata-clh", said, "never")]), {}, PRIVATE],
    [
      "version and runtime from the policy",
      known([reporting("kata-clh", { sharedFs: "none", hugepages: false })]),
      { kata: { version: "4.1.0", runtime: "go" } },
      PRIVATE,
    ],
    ["virtio-fs", known([reporting("kata-clh", { ...said, sharedFs: "virtio-fs" })]), {}, "no"],
    ["huge pages on", known([reporting("kata-clh", { ...said, hugepages: true })]), {}, "no"],
    [
      "huge pages not said",
      known([reporting("kata-clh", { sharedFs: "none", version: "3.32.0", runtime: "go" })]),
      {},
      "no",
    ],
    ["too old", known([reporting("kata-clh", { ...said, version: "3.11.0" })]), {}, "no"],
    ["runtime-rs", known([reporting("kata-clh", { ...said, runtime: "runtime-rs" })]), {}, "no"],
    [
      "runtime unknown",
      known([reporting("kata-clh", { sharedFs: "none", hugepages: false, version: "3.32.0" })]),
      {},
      "no",
    ],
    [
      "only some nodes",
      known([reporting("kata-clh", said), reporting("kata-clh", { ...said, sharedFs: "virtio-fs" })]),
      {},
      "no",
    ],
    ["stale", known([reporting("kata-clh", said, "madvise", 100_000)]), {}, "no"],
    ["contradicted", known([reporting("kata-clh", said)]), { kata: { version: "3.31.0" } }, "no"],
    ["another handler", known([reporting("kata-qemu", said)]), {}, "no"],
    ["nodes unknown", unknown("not synced"), {}, "no"],
  ])("%s", (_, targetNodes, target, expected) => {
    expect(already({ targetNodes }, target)).toBe(expected);
  });
});
