// A case's documents → policy and reader, by the same parsers that serve and explain have.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { emptyReader, loadSnapshot, type Snapshot } from "../../src/cluster/snapshot.ts";
import { type Known, unknown } from "../../src/engine/facts.ts";
import { BUILT_IN_POLICY, type Policy } from "../../src/engine/policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { type CorpusCase, NOW, type ReaderFault } from "./corpus-case.ts";

/** A case's files as a command gets them. */
export interface CaseFiles {
  /** null: no --policy. */
  readonly policy: string | null;
  /** null: no --snapshot. */
  readonly snapshot: string | null;
}

export interface CaseCluster {
  readonly policy: Policy;
  readonly reader: ClusterReader;
  /** What the Namespace's label says; null where it says nothing. */
  readonly modeOf: Snapshot["modeOf"];
}

/** A case with its files written and read. */
export interface ReadyCase {
  readonly id: string;
  readonly each: CorpusCase;
  readonly files: CaseFiles;
  readonly cluster: CaseCluster;
}

/** Gives the case a folder below `root`. */
export async function readyCase(each: CorpusCase, root: string): Promise<ReadyCase> {
  const files = await writeCaseFiles(each, root);
  return { id: each.id, each, files, cluster: await readCaseCluster(each, files) };
}

/** Writes policy and snapshot into a folder of the case's own below `root`. */
async function writeCaseFiles({ id, policyText, objectTexts, settings }: CorpusCase, root: string): Promise<CaseFiles> {
  const dir = join(root, id);
  const snapshot = settings.hasSnapshot ? join(dir, "snapshot") : null;
  const policy = policyText === null ? null : join(dir, "policy.yaml");
  await mkdir(snapshot ?? dir, { recursive: true });
  if (policy !== null) await writeFile(policy, policyText ?? "");
  if (snapshot !== null) await writeFile(join(snapshot, "objects.yaml"), objectTexts.join("---\n"));
  return { policy, snapshot };
}

/** Reads what writeCaseFiles has written, and lays the case's faults over the reader. */
async function readCaseCluster(
  { id, policyText, settings }: CorpusCase,
  { snapshot: dir }: CaseFiles,
): Promise<CaseCluster> {
  const policy = parsePolicy(policyText ?? "", `${id}/cluster.yaml`);
  if (policyText !== null && policy.kind === "invalid") throw new Error(JSON.stringify(policy.errors));
  const snapshot = dir === null ? null : await loadSnapshot(dir, () => new Date(NOW));
  if (snapshot?.kind === "invalid") throw new Error(`${id}/cluster.yaml: ${snapshot.errors.join("; ")}`);
  return {
    policy: policyText === null || policy.kind === "invalid" ? BUILT_IN_POLICY : policy.policy,
    reader: withFaults(snapshot?.reader ?? emptyReader(), settings.reader),
    modeOf: (namespace) => snapshot?.modeOf(namespace) ?? null,
  };
}

/** The reader with the answers of one part replaced: the seam is where a live cluster's faults come in. */
function withFaults(reader: ClusterReader, faults: CorpusCase["settings"]["reader"]): ClusterReader {
  const { claims, runtimeClasses, nodes } = faults;
  return {
    runtimeClass: (name) => (runtimeClasses === undefined ? reader.runtimeClass(name) : faulty(runtimeClasses)),
    variantsOf: (target) => (runtimeClasses === undefined ? reader.variantsOf(target) : faulty(runtimeClasses)),
    nodes: (placement) => (nodes === undefined ? reader.nodes(placement) : faulty(nodes)),
    claimMode: async (namespace, name, budgetMs) =>
      claims === undefined ? await reader.claimMode(namespace, name, budgetMs) : faulty(claims),
    namespaceLabels: (name) => reader.namespaceLabels(name),
  };
}

function faulty<T>(fault: ReaderFault): Known<T> {
  if (fault === "throws") throw new Error("a fault of the case's");
  return unknown(fault);
}
