// A Node object (core/v1) → what is kept of it, and nodes that are alike → one group.
import type { NodeGroup } from "../engine/facts.ts";
import type { PlaceableNode, Taint } from "../engine/placement.ts";
import { REPORT_KEY } from "../engine/status.ts";
import { type DatedReport, nodeReportAt, parseDatedReport } from "./node-report.ts";
import { type ObjectShape, shapeCheck } from "../engine/object-shape.ts";

/** What is kept of a Node: some 1 KiB instead of the object's 10 to 30. */
export interface KeptNode extends PlaceableNode {
  /** Names of Node.status.runtimeHandlers, sorted; null where the kubelet gives none. */
  readonly runtimeHandlers: readonly string[] | null;
  readonly report: DatedReport | null;
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
    likeness: JSON.stringify([runtimeHandlers, report === null ? null : [report.handlers, report.thp]]),
  };
}

/**
 * Nodes that are alike become one group, whose report is as old as the oldest of theirs. A report from the future
 * counts as none, so a node that sends one stands apart. The groups' order depends on what they say alone.
 */
export function groupNodes(nodes: readonly KeptNode[], now: Date): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (const { runtimeHandlers, report, likeness } of nodes) {
    const said = report === null ? null : nodeReportAt(report, now);
    const key = report !== null && said === null ? JSON.stringify([runtimeHandlers, null]) : likeness;
    const group = groups.get(key);
    const older = group?.report && said && group.report.ageSeconds > said.ageSeconds ? group.report : said;
    groups.set(key, { nodes: (group?.nodes ?? 0) + 1, runtimeHandlers, report: older });
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
