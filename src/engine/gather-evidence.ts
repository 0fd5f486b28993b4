// Who says what of the Kata behind one handler: the operator's policy, the RuntimeClass, the nodes' reports.
import { runtimeByHandler } from "../kata/handler-names.ts";
import { parseKataVersion, type KataVersion } from "../kata/version.ts";
import { isEmptydirModeRefused, type KataEvidence } from "./evidence.ts";
import type { HandlerReport, Known, NodeGroup } from "./facts.ts";
import type { KataStatement } from "./policy.ts";
import { aboutReports, aboutUnknownNodes, mayHave } from "./reporting-nodes.ts";
import type { Finding } from "./rule.ts";
import { block } from "./selections/attempt.ts";

/** Who speaks about a handler. */
export interface EvidenceSources {
  readonly handler: string | null;
  /** The operator's word. */
  readonly policy: KataStatement;
  /** Annotation katacontainers.io/kata-version of the RuntimeClass. */
  readonly classVersion: string | null;
  readonly nodes: Known<readonly NodeGroup[]>;
}

export interface GatheredEvidence {
  /** What all who speak say together. */
  readonly evidence: KataEvidence;
  /**
   * Every Kata that may run the pod: `evidence` first, or each node's own word where nodes disagree, then what is known
   * of nodes that say nothing, and what nodes say where the policy says something else. Whatever speaks against one of
   * them speaks against the pod (docs/adr/0010-silence.md).
   */
  readonly possible: readonly KataEvidence[];
  /** EvidenceContradicts, EvidenceStale, FleetDisagrees, NodesUnknown and HostThpNever, as far as they hold. */
  readonly findings: readonly Finding[];
}

/** Everything that a node may say of a handler, compared node with node and with the policy. */
const REPORTED = [
  "version",
  "runtime",
  "sharedFs",
  "hugepages",
  "enableAnnotations",
  "rootfs",
  "kubeletRoot",
  "emptydirMode",
  "disableBlockDeviceUse",
  "disableGuestEmptyDir",
] as const satisfies readonly (keyof HandlerReport)[];

const NOTHING_REPORTED: HandlerReport = {};

/** What was made of one answer about nodes, which is the same object for a while; nothing of a pod is in it. */
const remembered = new WeakMap<EvidenceSources["nodes"], { sources: EvidenceSources; gathered: GatheredEvidence }[]>();
/** A target and its variant, for a few targets. */
const MOST_REMEMBERED = 16;

/** Weighs all that is said of a handler. The findings' path is the RuntimeClass's name: that is what led here. */
export function gatherEvidence(sources: EvidenceSources): GatheredEvidence {
  let known = remembered.get(sources.nodes);
  if (known === undefined) {
    known = [];
    remembered.set(sources.nodes, known);
  }
  for (const each of known) if (isFrom(each.sources, sources)) return each.gathered;
  const gathered = weigh(sources);
  if (known.length >= MOST_REMEMBERED) known.shift();
  known.push({ sources, gathered });
  return gathered;
}

function isFrom(one: EvidenceSources, other: EvidenceSources): boolean {
  return one.handler === other.handler && one.policy === other.policy && one.classVersion === other.classVersion;
}

