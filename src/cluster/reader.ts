// The seam between decisions and where facts come from: a folder of YAML files, or a live cluster.
import type { Known, NodeGroup, RuntimeClassFacts, VolumeMode } from "../engine/facts.ts";
import type { Placement } from "../engine/placement.ts";

/** Everything but claims is answered from memory. */
export interface ClusterReader {
  /** The RuntimeClass of that name. */
  runtimeClass(name: string): Known<RuntimeClassFacts>;
  /** RuntimeClasses whose kata-thp.dev/variant-of names `target` (itself excluded), by name. */
  variantsOf(target: string): Known<readonly RuntimeClassFacts[]>;
  /**
   * Nodes that a pod of that placement could go to, grouped by what decisions look at. Where there is no Node at all that
   * is unknown (`not found`): a cluster or snapshot without any says nothing of the nodes that a pod will find.
   */
  nodes(placement: Placement): Known<readonly NodeGroup[]>;
  /** The volumeMode of a claim. `budgetMs` bounds the wait; it resolves to unknown, and never rejects. */
  claimMode(namespace: string, name: string, budgetMs: number): Promise<Known<VolumeMode>>;
  /** Labels of a namespace; null where this reader has none to tell. */
  namespaceLabels(name: string): Readonly<Record<string, string>> | null;
}
