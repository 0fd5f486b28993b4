import { type ByRelease, valueAt } from "./release-range.ts";
import type { KataRuntime } from "./releases.ts";
import type { ValueCheck } from "./value-check.ts";
import type { KataVersion } from "./version.ts";

/** `null`: the runtime does not know the key at that release. */
type KeyRows = ValueCheck | ByRelease<ValueCheck | null>;

const text: ValueCheck = { kind: "text" };
const boolean: ValueCheck = { kind: "boolean" };
const unsigned: ValueCheck = { kind: "unsigned" };
const opaque: ValueCheck = { kind: "opaque" };
/** A path that a list in the configuration must admit; Cloud Hypervisor's shipped file has no such list, so none passes. */
const unlistedPath: ValueCheck = { kind: "one-of", values: [], other: "refused" };

/** Where kata-deploy puts virtiofsd: the only path in `valid_virtio_fs_daemon_paths` of the shipped Go configuration. */
export const SHIPPED_VIRTIOFSD = "/opt/kata/libexec/virtiofsd";

/**
 * Hypervisor keys that the Go runtime reads, by base name: rt/pkg/oci/utils.go addHypervisor…Overrides (4.1:1148-1255),
 * vc/pkg/annotations/annotations.go. shared_fs is not here: its values are in ReleaseFacts.
 */
const GO_KEYS: Readonly<Record<string, KeyRows>> = {
  enable_hugepages: boolean,
  disable_block_device_use: boolean,
  kernel_params: text,
  // Empty is taken (executed, 11-kernel_verity_params=@[.*]); how the rest is read was not.
  kernel_verity_params: [
    { since: "3.0.0", value: null },
    { since: "3.27.0", value: { kind: "one-of", values: [""], other: "unknown" } },
  ],
  // MinHypervisorMemory (executed, 11-default_memory=…).
  default_memory: { kind: "unsigned", min: 256 },
  // Refused above the number of the node's CPUs.
  default_vcpus: opaque,
  default_max_vcpus: opaque,
  memory_slots: unsigned,
  memory_offset: unsigned,
  enable_mem_prealloc: boolean,
  enable_virtio_mem: boolean,
  enable_guest_swap: boolean,
  // Known from 3.17.0; from 3.32.0 the one below is not (70d8f1bf3d; executed, 11-file_mem_backend=/dev/shm@[.*]).
  reclaim_guest_freed_memory: [
    { since: "3.0.0", value: null },
    { since: "3.17.0", value: boolean },
  ],
  file_mem_backend: [
    { since: "3.0.0", value: unlistedPath },
    { since: "3.32.0", value: null },
  ],
  enable_iommu: boolean,
  enable_iommu_platform: boolean,
  rootless: boolean,
  disable_vhost_net: boolean,
  disable_image_nvdimm: boolean,
  use_legacy_serial: boolean,
  enable_iothreads: boolean,
  block_device_cache_set: boolean,
  block_device_cache_direct: boolean,
  block_device_cache_noflush: boolean,
  block_device_driver: {
    kind: "one-of",
    values: ["virtio-scsi", "virtio-blk", "virtio-mmio", "nvdimm", "virtio-blk-ccw"],
    other: "refused",
  },
  block_device_aio: { kind: "one-of", values: ["native", "threads", "io_uring"], other: "refused" },
  enable_vhost_user_store: boolean,
  vhost_user_store_path: unlistedPath,
  vhost_user_reconnect_timeout_sec: unsigned,
  // Checked when virtiofsd starts, not when the annotation is read; predict.ts asks only where it does start.
  virtio_fs_cache: { kind: "one-of", values: ["", "auto", "always", "never"], other: "refused" },
  virtio_fs_cache_size: unsigned,
  virtio_fs_daemon: { kind: "one-of", values: [SHIPPED_VIRTIOFSD], other: "unknown" },
  virtio_fs_extra_args: { kind: "json-strings" },
  // Still read somewhere in the range, but no longer at 4.1: a number passes either way (executed, 11-msize_9p=8192@[.*]).
  msize_9p: { kind: "one-of", values: ["8192"], other: "unknown" },
  pcie_root_port: unsigned,
  pcie_switch_port: unsigned,
  rx_rate_limiter_max_rate: unsigned,
  tx_rate_limiter_max_rate: unsigned,
  cpu_features: text,
  machine_type: text,
  machine_accelerators: text,
  guest_hook_path: text,
  // A gzipped TOML in base64; hypervisor-scoped since PR #11693 (executed, 11-cc_init_data=…).
  cc_init_data: opaque,
  ...opaqueKeys("cold_plug_vfio", "hot_plug_vfio", "entropy_source", "default_gpus", "default_gpu_model", "sgx_epc"),
  ...opaqueKeys("path", "hypervisor_hash", "jailer_path", "jailer_hash", "ctlpath", "asset_hash_type"),
  ...opaqueKeys("kernel", "kernel_hash", "image", "image_hash", "initrd", "initrd_hash"),
  ...opaqueKeys("firmware", "firmware_hash", "firmware_volume", "firmware_volume_hash"),
};

