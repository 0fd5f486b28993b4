// Bodies that may reach the port: random JSON, recorded reviews with something changed, and bytes.
import { readFileSync } from "node:fs";
import fc, { type Arbitrary } from "fast-check";
import { pods } from "./pod-arbitrary.ts";

export const RECORDED: readonly string[] = ["pod-by-replicaset.json", "pod-by-user.json"].map((file) =>
  readFileSync(new URL(`../admission/reviews/${file}`, import.meta.url), "utf8"),
);

interface Edit {
  readonly at: number;
  readonly how: "replace" | "remove" | "add";
  readonly key: string;
  readonly value: unknown;
}

const KEYS = fc.constantFrom(
  "__proto__",
  "constructor",
  "spec",
  "metadata",
  "annotations",
  "volumes",
  "containers",
  "name",
  "uid",
  "kind",
  "x",
);

const EDITS: Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    at: fc.nat(10_000),
    how: fc.constantFrom("replace", "remove", "add"),
    key: KEYS,
    value: fc.oneof(
      fc.constantFrom<unknown>(null, [], {}, "", 0, true, [null], { name: "a" }, { prototype: {} }),
      fc.jsonValue({ maxDepth: 2 }),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Every member of the value's objects and lists: where it stands, and its key. */
function membersOf(value: unknown): { readonly parent: object; readonly key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { parent: value, key },
    ...membersOf((value as Record<string, unknown>)[key]),
  ]);
}

function edited(text: string, edits: readonly Edit[]): string {
  const review = JSON.parse(text) as object;
  for (const { at, how, key, value: shared } of edits) {
    // A copy of its own: the same value put into itself would have no end.
    const value = structuredClone(shared);
    const members = membersOf(review);
    const member = members[at % Math.max(1, members.length)];
    if (member === undefined) continue;
    const { parent } = member;
    if (how === "remove") Reflect.deleteProperty(parent, member.key);
    // As JSON.parse makes it: an own member, whatever it is called.
    else
      Object.defineProperty(parent, how === "add" ? key : member.key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return JSON.stringify(review);
}

/** The text with some of its bytes replaced. */
function corrupted(text: string, bytes: readonly (readonly [number, number])[]): Buffer {
  const body = Buffer.from(text);
  for (const [at, byte] of bytes) body[at % body.length] = byte;
  return body;
}

export function reviewOf(pod: unknown, operation: string = "CREATE"): string {
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: "5f0c",
      kind: { group: "", version: "v1", kind: "Pod" },
      namespace: "team",
      operation,
      object: pod,
    },
  });
}

const JSON_TEXT = fc.oneof(fc.json(), fc.json({ maxDepth: 6 }));

export const BODIES: Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  JSON_TEXT.map((text) => Buffer.from(text)),
  JSON_TEXT.map((text) => Buffer.from(reviewOf("OBJECT").replace('"OBJECT"', () => text))),
  fc.tuple(pods(), EDITS).map(([pod, edits]) => Buffer.from(edited(reviewOf(pod), edits))),
  fc.tuple(fc.constantFrom(...RECORDED), EDITS).map(([text, edits]) => Buffer.from(edited(text, edits))),
  fc
    .tuple(fc.constantFrom(...RECORDED), fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 3 }))
    .map(([text, bytes]) => corrupted(text, bytes)),
);
