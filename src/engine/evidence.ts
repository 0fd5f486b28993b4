// What is known of the Kata behind one handler, from all who say something of it.
import type { HandlerReport, Known, NodeGroup } from "./facts.ts";
import type { EmptydirMode, KataStatement, RootfsKind } from "./policy.ts";
import type { KataRuntime, ReleaseFacts } from "../kata/releases.ts";
import { releaseFacts } from "../kata/releases.ts";
import { type KataVersion, parseKataVersion } from "../kata/version.ts";
import type { Finding } from "./rule.ts";

/** Older reports don't count: a probe that has been silent for a day may have missed a change of Kata. */
export const REPORT_SPEAKS_FOR_SECONDS: number = 24 * 60 * 60;

/** null: nobody says. */
export interface KataEvidence {
  readonly version: KataVersion | null;
  readonly runtime: KataRuntime | null;
  readonly sharedFs: string | null;
  readonly hugepages: boolean | null;
  readonly acceptsSharedFsNone: boolean | null;
  readonly rootfs: RootfsKind | null;
  readonly kubeletRoot: string | null;
  readonly emptydirMode: EmptydirMode | null;
  readonly disableBlockDeviceUse: boolean | null;
  /** enable_annotations as stated by the policy and by the nodes; the release's default is not in here. */
  readonly enableAnnotations: readonly string[] | null;
}

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
  readonly evidence: KataEvidence;
  /** EvidenceContradicts, EvidenceStale, FleetDisagrees and HostThpNever, as far as they hold. */
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

function weigh({ handler, policy, classVersion, nodes }: EvidenceSources): GatheredEvidence {
  const groups = nodes.kind === "known" ? nodes.value : [];
  const reports = groups.flatMap(({ report }) => {
    const said = report === null || handler === null ? undefined : ownValue(report.handlers, handler);
    return said === undefined ? [] : [said];
  });
  // Most reviews find one report or none: nothing is compared then.
  const disagreements =
    reports.length < 2 ? [] : REPORTED.filter((field) => distinct(reports.map((said) => said[field])).length > 1);
  const reported: HandlerReport = reports.length < 2 ? (reports[0] ?? NOTHING_REPORTED) : Object.assign({}, ...reports);

  const contradictions: string[] = [];
  const agreed = <T>(field: string, first: T | null | undefined, second: T | null | undefined): T | null => {
    if (first == null) return second ?? null;
    if (second != null && !isSame(first, second)) contradictions.push(field);
    return first;
  };
  const stated = agreed("version", parseVersion(policy.version), parseVersion(classVersion));
  const evidence: KataEvidence = {
    version: agreed("version", stated, parseVersion(reported.version)),
    runtime: agreed("runtime", policy.runtime, reported.runtime),
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
    enableAnnotations: policy.enableAnnotations ?? reported.enableAnnotations ?? null,
  };
  if (isEmptydirModeRefused(evidence)) contradictions.push("emptydirMode");

  const findings: Finding[] = [];
  if (contradictions.length > 0) findings.push(about("EvidenceContradicts", contradictions[0]));
  if (groups.some(({ report }) => report !== null && report.ageSeconds > REPORT_SPEAKS_FOR_SECONDS)) {
    findings.push(about("EvidenceStale", "node report"));
  }
  const thp = distinct(
    groups.map(({ report }) => report?.thp?.enabled).map((word) => (word ? word === "never" : undefined)),
  );
  if (disagreements.length > 0) findings.push(about("FleetDisagrees", disagreements[0]));
  else if (thp.length > 1) findings.push(about("FleetDisagrees", "thp"));
  if (thp.length === 1 && thp[0] === true) findings.push(about("HostThpNever", "never"));
  return { evidence, findings };
}

/** The tables' row for this Kata; null where version or runtime is unknown. */
export function releaseOf(evidence: KataEvidence): ReleaseFacts | null {
  const { version, runtime } = evidence;
  return version === null || runtime === null ? null : releaseFacts(version, runtime);
}

/**
 * Go 3.28.0 to 3.32.0 rejects every pod of a configuration with block-plain (executed, vectors 13b-…). A runtime that
 * nobody states is taken for Go: the other one gives no private memory.
 */
export function isEmptydirModeRefused({ emptydirMode, version, runtime }: KataEvidence): boolean {
  if (emptydirMode === null || version === null) return false;
  return releaseFacts(version, runtime ?? "go").emptydirModes?.includes(emptydirMode) === false;
}

/** The allow-list that hypervisor annotations meet there: stated, else the release's default, else unknown (null). */
export function allowListOf(evidence: KataEvidence): readonly string[] | null {
  return evidence.enableAnnotations ?? releaseOf(evidence)?.defaultEnableAnnotations ?? null;
}

function about(reason: Finding["reason"], detail: string | undefined): Finding {
  return { reason, severity: "blocks", path: "/spec/runtimeClassName", ...(detail === undefined ? {} : { detail }) };
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
