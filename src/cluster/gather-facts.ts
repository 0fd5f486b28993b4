// Reader → facts: everything that the decision about one pod may look at, fetched once.
import type { Facts, Known, Mode, NodeGroup, RequestFacts, RuntimeClassFacts, VolumeMode } from "../engine/facts.ts";
import { unknown } from "../engine/facts.ts";
import { mountedVolumes } from "../engine/mounted-volumes.ts";
import { isSameSelector, placementOf } from "../engine/placement.ts";
import type { Pod, Volume } from "../engine/pod.ts";
import type { Policy } from "../engine/policy.ts";
import { findTarget } from "../engine/target.ts";
import { isSameToleration } from "../engine/toleration.ts";
import { resolveVariant } from "../engine/variant.ts";
import type { ClusterReader } from "./reader.ts";

/** What a decision is about. */
export interface Subject {
  readonly request: RequestFacts;
  readonly mode: Mode;
  readonly namespace: string;
  /** Labels of the namespace; null where the API server has selected it already. */
  readonly namespaceLabels: Readonly<Record<string, string>> | null;
  readonly pod: Pod;
}

/** All but claims come from memory; claims are read side by side, within `claimBudgetMs` together. */
export async function gatherFacts(
  subject: Subject,
  policy: Policy,
  reader: ClusterReader,
  claimBudgetMs: number,
): Promise<Facts> {
  const facts = factsFromMemory(subject, policy, reader);
  return wantsClaims(facts, policy) ? await withClaims(facts, reader, claimBudgetMs) : facts;
}

/** What is known without asking anybody: all but the pod's claims. */
export function factsFromMemory(subject: Subject, policy: Policy, reader: ClusterReader): Facts {
  const { pod } = subject;
  const className = pod.spec?.runtimeClassName || null;
  const podClass = className === null ? null : reader.runtimeClass(className);
  const aim = findTarget(policy, pod, podClass);
  const nowhere: Known<readonly NodeGroup[]> = unknown("not found");
  if (aim === null) {
    return {
      ...subject,
      podClass,
      targetClass: unknown("not found"),
      policyVariant: null,
      annotatedVariants: unknown("not found"),
      targetNodes: nowhere,
      variantNodes: nowhere,
      claims: NO_CLAIMS,
    };
  }
  const { target, role } = aim;
  const targetClass = reader.runtimeClass(target.runtimeClass);
  const policyVariant = target.variant === null ? null : reader.runtimeClass(target.variant);
  const annotatedVariants = reader.variantsOf(target.runtimeClass);
  const resolved = resolveVariant({ policyVariant, annotatedVariants });
  const variant =
    role === "variant"
      ? podClass?.kind === "known"
        ? podClass.value
        : null
      : resolved.kind === "one"
        ? resolved.variant
        : null;
  const common = { ...subject, podClass, targetClass, policyVariant, annotatedVariants, claims: NO_CLAIMS };
  if (role === "variant") {
    // Where it could go as it is, is where the variant lets it.
    const nodes = reader.nodes(placementOf(pod, variant === null ? [] : [variant]));
    return { ...common, targetNodes: nodes, variantNodes: variant === null ? nowhere : nodes };
  }
  // The API server has merged the pod's class already; a manifest that explain reads has not been there yet.
  const before = targetClass.kind === "known" ? [targetClass.value] : [];
  const targetNodes = reader.nodes(placementOf(pod, before));
  if (variant === null) return { ...common, targetNodes, variantNodes: nowhere };
  const isAlike = before.some((each) => isScheduledAlike(each, variant));
  return {
    ...common,
    targetNodes,
    variantNodes: isAlike ? targetNodes : reader.nodes(placementOf(pod, [...before, variant])),
  };
}

/** To ask for the scheduling of both is to ask for that of one. */
function isScheduledAlike(one: RuntimeClassFacts, other: RuntimeClassFacts): boolean {
  if (one.tolerations.length !== other.tolerations.length) return false;
  for (let index = 0; index < one.tolerations.length; index += 1) {
    const [mine, others] = [one.tolerations[index], other.tolerations[index]];
    if (mine === undefined || others === undefined || !isSameToleration(mine, others)) return false;
  }
  return isSameSelector(one.nodeSelector, other.nodeSelector);
}

const NO_CLAIMS: Facts["claims"] = {};

/** Does anything depend on claims of this pod? Most pods have none. */
export function wantsClaims({ pod, podClass }: Facts, policy: Policy): boolean {
  if (pod.spec?.volumes?.some(isClaim) !== true) return false;
  return findTarget(policy, pod, podClass) !== null;
}

/** The same facts with the modes of the claims that the pod uses, read side by side within `budgetMs` together. */
export async function withClaims(facts: Facts, reader: ClusterReader, budgetMs: number): Promise<Facts> {
  return { ...facts, claims: await claimModes(facts.pod, facts.namespace, reader, budgetMs) };
}

/** More than any pod is known to mount. One may name tens of thousands, and each would be a request. */
const MOST_CLAIMS = 128;

/** The modes of all claims that a container uses; of more than MOST_CLAIMS none is asked for. */
async function claimModes(
  pod: Pod,
  namespace: string,
  reader: ClusterReader,
  claimBudgetMs: number,
): Promise<Readonly<Record<string, Known<VolumeMode>>>> {
  const names = new Set<string>();
  for (const { volume } of mountedVolumes(pod)) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name) names.add(name);
  }
  if (names.size > MOST_CLAIMS) return Object.fromEntries([...names].map((name) => [name, unknown("timeout")]));
  const modes = await Promise.all(
    [...names].map(async (name) => [name, await reader.claimMode(namespace, name, claimBudgetMs)] as const),
  );
  return Object.fromEntries(modes);
}

function isClaim({ persistentVolumeClaim }: Volume): boolean {
  return persistentVolumeClaim != null;
}
