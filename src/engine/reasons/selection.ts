import type { SelectionReason } from "./names.ts";
import type { ReasonText } from "./reason-text.ts";

/** Reasons that this cluster's Kata cannot be asked, or not for this pod. Sources: the tables in src/kata. */
export const selectionReasons: Readonly<Record<SelectionReason, ReasonText>> = {
  KataSupportUnknown: {
    kind: "blocks",
    sentence: "Nothing says how this cluster's Kata can be asked for private memory.",
    action: "Make a RuntimeClass with the annotation kata-thp.dev/variant-of, or state in the policy what its Kata is.",
    actor: "operator",
  },
  KataTooOld: {
    kind: "blocks",
    sentence: "Kata before 3.12.0 always shares guest memory on Cloud Hypervisor.",
    action: "Upgrade Kata to 3.12.0 or newer.",
    actor: "operator",
  },
  KataRefusesAnnotation: {
    kind: "blocks",
    sentence:
      "This Kata refuses the annotation shared_fs=none (no release up to 4.1.0 takes it) or does not enable both keys; the pod would never start.",
    action: "Use the selection runtime-class: a RuntimeClass whose handler has shared_fs = none in its configuration.",
    actor: "operator",
  },
  ConfigPathIgnored: {
    kind: "blocks",
    sentence: "Kata from 4.0.0 on ignores the annotation io.katacontainers.config_path.",
    action: "Use the selection runtime-class.",
    actor: "operator",
  },
  RuntimeSharesMemory: {
    kind: "blocks",
    sentence: "runtime-rs always shares guest memory on Cloud Hypervisor.",
    action: "Use a handler with the Go runtime, and say so in the policy (private.runtime) where its name does not.",
    actor: "operator",
  },
  VariantMissing: {
    kind: "blocks",
    sentence: "There is no RuntimeClass that stands in for the pod's.",
    action: "Create the RuntimeClass that the policy names, or annotate one with kata-thp.dev/variant-of.",
    actor: "operator",
  },
  VariantAmbiguous: {
    kind: "blocks",
    sentence: "More than one RuntimeClass says that it stands in for the pod's.",
    action: "Name the right one as variant in the policy.",
    actor: "operator",
  },
  VariantUnschedulable: {
    kind: "blocks",
    sentence: "No node that the pod could go to has the variant's handler and takes pods.",
    action: "Install the handler on those nodes, see why they are cordoned or not ready, or let the pod go to others.",
    actor: "operator",
  },
  VariantNarrowsNodes: {
    kind: "blocks",
    sentence:
      "The variant wants node labels that the pod's class does not, and this pod may be held to nodes without them.",
    action: "Give both RuntimeClasses the same scheduling.nodeSelector.",
    actor: "operator",
  },
  NodeSelectorConflict: {
    kind: "blocks",
    sentence: "The variant's nodeSelector asks for another value of the same key; the API server would refuse the pod.",
    action: "Give both RuntimeClasses, and the pod, the same value for that key.",
    actor: "operator",
  },
  OverheadMismatch: {
    kind: "blocks",
    sentence: "The pod carries an overhead of its own that is not its RuntimeClass's.",
    action: "Leave spec.overhead out: the API server fills it in.",
    actor: "user",
  },
  VariantCostsMore: {
    kind: "blocks",
    sentence:
      "The variant has more overhead than the pod's class; a quota or a full node may have no room for the pod there.",
    action: "Give the variant an overhead of at most that of the class.",
    actor: "operator",
  },
  UserAnnotationRefused: {
    kind: "blocks",
    sentence: "The pod has a Kata hypervisor annotation that the private configuration is not known to enable.",
    action:
      "Add the key to enable_annotations there, and state that whole list in the policy (private.enableAnnotations).",
    actor: "operator",
  },
  EvidenceContradicts: {
    kind: "blocks",
    sentence: "Two sources disagree about this cluster's Kata.",
    action: "Correct the policy, the RuntimeClass's annotation or handler, or the node's configuration.",
    actor: "operator",
  },
  EvidenceStale: {
    kind: "blocks",
    sentence: "What is known of the nodes or RuntimeClasses is too old to rest on, or cannot be read.",
    action:
      "See why the node reports, or the webhook's watch, stopped, and what wrote a report that cannot be read or is from the future.",
    actor: "operator",
  },
  FleetDisagrees: {
    kind: "blocks",
    sentence: "The nodes that the pod could go to have different Kata set-ups.",
    action:
      "Finish the Kata rollout, or give the RuntimeClasses a scheduling.nodeSelector that only nodes with the same set-up match.",
    actor: "operator",
  },
  NodesUnknown: {
    kind: "blocks",
    sentence: "The nodes that the pod could go to could not be looked through, so what they report is not known.",
    action:
      "Shorten a required node affinity of many thousand characters; else see why the webhook's list of nodes does not come.",
    actor: "operator",
  },
  RootfsNeedsSharedFs: {
    kind: "blocks",
    sentence:
      "The handler's root filesystems do not reach the guest without a shared filesystem; no container would start.",
    action:
      "Give the handler an EROFS snapshotter (from Kata 3.17.0 on), or a block one with disable_block_device_use = false.",
    actor: "operator",
  },
  HostThpNever: {
    kind: "blocks",
    sentence: "Transparent huge pages are switched off on the hosts, so private memory would gain nothing.",
    action: "Set /sys/kernel/mm/transparent_hugepage/enabled to madvise or always on the nodes.",
    actor: "operator",
  },
  BarePod: {
    kind: "blocks",
    sentence: "The pod has no controller and the policy leaves such pods alone, as a second kubectl apply would fail.",
    action: "Use a Deployment or Job, or set barePods: patch in the policy.",
    actor: "user",
  },
  AnnotationsTooLarge: {
    kind: "blocks",
    sentence:
      "With the webhook's own, the pod's annotations would have more than 256 KiB; the API server would refuse it.",
    action: "Keep the pod's annotations smaller.",
    actor: "user",
  },
};
