// A Node object (core/v1) → what is kept of it, and nodes that are alike → one group.
import type { NodeGroup } from "../engine/facts.ts";
import { type PlaceableNode, type Placement, reachOf, type Taint } from "../engine/placement.ts";
import { REPORT_KEY } from "../engine/status.ts";
import { type DatedReport, nodeReportAt, parseDatedReport } from "./node-report.ts";
import { type ObjectShape, shapeCheck } from "../engine/object-shape.ts";

/** What is kept of a Node: some 1 KiB instead of the object's 10 to 30. */
export interface KeptNode extends PlaceableNode {
  /** Names of Node.status.runtimeHandlers, sorted; null where the kubelet gives none. */
  readonly runtimeHandlers: readonly string[] | null;
  readonly report: DatedReport | null;
  /** Its annotation is there, and no report. */
  readonly hasOddReport: boolean;
  /** Nodes with the same text are alike in all that decisions look at beside placement and the report's age. */
  readonly likeness: string;
}

interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>> | null;
    readonly annotations?: Readonly<Record<string, string>> | null;
  };
  readonly spec?: {
    readonly taints?: readonly { readonly [K in keyof Taint]?: string | null }[] | null;
    readonly unschedulable?: boolean | null;
  } | null;
  readonly status?: {
    readonly conditions?: readonly { readonly type?: string | null; readonly status?: string | null }[] | null;
    readonly runtimeHandlers?: readonly { readonly name?: string | null }[] | null;
  } | null;
}

export const NODE_SHAPE: ObjectShape = {
  required: ["metadata"],
  fields: {
    metadata: {
      required: ["name"],
      fields: { name: "string", labels: { values: "string" }, annotations: { values: "string" } },
    },
    spec: {
      fields: {
        taints: { list: { fields: { key: "string", value: "string", effect: "string" } } },
        unschedulable: "boolean",
      },
    },
    status: {
      fields: {
        conditions: { list: { fields: { type: "string", status: "string" } } },
        runtimeHandlers: { list: { fields: { name: "string" } } },
      },
    },
  },
};

const mismatch = shapeCheck(NODE_SHAPE);

/** null for what is no Node that can be read; NODE_SHAPE tells which field it is. */
export function keptNode(object: unknown): KeptNode | null {
  if (object == null || mismatch(object) !== null) return null;
  const { metadata, spec, status } = object as NodeObject;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const names = (status?.runtimeHandlers ?? []).flatMap(({ name }) => name ?? []);
  // The kubelet lists at least the default handler (name "") where its runtime tells handlers at all.
  const runtimeHandlers = names.length === 0 ? null : [...new Set(names)].toSorted();
  const annotation = new Map(Object.entries(metadata.annotations ?? {})).get(REPORT_KEY);
  const report = annotation == null ? null : parseDatedReport(annotation);
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: (spec?.taints ?? []).map(({ key, value, effect }) => ({
      key: key ?? "",
      value: value ?? "",
      effect: effect ?? "",
    })),
    unschedulable: spec?.unschedulable ?? false,
    ready: ready === undefined || ready.status === "True",
    runtimeHandlers,
    report,
    hasOddReport: report === null && Boolean(annotation),
    likeness:
      report === null
        ? likenessWithoutReport(runtimeHandlers, Boolean(annotation))
        : JSON.stringify([runtimeHandlers, [report.handlers, report.thp]]),
  };
}

/** As `likeness` says it of a node with these handlers and no report that counts. */
export function likenessWithoutReport(runtimeHandlers: readonly string[] | null, hasOddReport: boolean): string {
  return JSON.stringify([runtimeHandlers, hasOddReport]);
}

/** Nodes that are alike now: as many, and one of them, whose report is the oldest. */
export interface Alike {
  readonly oldest: KeptNode;
  readonly nodes: number;
  readonly isLater: boolean;
}

/**
 * Nodes that a pod of that placement could go to, now or later, those that are alike together. A report from the future
 * counts as one that cannot be read. The order depends on what they say alone.
 */
export function alikeNodes(nodes: Iterable<KeptNode>, placement: Placement, now: Date): readonly Alike[] {
  const alike = new Map<string, Alike>();
  const later = new Map<string, Alike>();
  for (const node of nodes) {
    const reach = reachOf(node, placement);
    if (reach === "never") continue;
    const isLater = reach === "later";
    const { runtimeHandlers } = node;
    const own = isFromFuture(node, now) ? likenessWithoutReport(runtimeHandlers, true) : node.likeness;
    const groups = isLater ? later : alike;
    const found = groups.get(own);
    const oldest = found === undefined || isOlder(node, found.oldest) ? node : found.oldest;
    groups.set(own, { oldest, nodes: (found?.nodes ?? 0) + 1, isLater });
  }
  return [alike, later].flatMap((groups) =>
    [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group),
  );
}

/** What decisions see of them. */
export function groupOf({ oldest, nodes, isLater }: Alike, now: Date): NodeGroup {
  const report = oldest.report === null ? null : nodeReportAt(oldest.report, now);
  const hasOddReport = report === null && (oldest.hasOddReport || oldest.report !== null);
  return {
    nodes,
    runtimeHandlers: oldest.runtimeHandlers,
    report,
    ...(isLater ? { isLater } : {}),
    ...(hasOddReport ? { hasOddReport } : {}),
  };
}

export function isFromFuture({ report }: KeptNode, now: Date): boolean {
  return report !== null && nodeReportAt(report, now) === null;
}

function isOlder(node: KeptNode, than: KeptNode): boolean {
  return node.report !== null && than.report !== null && node.report.observedAtMs < than.report.observedAtMs;
}