function weigh(sources: EvidenceSources): GatheredEvidence {
  const { handler, policy, nodes } = sources;
  const groups = nodes.kind === "known" ? nodes.value : [];
  const reports: HandlerReport[] = [];
  let isAnySilent = false;
  for (const group of groups) {
    const said = group.report === null || handler === null ? undefined : ownValue(group.report.handlers, handler);
    if (said !== undefined) reports.push(said);
    else if (handler !== null && mayHave(group, handler)) isAnySilent = true;
  }
  // Most reviews find one report or none: nothing is compared then.
  const different = reports.length < 2 ? reports : distinct(reports);
  const isOne = different.length < 2;
  const disagreements = isOne
    ? []
    : REPORTED.filter((field) => distinct(different.map((said) => said[field])).length > 1);
  const reported: HandlerReport = isOne ? (different[0] ?? NOTHING_REPORTED) : Object.assign({}, ...different);

  const { evidence, contradictions } = together(sources, reported);
  const possible = [evidence];
  const each = isOne ? [] : distinct(different.map((said) => together(sources, said).evidence));
  // What contradicts itself together is nobody's Kata.
  if (disagreements.length > 0) possible.splice(0, 1, ...each);
  else possible.push(...each);
  if (reports.length > 0 && isAnySilent) possible.push(together(sources, NOTHING_REPORTED).evidence);
  const { enableAnnotations = null } = reported;
  if (policy.enableAnnotations !== undefined && enableAnnotations !== null) {
    possible.push({ ...evidence, enableAnnotations });
  }

  const findings: Finding[] = [];
  if (nodes.kind === "unknown" && handler !== null) findings.push(...aboutUnknownNodes(nodes.why));
  if (contradictions.length > 0) findings.push(block("EvidenceContradicts", contradictions[0]));
  else if (possible.some(isEmptydirModeRefused)) findings.push(block("EvidenceContradicts", "emptydirMode"));
  if (disagreements.length > 0) findings.push(block("FleetDisagrees", disagreements[0]));
  findings.push(...aboutReports(groups, handler, disagreements.length > 0));
  return { evidence, possible, findings };
}

/** The operator's word, the class's and the nodes', and the fields in which they contradict each other. */
function together({ handler, policy, classVersion }: EvidenceSources, reported: HandlerReport): Together {
  const contradictions: string[] = [];
  const agreed = <T>(field: string, first: T | null | undefined, second: T | null | undefined): T | null => {
    if (first == null) return second ?? null;
    if (second != null && !isSame(first, second)) contradictions.push(field);
    return first;
  };
  const stated = agreed("version", parseVersion(policy.version), parseVersion(classVersion));
  const evidence: KataEvidence = {
    version: agreed("version", stated, parseVersion(reported.version)),
    runtime: agreed("runtime", policy.runtime, reported.runtime) ?? runtimeByHandler(handler),
    sharedFs: reported.sharedFs ?? null,
    hugepages: reported.hugepages ?? null,
    acceptsSharedFsNone: policy.acceptsSharedFsNone ?? null,
    rootfs: agreed("rootfs", policy.rootfs, reported.rootfs),
    kubeletRoot: agreed("kubeletRoot", policy.kubeletRoot, reported.kubeletRoot),
    emptydirMode: agreed("emptydirMode", policy.emptydirMode, reported.emptydirMode),
    disableBlockDeviceUse: agreed(
      "disableBlockDeviceUse",
      policy.disableBlockDeviceUse,
      reported.disableBlockDeviceUse,
    ),
    disableGuestEmptyDir: agreed("disableGuestEmptyDir", policy.disableGuestEmptyDir, reported.disableGuestEmptyDir),
    enableAnnotations: policy.enableAnnotations ?? reported.enableAnnotations ?? null,
  };
  return { evidence, contradictions };
}

interface Together {
  readonly evidence: KataEvidence;
  readonly contradictions: readonly string[];
}

/** Versions as written, read; a cluster has a handful, and a review asks for each several times. */
const parsedVersions = new Map<string, KataVersion>();
const MOST_PARSED = 256;

function parseVersion(text: string | null | undefined): KataVersion | null {
  if (text == null) return null;
  const known = parsedVersions.get(text);
  if (known !== undefined) return known;
  const version = parseKataVersion(text);
  if (parsedVersions.size >= MOST_PARSED) parsedVersions.clear();
  // What is no version may be long, and is looked at quickly.
  if (version !== null) parsedVersions.set(text, version);
  return version;
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The different values among those that are there, compared as JSON. */
function distinct<T>(values: readonly (T | null | undefined)[]): T[] {
  const seen = new Map<string, T>();
  for (const value of values) {
    if (value === null || value === undefined) continue;
    const text = JSON.stringify(value);
    if (!seen.has(text)) seen.set(text, value);
  }
  return [...seen.values()];
}
