import { AGENT_PREFIX, RUNTIME_PREFIX } from "./annotations.ts";
import { type ByRelease, valueAt } from "./release-range.ts";
import type { KataRuntime } from "./releases.ts";
import type { ValueCheck } from "./value-check.ts";
import type { KataVersion } from "./version.ts";

/*
 * Keys before which no allow-list stands. A bad value in one of them rejects the pod all the same; what is not listed
 * is not read, and does nothing.
 */

const text: ValueCheck = { kind: "text" };
const boolean: ValueCheck = { kind: "boolean" };
const unsigned: ValueCheck = { kind: "unsigned" };
const opaque: ValueCheck = { kind: "opaque" };

/** `null`: the runtime does not read the key at that release. */
type KeyRows = ValueCheck | ByRelease<ValueCheck | null>;

/** rt/pkg/oci/utils.go addRuntimeConfigOverrides, addAgentConfigOverrides (4.1:1148-1255; executed, vectors 11r-…, but for
 * guest_selinux_label, container_pipe_size, policy and enable_vcpus_pinning). */
const GO_KEYS: Readonly<Record<string, KeyRows>> = {
  [`${RUNTIME_PREFIX}disable_guest_seccomp`]: boolean,
  [`${RUNTIME_PREFIX}sandbox_cgroup_only`]: boolean,
  [`${RUNTIME_PREFIX}disable_new_netns`]: boolean,
  [`${RUNTIME_PREFIX}create_container_timeout`]: unsigned,
  [`${RUNTIME_PREFIX}experimental_force_guest_pull`]: [
    { since: "3.0.0", value: null },
    { since: "3.18.0", value: boolean },
  ],
  // A list of feature names that the build registers.
  [`${RUNTIME_PREFIX}experimental`]: opaque,
  [`${RUNTIME_PREFIX}internetworking_model`]: {
    kind: "one-of",
    values: ["none", "tcfilter", "macvtap"],
    other: "unknown",
  },
  [`${RUNTIME_PREFIX}vfio_mode`]: { kind: "one-of", values: ["vfio", "guest-kernel"], other: "refused" },
  [`${RUNTIME_PREFIX}guest_selinux_label`]: opaque,
  // The hypervisor's since PR #11693 (3.20.0).
  [`${RUNTIME_PREFIX}cc_init_data`]: [
    { since: "3.0.0", value: opaque },
    { since: "3.20.0", value: null },
  ],
  [`${AGENT_PREFIX}kernel_modules`]: text,
  [`${AGENT_PREFIX}enable_tracing`]: boolean,
  [`${AGENT_PREFIX}container_pipe_size`]: unsigned,
  [`${AGENT_PREFIX}policy`]: opaque,
  "io.katacontainers.enable_vcpus_pinning": boolean,
};

/** The second match in update_config_by_annotation (kt/annotations/mod.rs; executed at 3.32.0 and later, vectors 11r-…, but
 * for container_pipe_size and policy). */
const RS_KEYS: Readonly<Record<string, KeyRows>> = {
  [`${RUNTIME_PREFIX}disable_guest_seccomp`]: boolean,
  [`${RUNTIME_PREFIX}enable_pprof`]: boolean,
  [`${RUNTIME_PREFIX}sandbox_cgroup_only`]: boolean,
  [`${RUNTIME_PREFIX}disable_new_netns`]: boolean,
  [`${RUNTIME_PREFIX}experimental`]: text,
  [`${RUNTIME_PREFIX}internetworking_model`]: text,
  [`${RUNTIME_PREFIX}vfio_mode`]: text,
  [`${RUNTIME_PREFIX}sandbox_bind_mounts`]: text,
  [`${RUNTIME_PREFIX}create_container_timeout`]: unsigned,
  [`${RUNTIME_PREFIX}disable_guest_empty_dir`]: [
    { since: "3.0.0", value: { kind: "one-of", values: ["true", "false"], other: "unknown" } },
    { since: "4.0.0", value: null },
  ],
  [`${RUNTIME_PREFIX}cc_init_data`]: [
    { since: "3.0.0", value: opaque },
    { since: "3.32.0", value: null },
  ],
  [`${RUNTIME_PREFIX}shared_mounts`]: opaque,
  [`${RUNTIME_PREFIX}name`]: opaque,
  [`${RUNTIME_PREFIX}hypervisor_name`]: opaque,
  [`${RUNTIME_PREFIX}agent_name`]: opaque,
  [`${AGENT_PREFIX}kernel_modules`]: text,
  [`${AGENT_PREFIX}enable_tracing`]: boolean,
  [`${AGENT_PREFIX}container_pipe_size`]: unsigned,
  [`${AGENT_PREFIX}policy`]: opaque,
};

/** How the runtime judges this key's value; null where it does not read the key. Not for hypervisor keys. */
export function ungatedKeyCheck(key: string, version: KataVersion, runtime: KataRuntime): ValueCheck | null {
  const keys = runtime === "go" ? GO_KEYS : RS_KEYS;
  const rows = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (rows === undefined) return null;
  return "kind" in rows ? rows : valueAt(rows, version);
}