/**
 * The same for runtime-rs: the match in update_config_by_annotation (kt/annotations/mod.rs 4.1:937 and around). Executed
 * at 3.32.0 and later; a key that an older source has differently is opaque before that.
 */
const RS_KEYS: Readonly<Record<string, KeyRows>> = {
  enable_hugepages: boolean,
  disable_block_device_use: boolean,
  kernel_params: text,
  kernel_verity_params: opaqueUntil("3.32.0", { kind: "one-of", values: [""], other: "unknown" }),
  // The minimum is 64 MiB; older releases took a bare number for bytes (PR #12735), so only what is too small for both is sure.
  default_memory: [
    { since: "3.0.0", value: { kind: "unsigned", min: 64, fitting: "unknown", noNumber: "unknown" } },
    { since: "3.32.0", value: { kind: "unsigned", min: 64, noNumber: "unknown" } },
  ],
  default_vcpus: { kind: "one-of", values: ["1", "2"], other: "unknown" },
  default_max_vcpus: unsigned,
  memory_slots: unsigned,
  memory_offset: unsigned,
  enable_mem_prealloc: boolean,
  enable_virtio_mem: boolean,
  enable_guest_swap: boolean,
  enable_swap: opaqueUntil("3.32.0", null),
  file_mem_backend: opaqueUntil("3.32.0", null),
  enable_iommu: boolean,
  enable_iommu_platform: boolean,
  rootless: boolean,
  disable_vhost_net: boolean,
  disable_image_nvdimm: boolean,
  enable_iothreads: boolean,
  block_device_cache_set: boolean,
  block_device_cache_direct: boolean,
  block_device_cache_noflush: boolean,
  // `virtio-blk is unsupported block device type.`: the list is ch's own and was not read.
  block_device_driver: opaque,
  // validate() looks for the directory on the node.
  enable_vhost_user_store: { kind: "one-of", values: ["false"], other: "unknown" },
  vhost_user_store_path: unlistedPath,
  virtio_fs_cache: text,
  virtio_fs_cache_size: { kind: "unsigned", max: 2 ** 32 - 1 },
  virtio_fs_daemon: opaqueUntil("3.32.0", unlistedPath),
  virtio_fs_extra_args: text,
  msize_9p: opaqueUntil("3.32.0", null),
  cpu_features: text,
  machine_type: text,
  machine_accelerators: text,
  cc_init_data: opaque,
  ...opaqueKeys("path", "ctlpath", "jailer_path", "kernel", "image", "initrd", "firmware", "entropy_source"),
  ...opaqueKeys("pcie_root_port", "hot_plug_vfio", "cold_plug_vfio", "hotplug_vfio_on_root_bus", "hugepage_type"),
  ...opaqueKeys("guest_hook_path", "rx_rate_limiter_max_rate", "tx_rate_limiter_max_rate", "prefetch_files.list"),
};

/** How the runtime judges this hypervisor key's value; null where it does not know the key. */
export function hypervisorKeyCheck(baseName: string, version: KataVersion, runtime: KataRuntime): ValueCheck | null {
  const keys = runtime === "go" ? GO_KEYS : RS_KEYS;
  const rows = Object.hasOwn(keys, baseName) ? keys[baseName] : undefined;
  if (rows === undefined) return null;
  return "kind" in rows ? rows : valueAt(rows, version);
}

function opaqueUntil(since: string, value: ValueCheck | null): ByRelease<ValueCheck | null> {
  return [
    { since: "3.0.0", value: { kind: "opaque" } },
    { since, value },
  ];
}

function opaqueKeys(...names: readonly string[]): Record<string, ValueCheck> {
  return Object.fromEntries(names.map((name) => [name, { kind: "opaque" }]));
}
