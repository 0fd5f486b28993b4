// Which cases go which way. All go all three, except for what this table leaves out, with the why.
import { parsePod } from "../../src/engine/parse-pod.ts";
import type { CaseCluster } from "./case-cluster.ts";
import { isTemplate, modeOf, podOf, requestOf } from "./case-request.ts";
import type { CorpusCase } from "./corpus-case.ts";

export const WAYS = ["engine", "explain", "https"] as const;
export type Way = (typeof WAYS)[number];

export interface LeftOut {
  readonly ways: readonly Way[];
  readonly why: string;
  readonly cases: readonly string[];
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    ways: ["explain"],
    why: "explain reads workloads from files: that a request is an update, or holds another kind, only a review says",
    cases: [
      "NotAPod/deployment",
      "NotAPod/eviction-subresource",
      "NotAPod/kind-pod-of-another-group",
      "NotAPod/status-subresource",
      "NotCreate/update",
      "NotCreate/update-of-a-patched-pod",
    ],
  },
  {
    ways: ["engine", "explain"],
    why: "what is no readable pod never reaches the engine: admission answers it, and explain refuses such a file",
    cases: ["NotAPod/no-object", "NotAPod/volumes-no-list", "NotCreate/delete"],
  },
  {
    ways: ["explain"],
    why: "a folder of files is never forbidden, late or stale: only a live cluster's reader is",
    cases: [
      "ClaimModeUnknown/forbidden",
      "ClaimModeUnknown/near-miss-nothing-mounts-it",
      "ClaimModeUnknown/not-synced",
      "ClaimModeUnknown/timeout",
      "EvidenceStale/near-miss-nodes-forbidden",
      "EvidenceStale/nodes-stale",
      "EvidenceStale/runtime-classes-stale",
      "EvidenceStale/runtime-classes-stale-trust-operator",
      "InternalError/near-miss-claim-forbidden",
      "InternalError/near-miss-no-claim-asked",
      "KataSupportUnknown/explicit-runtime-class-forbidden",
      "KataSupportUnknown/trust-operator-forbidden",
      "NodesUnknown/near-miss-no-nodes",
      "NodesUnknown/near-miss-trust-operator",
      "NodesUnknown/not-synced",
      "NodesUnknown/timeout",
    ],
  },
  {
    ways: ["engine", "explain"],
    why: "InternalError is what admission makes of an exception; the engine throws it, and explain's reader has no fault",
    cases: [
      "InternalError/claim-rejects",
      "InternalError/nodes-throw",
      "InternalError/reader-throws",
      "InternalError/second-call",
    ],
  },
  {
    ways: ["https"],
    why: "no webhook configuration selects such a namespace, so there is no path that the API server would call",
    cases: [
      "NamespaceNotSelected/label-absent",
      "NamespaceNotSelected/label-disabled",
      "NamespaceNotSelected/label-unknown",
    ],
  },
  {
    ways: ["engine", "https"],
    why: "a template becomes a pod in a controller; explain alone reads it as it is",
    cases: [
      "FilesystemClaim/near-miss-stateful-set-block",
      "FilesystemClaim/stateful-set",
      "Patched/cron-job",
      "Patched/daemon-set",
      "Patched/deployment",
      "Patched/pod-template",
    ],
  },
];

/** Whether a case can go a way at all, by what it holds. The table above has to say the same. */
export function canGo(each: CorpusCase, cluster: CaseCluster, way: Way): boolean {
  const { settings } = each;
  switch (way) {
    case "engine":
      return !isTemplate(each) && !isMalformed(each) && !settings.expect.blocks.includes("InternalError");
    case "explain":
      return (
        isTemplate(each) || (isPodCreation(each) && !isMalformed(each) && Object.keys(settings.reader).length === 0)
      );
    case "https":
      return !isTemplate(each) && modeOf(each, cluster) !== null;
    default:
      return way satisfies never;
  }
}

function isMalformed(each: CorpusCase): boolean {
  return parsePod(podOf(each)).kind === "malformed";
}

function isPodCreation(each: CorpusCase): boolean {
  const { group, kind, subResource, operation } = requestOf(each);
  return `${group}/${kind}/${subResource}/${operation}` === "/Pod//CREATE";
}
