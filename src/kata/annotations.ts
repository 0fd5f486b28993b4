/**
 * Annotation keys that Kata reads, in Kata's own spelling
 * (src/runtime/virtcontainers/pkg/annotations/annotations.go, src/libs/kata-types/src/annotations/mod.rs).
 */

/** All keys that a pod's author may set for Kata. */
export const KATA_PREFIX = "io.katacontainers.";
/** Keys of the hypervisor's configuration. The only prefix that `enable_annotations` gates (rt/pkg/oci/utils.go 4.1:292). */
export const HYPERVISOR_PREFIX = "io.katacontainers.config.hypervisor.";
/** Keys of `[runtime]`; no allow-list stands before them (rt/pkg/oci/utils.go 4.1:1148-1255). */
export const RUNTIME_PREFIX = "io.katacontainers.config.runtime.";
/** Keys of `[agent.kata]`; no allow-list stands before them (rt/pkg/oci/utils.go 4.1:1148-1255). */
export const AGENT_PREFIX = "io.katacontainers.config.agent.";

/** Base names: what follows the prefix, and what the allow-list is matched against. */
export const SHARED_FS = "shared_fs";
export const ENABLE_HUGEPAGES = "enable_hugepages";

export const SHARED_FS_KEY = "io.katacontainers.config.hypervisor.shared_fs";
export const ENABLE_HUGEPAGES_KEY = "io.katacontainers.config.hypervisor.enable_hugepages";

/** Another configuration file for this sandbox, ungated (rt/pkg/containerd-shim-v2/create.go 3.12:266, 3.32:268). */
export const CONFIG_PATH_KEY = "io.katacontainers.config_path";

/** Whether images are pulled inside the guest, which is one way to have root filesystems there (Go, from 3.18.0 on). */
export const FORCE_GUEST_PULL_KEY = "io.katacontainers.config.runtime.experimental_force_guest_pull";

/** virtio_fs_cache, virtio_fs_cache_size, virtio_fs_daemon, virtio_fs_extra_args, virtio_fs_queue_size. */
export const VIRTIO_FS_PREFIX = "io.katacontainers.config.hypervisor.virtio_fs_";

/** vhost-user devices need memory that another process can map (Cloud Hypervisor v51.1 config.rs:2687-2790). */
export const ENABLE_VHOST_USER_STORE_KEY = "io.katacontainers.config.hypervisor.enable_vhost_user_store";
export const VHOST_USER_PREFIX = "io.katacontainers.config.hypervisor.vhost_user_";

/** How disks come to the guest, root filesystems on a block snapshotter among them. */
export const DISABLE_BLOCK_DEVICE_USE_KEY = "io.katacontainers.config.hypervisor.disable_block_device_use";
export const BLOCK_DEVICE_DRIVER_KEY = "io.katacontainers.config.hypervisor.block_device_driver";

/** A kernel or image in place of the configuration's. */
export const GUEST_KEYS: readonly string[] = ["kernel", "image", "initrd"].map((name) => `${HYPERVISOR_PREFIX}${name}`);

/** A policy that the guest's agent enforces, encoded. */
export const AGENT_POLICY_KEY = "io.katacontainers.config.agent.policy";

/** Confidential guests bring their own memory and boot path. */
export const CC_INIT_DATA_KEY = "io.katacontainers.config.hypervisor.cc_init_data";
/** Its name before 3.20.0. */
export const OLD_CC_INIT_DATA_KEY = "io.katacontainers.config.runtime.cc_init_data";
export const CONFIDENTIAL_GUEST_KEY = "io.katacontainers.config.hypervisor.confidential_guest";

/** On RuntimeClass objects: the chart's version, from 3.32.0 (8549d71c6f, _helpers.tpl:50-52); nodes may lag behind it. */
export const KATA_VERSION_KEY = "katacontainers.io/kata-version";

/** What `enable_annotations` is matched against, or null where the key is none of the hypervisor's. */
export function hypervisorBaseName(key: string): string | null {
  return key.startsWith(HYPERVISOR_PREFIX) ? key.slice(HYPERVISOR_PREFIX.length) : null;
}
