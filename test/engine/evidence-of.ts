// Asking gatherEvidence with little to say, for its three test files.
import { type EvidenceSources, gatherEvidence } from "../../src/engine/gather-evidence.ts";
import { type HandlerReport, known, unknown } from "../../src/engine/facts.ts";
import { line, reporting } from "./sample-facts.ts";

/** What is gathered where nobody says anything but `sources`. */
export function gather(sources: Partial<EvidenceSources>): ReturnType<typeof gatherEvidence> {
  return gatherEvidence({
    handler: "kata-clh",
    policy: {},
    classVersion: null,
    nodes: unknown("not found"),
    ...sources,
  });
}

/** Its findings, each as a line. */
export function findingsOf(sources: Partial<EvidenceSources>): string[] {
  return gather(sources).findings.map(line);
}

/** Nodes of which each reports this of kata-clh. */
export function nodes(...said: readonly HandlerReport[]): EvidenceSources["nodes"] {
  return known(said.map((each) => reporting("kata-clh", each)));
}

/** The line of a finding at the RuntimeClass's name. */
export function about(reason: string, detail: string): string {
  return `${reason} blocks /spec/runtimeClassName (${detail})`;
}
