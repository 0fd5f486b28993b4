// A review without what no decision looks at: managedFields, values of env, probes, the old object and more, which are most of its
// bytes. Making values of them is what an admission would cost most (docs/adr/0008-condensed-reviews.md has the figures).
import type {
  Container,
  ContainerPort,
  EnvVar,
  ObjectMeta,
  Pod,
  PodSecurityContext,
  PodSpec,
  SecurityContext,
} from "../engine/pod.ts";
import {
  afterColon,
  afterKey,
  afterSpace,
  afterValue,
  COMMA,
  LIST,
  LIST_END,
  OBJECT,
  OBJECT_END,
} from "./json-scan.ts";
import { byteAt, copyText, isText, LONGEST_TEXT, type Pieces, scanText } from "./scanned-text.ts";

/** What is kept of a value: all of it, some members of an object, or the same of each element of a list. */
type Kept = "all" | { readonly members: Members } | { readonly each: Kept };

/** By the length of the key: most keys that are not wanted are ruled out by it. */
type Members = readonly (readonly Member[] | undefined)[];

interface Member {
  readonly key: Buffer;
  readonly kept: Kept;
}

type SpreadConstraint = NonNullable<PodSpec["topologySpreadConstraints"]>[number];
type ValueFrom = NonNullable<EnvVar["valueFrom"]>;

/** Every field of these types has to be named, so that none that a rule reads can be forgotten. */
const ENV_VAR = members<EnvVar>({ valueFrom: members<ValueFrom>({ fileKeyRef: "all" }) });
const CONTAINER = members<Container>({
  name: "all",
  ports: { each: members<ContainerPort>({ hostPort: "all" }) },
  securityContext: members<SecurityContext>({ runAsUser: "all", runAsNonRoot: "all" }),
  env: { each: ENV_VAR },
  volumeMounts: "all",
  volumeDevices: "all",
  terminationMessagePolicy: "all",
  resources: "all",
});
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
    securityContext: members<PodSecurityContext>({ fsGroup: "all", runAsUser: "all", runAsNonRoot: "all" }),
    overhead: "all",
    nodeName: "all",
    nodeSelector: "all",
    tolerations: "all",
    affinity: "all",
    schedulingGates: "all",
    topologySpreadConstraints: { each: members<SpreadConstraint>({ whenUnsatisfiable: "all" }) },
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

/** One for all: memory for each review anew would be the collector's work. */
const condensed = Buffer.allocUnsafeSlow(LONGEST_TEXT);

/**
 * The review's JSON with the fields that are read, otherwise as it was sent: order, double keys and what is no pod too.
 * null where JSON.parse has to decide about the whole: it refuses the body, a key has a \u escape, a key anywhere is
 * `__proto__` or `prototype`, or it is longer than any that is scanned. So a pod out of a condensed review has no
 * such key.
 */
export function condenseReview(body: Pieces): string | null {
  const length = scanText(body);
  if (length === -1) return null;
  const out: Output = { length: 0, from: 0, to: 0 };
  const end = keep(afterSpace(0), REVIEW, out);
  if (end === -1 || afterSpace(end) !== length) return null;
  copyTaken(out);
  return condensed.toString("utf8", 0, out.length);
}

/** Never longer than the text, as all of it is copied from there. */
interface Output {
  length: number;
  /** What of the text is taken and not copied yet: to copy a byte takes as long as to copy a hundred. */
  from: number;
  to: number;
}

/** Copies what is kept of the value that begins at `from`; returns where it ends, -1 as in json-scan.ts. */
function keep(from: number, kept: Kept, out: Output): number {
  // A value of another type is for the checks that come after this.
  if (kept !== "all") {
    if ("members" in kept && byteAt(from) === OBJECT) return keepMembers(from, kept.members, out);
    if ("each" in kept && byteAt(from) === LIST) return keepEach(from, kept.each, out);
  }
  const end = afterValue(from);
  if (end !== -1) take(from, end, out);
  return end;
}

function keepMembers(from: number, wanted: Members, out: Output): number {
  take(from, from + 1, out);
  let at = afterSpace(from + 1);
  if (byteAt(at) === OBJECT_END) return ended(at, out);
  let comma = at;
  let isFirst = true;
  for (;;) {
    const key = at;
    const keyEnd = afterKey(key);
    const value = afterColon(keyEnd);
    if (value === -1) return -1;
    const member = find(wanted, key + 1, keyEnd - 1);
    if (member === null) {
      at = afterValue(value);
    } else {
      if (!isFirst) take(comma, comma + 1, out);
      isFirst = false;
      take(key, value, out);
      at = keep(value, member.kept, out);
    }
    if (at === -1) return -1;
    at = afterSpace(at);
    if (byteAt(at) === OBJECT_END) return ended(at, out);
    if (byteAt(at) !== COMMA) return -1;
    comma = at;
    at = afterSpace(at + 1);
  }
}

function keepEach(from: number, kept: Kept, out: Output): number {
  take(from, from + 1, out);
  let at = afterSpace(from + 1);
  if (byteAt(at) === LIST_END) return ended(at, out);
  for (;;) {
    at = keep(at, kept, out);
    if (at === -1) return -1;
    at = afterSpace(at);
    if (byteAt(at) === LIST_END) return ended(at, out);
    if (byteAt(at) !== COMMA) return -1;
    take(at, at + 1, out);
    at = afterSpace(at + 1);
  }
}

function find(wanted: Members, from: number, to: number): Member | null {
  const candidates = wanted[to - from];
  if (candidates === undefined) return null;
  for (const each of candidates) if (isText(from, to, each.key)) return each;
  return null;
}

function ended(at: number, out: Output): number {
  take(at, at + 1, out);
  return at + 1;
}

/** Whatever lies between two kept parts that do not touch is dropped. */
function take(from: number, to: number, out: Output): void {
  if (from !== out.to) {
    copyTaken(out);
    out.from = from;
  }
  out.to = to;
}

function copyTaken(out: Output): void {
  out.length += copyText(condensed, out.length, out.from, out.to);
}
