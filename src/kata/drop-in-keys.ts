import { type ByRelease, valueAt } from "./release-range.ts";
import type { KataVersion } from "./version.ts";

/**
 * Keys of the Go runtime's `hypervisor` struct, katautils/config.go. A drop-in with any other key in [hypervisor.clh]
 * fails every pod of the handler: copyFieldValue finds no field with that tag (executed, 13d-…, 13f-…). In the main file,
 * in [runtime] and on runtime-rs an unknown key does nothing (executed, 13e-…).
 */
const GO_KEYS: ReadonlySet<string> = new Set([
  "block_device_aio",
  "block_device_cache_direct",
  "block_device_cache_noflush",
  "block_device_cache_set",
  "block_device_driver",
  "cold_plug_vfio",
  "confidential_guest",
  "cpu_features",
  "default_bridges",
  "default_maxmemory",
  "default_maxvcpus",
  "default_memory",
  "default_vcpus",
  "disable_block_device_use",
  "disable_guest_selinux",
  "disable_image_nvdimm",
  "disable_nesting_checks",
  "disable_seccomp",
  "disable_selinux",
  "disable_vhost_net",
  "disk_rate_limiter_bw_max_rate",
  "disk_rate_limiter_bw_one_time_burst",
  "disk_rate_limiter_ops_max_rate",
  "disk_rate_limiter_ops_one_time_burst",
  "enable_annotations",
  "enable_debug",
  "enable_guest_swap",
  "enable_hugepages",
  "enable_iommu",
  "enable_iommu_platform",
  "enable_iothreads",
  "enable_mem_prealloc",
  "enable_vhost_user_store",
  "enable_virtio_mem",
  "entropy_source",
  "extra_monitor_socket",
  "firmware",
  "firmware_volume",
  "guest_hook_path",
  "guest_memory_dump_paging",
  "guest_memory_dump_path",
  "hot_plug_vfio",
  "hypervisor_loglevel",
  "image",
  "initrd",
  "jailer_path",
  "kernel",
  "kernel_params",
  "machine_accelerators",
  "machine_type",
  "memory_offset",
  "memory_slots",
  "msize_9p",
  "net_rate_limiter_bw_max_rate",
  "net_rate_limiter_bw_one_time_burst",
  "net_rate_limiter_ops_max_rate",
  "net_rate_limiter_ops_one_time_burst",
  "path",
  "pcie_root_port",
  "pcie_switch_port",
  "pflashes",
  "remote_hypervisor_socket",
  "remote_hypervisor_timeout",
  "rootfs_type",
  "rootless",
  "rx_rate_limiter_max_rate",
  "seccompsandbox",
  "sev_snp_guest",
  "shared_fs",
  "tdx_quote_generation_service_socket_port",
  "tx_rate_limiter_max_rate",
  "use_legacy_serial",
  "valid_entropy_sources",
  "valid_hypervisor_paths",
  "valid_jailer_paths",
  "valid_vhost_user_store_paths",
  "valid_virtio_fs_daemon_paths",
  "vhost_user_reconnect_timeout_sec",
  "vhost_user_store_path",
  "virtio_fs_cache",
  "virtio_fs_cache_size",
  "virtio_fs_daemon",
  "virtio_fs_extra_args",
  "virtio_fs_queue_size",
]);

/** Keys that came or went within the range (executed; 70d8f1bf3d for file_mem_backend). */
const GO_CHANGED_KEYS: Readonly<Record<string, ByRelease<boolean>>> = {
  reclaim_guest_freed_memory: [
    { since: "3.0.0", value: false },
    { since: "3.17.0", value: true },
  ],
  kernel_verity_params: [
    { since: "3.0.0", value: false },
    { since: "3.27.0", value: true },
  ],
  file_mem_backend: [
    { since: "3.0.0", value: true },
    { since: "3.32.0", value: false },
  ],
  // The list of the same feature; taken to have gone with it [inferred].
  valid_file_mem_backends: [
    { since: "3.0.0", value: true },
    { since: "3.32.0", value: false },
  ],
};

/** Whether the Go runtime of this release takes the key in a drop-in's [hypervisor.clh]. */
export function isGoDropInKey(key: string, version: KataVersion): boolean {
  const changed = Object.hasOwn(GO_CHANGED_KEYS, key) ? GO_CHANGED_KEYS[key] : undefined;
  return changed === undefined ? GO_KEYS.has(key) : valueAt(changed, version);
}
