import fc, { type Arbitrary } from "fast-check";
import { MODES } from "../../src/engine/facts.ts";
import { SELECTIONS } from "../../src/engine/policy.ts";
import { renderStatus } from "../../src/engine/status.ts";

export const PRIVATE_FILE = "/opt/kata/configuration-clh-thp.toml";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";
const BOOLEANS = fc.constantFrom("true", "false", "0", "1", "f", "", " true", "odd");

/** Kata's keys with values that it takes, and others. */
function kataKeys(text: Arbitrary<string>): Arbitrary<readonly [string, string]> {
  return fc.oneof(
    fc.tuple(fc.constant(`${HYPERVISOR}shared_fs`), fc.constantFrom("none", "virtio-fs", "None", "")),
    fc.tuple(fc.constant(`${HYPERVISOR}enable_hugepages`), BOOLEANS),
    fc.tuple(
      fc.constant("io.katacontainers.config_path"),
      fc.oneof(fc.constantFrom(PRIVATE_FILE, "/own.toml", ""), text),
    ),
    fc.tuple(
      fc.constantFrom("enable_iommu", "enable_vhost_user_store", "confidential_guest").map((name) => HYPERVISOR + name),
      BOOLEANS,
    ),
    fc.tuple(
      fc
        .constantFrom("kernel_params", "default_vcpus", "virtio_fs_cache", "vhost_user_store_path", "cc_init_data")
        .map((name) => HYPERVISOR + name),
      fc.oneof(text, fc.constant("2")),
    ),
    fc.tuple(
      text.map((each) => `${HYPERVISOR}virtio_fs_${each}`),
      text,
    ),
    fc.tuple(
      text.map((each) => `io.katacontainers.config.runtime.${each}`),
      text,
    ),
  );
}

/** Ours: right, wrong, and of other people's making. */
function ourKeys(text: Arbitrary<string>): Arbitrary<readonly [string, string]> {
  const status = fc
    .record({
      decision: fc.constant("patch" as const),
      selection: fc.constantFrom(...SELECTIONS),
      mode: fc.constantFrom(...MODES),
      version: fc.oneof(fc.constant("0.0.9"), text),
      from: fc.oneof(
        { weight: 3, arbitrary: fc.constant("kata-clh") },
        { weight: 1, arbitrary: fc.oneof(text, fc.constant("kata-other")) },
      ),
    })
    .map(renderStatus);
  return fc.oneof(
    fc.tuple(
      fc.constant("kata-thp.dev/status"),
      fc.oneof(status, text, fc.constantFrom("{}", "[]", '{"decision":"patch"}')),
    ),
    fc.tuple(
      fc.constant("kata-thp.dev/skipped"),
      fc.oneof(fc.constantFrom("HostPathVolume", "KataSupportUnknown"), text),
    ),
    fc.tuple(
      text.map((each) => `kata-thp.dev/${each}`),
      text,
    ),
  );
}

const MIRROR = fc.constantFrom<readonly [string, string]>(
  ["kubernetes.io/config.mirror", "hash"],
  ["kubernetes.io/config.source", "file"],
  ["kubernetes.io/config.source", "api"],
);

/** Annotations; plain ones say nothing about memory. */
export function annotations(text: Arbitrary<string>, isPlain: boolean): Arbitrary<Readonly<Record<string, string>>> {
  const own = fc.tuple(text, text);
  const harmless = fc.tuple(
    fc
      .constantFrom(
        "enable_iommu",
        "kernel_params",
        "enable_hugepages",
        "enable_vhost_user_store",
        "confidential_guest",
      )
      .map((name) => HYPERVISOR + name),
    fc.constant("false"),
  );
  const entry = isPlain
    ? fc.oneof(
        { weight: 4, arbitrary: own },
        { weight: 1, arbitrary: ourKeys(text) },
        { weight: 1, arbitrary: harmless },
      )
    : fc.oneof(
        { weight: 4, arbitrary: own },
        { weight: 4, arbitrary: kataKeys(text) },
        { weight: 4, arbitrary: ourKeys(text) },
        { weight: 1, arbitrary: MIRROR },
      );
  return fc.array(entry, { maxLength: isPlain ? 2 : 4 }).map((entries) => Object.fromEntries(entries));
}
