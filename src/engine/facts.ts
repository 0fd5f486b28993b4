// Everything that a decision may look at, as plain JSON: any logged facts are a fixture.
import type { KataRuntime } from "../kata/releases.ts";
import type { Pod, Toleration } from "./pod.ts";
import type { KataStatement } from "./policy.ts";

/** Why something is not known. Each is a different fact, in the words that findings use as detail. */
export const UNKNOWN_CAUSES = ["not found", "not synced", "forbidden", "timeout", "stale"] as const;
export type UnknownCause = (typeof UNKNOWN_CAUSES)[number];

/** A value, or why there is none. */
export type Known<T> =
  | { readonly kind: "known"; readonly value: T }
  | { readonly kind: "unknown"; readonly why: UnknownCause };

export function known<T>(value: T): Known<T> {
  return { kind: "known", value };
}

/** The same object each time. */
export function unknown<T>(why: UnknownCause): Known<T> {
  return UNKNOWN[why];
}

const UNKNOWN: Readonly<Record<UnknownCause, Extract<Known<never>, { kind: "unknown" }>>> = {
  "not found": { kind: "unknown", why: "not found" },
  "not synced": { kind: "unknown", why: "not synced" },
  forbidden: { kind: "unknown", why: "forbidden" },
  timeout: { kind: "unknown", why: "timeout" },
  stale: { kind: "unknown", why: "stale" },
};

export const MODES = ["enforce", "observe"] as const;
export type Mode = (typeof MODES)[number];

/** resource.k8s.io quantities by name, as written ("130Mi"). */
export type Quantities = Readonly<Record<string, string>>;

/** What decisions need of a RuntimeClass object. */
export interface RuntimeClassFacts {
  readonly name: string;
  readonly handler: string;
  /** Annotation kata-thp.dev/variant-of: the class that this one stands in for. */
  readonly variantOf: string | null;
  /** Annotation katacontainers.io/kata-version, written by kata-deploy from 3.32.0. */
  readonly kataVersion: string | null;
  readonly overhead: Quantities | null;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
}

/** What a node's report says of one handler. */
export interface HandlerReport extends Omit<KataStatement, "acceptsSharedFsNone" | "runtime"> {
  readonly runtime?: KataRuntime;
  readonly sharedFs?: string;
  readonly hugepages?: boolean;
}

/** A Node's annotation kata-thp.dev/report, read; its age instead of its time. */
export interface NodeReport {
  readonly ageSeconds: number;
  readonly handlers: Readonly<Record<string, HandlerReport>>;
  readonly thp?: { readonly enabled?: string; readonly shmemEnabled?: string };
}

/**
 * Nodes that are alike in all that decisions look at, among those that the pod could go to, now or later.
 * `runtimeHandlers` is the kubelet's list (Node.status.runtimeHandlers), null where it gives none (containerd 1.x);
 * `report.ageSeconds` is the oldest one's.
 */
export interface NodeGroup {
  readonly nodes: number;
  /** They take no pod at the moment and may later (`Reach` in placement.ts); false where it is left out. */
  readonly isLater?: boolean;
  readonly runtimeHandlers: readonly string[] | null;
  readonly report: NodeReport | null;
  /** There is a report that cannot be read, or is from the future; `report` is null then. False where it is left out. */
  readonly hasOddReport?: boolean;
}

export type VolumeMode = "Filesystem" | "Block";

/** The part of an AdmissionRequest that scope rules look at. */
export interface RequestFacts {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subResource: string;
  readonly operation: string;
}

export interface Facts {
  readonly request: RequestFacts;
  readonly mode: Mode;
  readonly namespace: string;
  /** Labels of the namespace where the reader has them (explain, scan); null: the API server has selected it. */
  readonly namespaceLabels: Readonly<Record<string, string>> | null;
  readonly pod: Pod;
  /** The RuntimeClass that the pod names; null when it names none. */
  readonly podClass: Known<RuntimeClassFacts> | null;
  /** The policy target's RuntimeClass: the pod's own, or the one that the pod's class stands in for. */
  readonly targetClass: Known<RuntimeClassFacts>;
  /** The RuntimeClass that the policy names as variant; null when it names none. */
  readonly policyVariant: Known<RuntimeClassFacts> | null;
  /** RuntimeClasses whose kata-thp.dev/variant-of names the target. */
  readonly annotatedVariants: Known<readonly RuntimeClassFacts[]>;
  /** Nodes that the pod could go to as it is. */
  readonly targetNodes: Known<readonly NodeGroup[]>;
  /** Nodes that the pod could go to with the variant's scheduling added; unknown where there is no one variant. */
  readonly variantNodes: Known<readonly NodeGroup[]>;
  /** Volume modes of the claims that the pod mounts, by claim name. */
  readonly claims: Readonly<Record<string, Known<VolumeMode>>>;
}
