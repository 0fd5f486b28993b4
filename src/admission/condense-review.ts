// A review without what no decision looks at: managedFields, env, probes, the old object and more, which are most of its
// bytes. Making values of them is what an admission would cost most (docs/adr/0008-condensed-reviews.md has the figures).
import type { Container, ObjectMeta, Pod, PodSpec } from "../engine/pod.ts";
import {
  afterColon,
  afterKey,
  afterSpace,
  afterValue,
  COMMA,
  isText,
  LIST,
  LIST_END,
  OBJECT,
  OBJECT_END,
} from "./json-scan.ts";

/** What is kept of a value: all of it, some members of an object, or the same of each element of a list. */
type Kept = "all" | { readonly members: Members } | { readonly each: Kept };

/** By the length of the key: most keys that are not wanted are ruled out by it. */
type Members = readonly (readonly Member[] | undefined)[];

interface Member {
  readonly key: Buffer;
  readonly kept: Kept;
}

/** Every field of these types has to be named, so that none that a rule reads can be forgotten. */
const CONTAINER = members<Container>({ name: "all", volumeMounts: "all", volumeDevices: "all", resources: "all" });
const POD = members<Pod>({
  metadata: members<ObjectMeta>({
    name: "all",
    generateName: "all",
    namespace: "all",
    labels: "all",
    annotations: "all",
    ownerReferences: "all",
  }),
  spec: members<PodSpec>({
    runtimeClassName: "all",
    overhead: "all",
    nodeName: "all",
    nodeSelector: "all",
    tolerations: "all",
    affinity: "all",
    volumes: "all",
    initContainers: { each: CONTAINER },
    containers: { each: CONTAINER },
    ephemeralContainers: { each: CONTAINER },
    resources: "all",
    resourceClaims: "all",
  }),
});
const REVIEW = members({
  kind: "all",
  apiVersion: "all",
  request: members({
    uid: "all",
    kind: "all",
    subResource: "all",
    operation: "all",
    namespace: "all",
    dryRun: "all",
    object: POD,
  }),
});

function members<T = Readonly<Record<string, unknown>>>(
  kept: Readonly<Record<keyof Required<T> & string, Kept>>,
): Kept {
  const byLength: Member[][] = [];
  for (const [key, value] of Object.entries<Kept>(kept)) {
    (byLength[key.length] ??= []).push({ key: Buffer.from(key), kept: value });
  }
  return { members: byLength };
}

/** Most reviews fit; memory for each one anew would be the collector's work. */
const USUAL_BYTES = 128 * 1024;
const usual = Buffer.allocUnsafeSlow(USUAL_BYTES);

/**
 * The review's JSON with the fields that are read, otherwise as it was sent: order, double keys and what is no pod too.
 * null where JSON.parse has to decide about the whole: it refuses the body, a key has a \u escape, or a key anywhere is
 * `__proto__` or `prototype`. So a pod out of a condensed review has no such key.
 */
export function condenseReview(body: Buffer): string | null {
  const bytes = body.length <= USUAL_BYTES ? usual : Buffer.allocUnsafe(body.length);
  const out: Output = { bytes, length: 0, from: 0, to: 0 };
  const end = keep(body, afterSpace(body, 0), REVIEW, out);
  if (end === -1 || afterSpace(body, end) !== body.length) return null;
  copyTaken(body, out);
  return out.bytes.toString("utf8", 0, out.length);
}

/** Never longer than the body, as all of it is copied from there. */
interface Output {
  readonly bytes: Buffer;
  length: number;
  /** What of the body is taken and not copied yet: to copy a byte takes as long as to copy a hundred. */
  from: number;
  to: number;
}

/** Copies what is kept of the value that begins at `from`; returns where it ends, -1 as in json-scan.ts. */
function keep(body: Buffer, from: number, kept: Kept, out: Output): number {
  // A value of another type is for the checks that come after this.
  if (kept !== "all") {
    if ("members" in kept && body[from] === OBJECT) return keepMembers(body, from, kept.members, out);
    if ("each" in kept && body[from] === LIST) return keepEach(body, from, kept.each, out);
  }
  const end = afterValue(body, from);
  if (end !== -1) take(body, from, end, out);
  return end;
}

function keepMembers(body: Buffer, from: number, wanted: Members, out: Output): number {
  take(body, from, from + 1, out);
  let at = afterSpace(body, from + 1);
  if (body[at] === OBJECT_END) return ended(body, at, out);
  let comma = at;
  let isFirst = true;
  for (;;) {
    const key = at;
    const keyEnd = afterKey(body, key);
    const value = afterColon(body, keyEnd);
    if (value === -1) return -1;
    const member = find(wanted, body, key + 1, keyEnd - 1);
    if (member === null) {
      at = afterValue(body, value);
    } else {
      if (!isFirst) take(body, comma, comma + 1, out);
      isFirst = false;
      take(body, key, value, out);
      at = keep(body, value, member.kept, out);
    }
    if (at === -1) return -1;
    at = afterSpace(body, at);
    if (body[at] === OBJECT_END) return ended(body, at, out);
    if (body[at] !== COMMA) return -1;
    comma = at;
    at = afterSpace(body, at + 1);
  }
}

function keepEach(body: Buffer, from: number, kept: Kept, out: Output): number {
  take(body, from, from + 1, out);
  let at = afterSpace(body, from + 1);
  if (body[at] === LIST_END) return ended(body, at, out);
  for (;;) {
    at = keep(body, at, kept, out);
    if (at === -1) return -1;
    at = afterSpace(body, at);
    if (body[at] === LIST_END) return ended(body, at, out);
    if (body[at] !== COMMA) return -1;
    take(body, at, at + 1, out);
    at = afterSpace(body, at + 1);
  }
}

function find(wanted: Members, body: Buffer, from: number, to: number): Member | null {
  const candidates = wanted[to - from];
  if (candidates === undefined) return null;
  for (const each of candidates) if (isText(body, from, to, each.key)) return each;
  return null;
}

function ended(body: Buffer, at: number, out: Output): number {
  take(body, at, at + 1, out);
  return at + 1;
}

/** Whatever lies between two kept parts that do not touch is dropped. */
function take(body: Buffer, from: number, to: number, out: Output): void {
  if (from !== out.to) {
    copyTaken(body, out);
    out.from = from;
  }
  out.to = to;
}

function copyTaken(body: Buffer, out: Output): void {
  out.length += body.copy(out.bytes, out.length, out.from, out.to);
}
