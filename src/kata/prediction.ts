/**
 * What stops a pod. `key-not-enabled`: outside the allow-list. `key-unknown`: admitted, but runtime-rs has no such key.
 * `value-refused`: an annotation's value, by its parser or when the VM starts. `configuration-refused`: the file, a
 * drop-in, or which file was asked for.
 */
export const REJECTIONS = ["key-not-enabled", "key-unknown", "value-refused", "configuration-refused"] as const;
export type RejectedBy = (typeof REJECTIONS)[number];

export interface Rejected {
  readonly kind: "rejected";
  readonly by: RejectedBy;
  readonly why: string;
}

export interface Accepted {
  readonly kind: "accepted";
  /** As Kata sends them to Cloud Hypervisor in vm.create. */
  readonly memory: { readonly shared: boolean; readonly hugepages: boolean };
  /** Which of shared_fs, enable_hugepages and config_path the pod carries and the runtime does not read. */
  readonly ignored: readonly string[];
  /** Which of them it reads, and finds what the configuration says already. */
  readonly redundant: readonly string[];
}

/** Only Kata's own parser, or the node, can tell. */
export interface Undetermined {
  readonly kind: "undetermined";
  readonly why: string;
}

export type Prediction = Rejected | Accepted | Undetermined;

export function rejected(by: RejectedBy, why: string): Rejected {
  return { kind: "rejected", by, why };
}

export function undetermined(why: string): Undetermined {
  return { kind: "undetermined", why };
}
