// What nodes and their reports say against resting on them, whatever Kata they tell of.
import type { NodeGroup, UnknownCause } from "./facts.ts";
import type { Finding } from "./rule.ts";
import { block } from "./selections/attempt.ts";

/** Older reports don't count: a probe that has been silent for a day may have missed a change of Kata. */
export const REPORT_SPEAKS_FOR_SECONDS: number = 24 * 60 * 60;

/**
 * EvidenceStale, FleetDisagrees (thp) and HostThpNever, of the nodes that the handler may be on.
 *
 * @param isMixed whether the fleet is known to disagree already: of that one finding is enough
 */
export function aboutReports(all: readonly NodeGroup[], handler: string | null, isMixed: boolean): Finding[] {
  const groups = all.filter((group) => mayHave(group, handler));
  const findings: Finding[] = [];
  if (groups.some(isReportOld)) findings.push(block("EvidenceStale", "node report"));
  else if (groups.some(isReportOdd)) findings.push(block("EvidenceStale", "odd node report"));
  const words = groups.flatMap(({ report }) => report?.thp?.enabled || []);
  const never = words.filter((word) => word === "never").length;
  if (never > 0 && never < words.length && !isMixed) findings.push(block("FleetDisagrees", "thp"));
  if (never > 0 && never === words.length) findings.push(block("HostThpNever", "never"));
  return findings;
}

/**
 * The kubelet's runtimeHandlers is a complete list: where it lacks the handler no such pod starts, whatever its Kata is. A
 * node without the list is unknown, which is not a no: its report speaks only of the handlers that it names. A handler of
 * which nobody knows the name may be there too.
 */
export function mayHave({ runtimeHandlers }: NodeGroup, handler: string | null): boolean {
  return runtimeHandlers === null || handler === null || runtimeHandlers.includes(handler);
}

/** A node that is away cannot report, and what it said last still counts; else it would stand in every pod's way. */
function isReportOld({ report, isLater = false }: NodeGroup): boolean {
  return report !== null && !isLater && report.ageSeconds > REPORT_SPEAKS_FOR_SECONDS;
}

/** The same of a report that nobody can read: one of a node that is away is silence. */
function isReportOdd({ hasOddReport = false, isLater = false }: NodeGroup): boolean {
  return hasOddReport && !isLater;
}

/**
 * Nodes that could be looked at before, or will be, may have reports that speak against the pod. A cluster without Nodes
 * (a snapshot) and rights that were never given are the operator's choice.
 */
export function aboutUnknownNodes(why: UnknownCause): Finding[] {
  switch (why) {
    case "stale":
      return [block("EvidenceStale", "nodes")];
    case "timeout":
    case "not synced":
      return [block("NodesUnknown", why)];
    case "not found":
    case "forbidden":
      return [];
    default:
      return why satisfies never;
  }
}
