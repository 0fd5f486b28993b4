import type { Selection } from "./policy.ts";
import type { Finding } from "./rule.ts";
import type { Status } from "./status.ts";

/** What is set on the pod, with all that the patch needs. */
export type SelectedBy =
  | { readonly selection: "runtime-class"; readonly runtimeClass: string }
  | { readonly selection: "config-path"; readonly configPath: string }
  | { readonly selection: "hypervisor-annotations" };

/** Private memory is asked for, in the way that `by` says. */
export interface PatchDecision {
  readonly kind: "patch";
  readonly selection: Selection;
  readonly by: SelectedBy;
  /** The RuntimeClass that the pod came with. */
  readonly from: string;
  /** Evidence spoke against it and the policy's trust: operator overrode that. */
  readonly forced: boolean;
  /** Findings that degrade. */
  readonly findings: readonly Finding[];
  /** The Kata that would run the pod is newer than the tables in src/kata, and was judged as the newest known. */
  readonly newerThanKnown?: true;
  /** Without a controller and of another class: a second `kubectl apply` of the same manifest fails. */
  readonly barePod: boolean;
}

/** The pod is left alone, or (`putBack`) what an earlier call of ours did to it is undone. */
export interface SkipDecision {
  readonly kind: "skip";
  /** All findings, in the order of the reasons' list; at least one blocks. */
  readonly findings: readonly Finding[];
  readonly putBack: Status | null;
}

export type Decision = PatchDecision | SkipDecision;
