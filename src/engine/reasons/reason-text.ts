/** How a reason counts: it says that the pod isn't ours to change, keeps it as it is, or only makes it worse. */
export type ReasonKind = "scope" | "blocks" | "degrades";

export interface ReasonText {
  readonly kind: ReasonKind;
  /** What is the case, as one sentence. */
  readonly sentence: string;
  /** What a person can do about it. */
  readonly action: string;
  /** Who can do it: whoever made the pod, the operator of the cluster, or nobody needs to. */
  readonly actor: "user" | "operator" | "nobody";
}
