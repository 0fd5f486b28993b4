// Nodes in memory, and which groups of them a pod of some placement could go to.
import { type Known, known, type NodeGroup, unknown } from "../engine/facts.ts";
import { isSamePlacement, type Placement, reachOf } from "../engine/placement.ts";
import {
  type Alike,
  alikeNodes,
  groupOf,
  isFromFuture,
  keptNode,
  type KeptNode,
  likenessWithoutReport,
} from "./node.ts";
import { createObjectStore, type ObjectSink } from "./object-store.ts";

export interface NodeIndex {
  readonly sink: ObjectSink;
  /** `not found` while there is no Node at all; `timeout` where the answer would take too long. */
  groups(placement: Placement): Known<readonly NodeGroup[]>;
  size(): number;
}

export interface NodeIndexOptions {
  /** Asked whenever the age of a report is wanted. */
  readonly now: () => Date;
  /** A node of which nothing could be kept; called once, until it is readable again. */
  readonly onUnreadable: (node: string, why: string) => void;
}

/**
 * What is kept of a Node: its name and, in 1 to 4 KiB, what keptNode takes. Nobody bounds how many labels and taints a
 * kubelet gives its Node, so labels, taints and handlers together have at most 16 Ki characters of JSON, four times what
 * clouds write; a report is bounded by parseDatedReport. Of a Node with more nothing is kept: a label left out could be
 * the one that a placement asks for, so the Node counts as unknown: any pod may go there, and it says nothing.
 */
const LONGEST_NODE = 16 * 1024;

interface IndexedNode {
  readonly name: string;
  /** null: unknown. */
  readonly kept: KeptNode | null;
}

/** Reports of nodes that are alike are kept once: 5,000 times 16 KiB would be more than all the rest. */
const MOST_SHARED = 1_000;

/** Answers are remembered until a node changes. Tenants write placements, so how many and how long is bounded. */
const MOST_ANSWERS = 512;
const LONGEST_KEY = 4 * 1024;
const MOST_GROUPS = 64;
/**
 * Matching takes some 100 ms for this many characters of placement times nodes: 20,000 characters on 5,000 nodes, where
 * usual placements have some hundred.
 */
const MOST_WORK = 100_000_000;
/** A report from the future is one from the past later on; until then an answer with one holds for so long. */
const UNSETTLED_MS = 1_000;

interface Answer {
  readonly groups: readonly Alike[];
  readonly fromMs: number;
  readonly holdsMs: number;
  /** What was answered last, and when: ages are in seconds, so that it is the answer for a second. */
  shown: { readonly value: Known<readonly NodeGroup[]>; readonly atMs: number } | null;
}

const SHOWN_FOR_MS = 1_000;

/** Pods of one template ask for the same, and to compare is quicker than to write the text of a placement. */
const MOST_RECENT = 4;

export function createNodeIndex({ now, onUnreadable }: NodeIndexOptions): NodeIndex {
  const answers = new Map<string, Answer>();
  /** Some of `answers`, the last one first. */
  let recent: readonly { readonly placement: Placement; readonly answer: Answer }[] = [];
  const shared = new Map<string, KeptNode>();
  const store = createObjectStore<IndexedNode>({
    keep(object, before) {
      const { name } = object.metadata;
      const node = keptNode(object);
      const why = node === null ? "it is no Node that can be read" : tooLong(node);
      if (why !== null && before?.kept !== null) onUnreadable(name, why);
      return { name, kept: node === null || why !== null ? null : share(node, shared) };
    },
    onChange() {
      answers.clear();
      recent = [];
    },
  });

  const findAnswer = (placement: Placement, at: Date): Answer => {
    const nodes: KeptNode[] = [];
    const silent: KeptNode[] = [];
    for (const { name, kept } of store.values()) {
      if (kept !== null) nodes.push(kept);
      else if (placement.nodeName === null || placement.nodeName === name) silent.push(silentNode(name));
    }
    const groups = [...alikeNodes(nodes, placement, at), ...alikeNodes(silent, ANYWHERE, at)];
    const isUnsettled = nodes.some((node) => isFromFuture(node, at) && reachOf(node, placement) !== "never");
    return {
      groups,
      fromMs: at.getTime(),
      holdsMs: isUnsettled ? UNSETTLED_MS : Number.POSITIVE_INFINITY,
      shown: null,
    };
  };

  return {
    sink: store,
    size: () => store.size(),
    groups(placement) {
      if (store.size() === 0) return unknown("not found");
      const at = now();
      for (const each of recent)
        if (holds(each.answer, at) && isSamePlacement(each.placement, placement)) return show(each.answer, at);
      const key = JSON.stringify(placement);
      let answer = answers.get(key);
      if (answer === undefined || !holds(answer, at)) {
        if (key.length * store.size() > MOST_WORK) return unknown("timeout");
        answer = findAnswer(placement, at);
        answers.delete(key);
        if (key.length <= LONGEST_KEY && answer.groups.length <= MOST_GROUPS) {
          if (answers.size >= MOST_ANSWERS) answers.delete(answers.keys().next().value ?? "");
          answers.set(key, answer);
        }
      }
      if (answers.get(key) === answer) recent = [{ placement, answer }, ...recent.slice(0, MOST_RECENT - 1)];
      return show(answer, at);
    },
  };
}

function holds({ fromMs, holdsMs }: Answer, at: Date): boolean {
  const ageMs = at.getTime() - fromMs;
  return ageMs >= 0 && ageMs < holdsMs;
}

/** The same object for a second, by which whoever makes something of it may remember what. */
function show(answer: Answer, at: Date): Known<readonly NodeGroup[]> {
  const atMs = at.getTime();
  const sinceMs = atMs - (answer.shown?.atMs ?? -Infinity);
  if (answer.shown !== null && sinceMs >= 0 && sinceMs < SHOWN_FOR_MS) return answer.shown.value;
  const value = known(answer.groups.map((group) => groupOf(group, at)));
  answer.shown = { value, atMs };
  return value;
}

function tooLong({ labels, taints, runtimeHandlers }: KeptNode): string | null {
  const { length } = JSON.stringify([labels, taints, runtimeHandlers]);
  if (length <= LONGEST_NODE) return null;
  return `its labels, taints and runtime handlers have ${length} characters; at most ${LONGEST_NODE} are kept`;
}

/** The node with what it has in common with others taken from them. */
function share(node: KeptNode, shared: Map<string, KeptNode>): KeptNode {
  const other = shared.get(node.likeness);
  if (other === undefined) {
    // Whoever owns a node decides how many there are.
    if (shared.size >= MOST_SHARED) shared.clear();
    shared.set(node.likeness, node);
    return node;
  }
  const { likeness, runtimeHandlers } = other;
  const report =
    node.report === null || other.report === null
      ? node.report
      : { ...other.report, observedAtMs: node.report.observedAtMs };
  return { ...node, likeness, runtimeHandlers, report };
}

const ANYWHERE: Placement = { nodeName: null, nodeSelector: {}, terms: null, tolerations: [] };

/** Any pod may go there, and nothing is known of it. */
function silentNode(name: string): KeptNode {
  return {
    name,
    labels: {},
    taints: [],
    unschedulable: false,
    ready: true,
    runtimeHandlers: null,
    report: null,
    hasOddReport: false,
    likeness: likenessWithoutReport(null, false),
  };
}
