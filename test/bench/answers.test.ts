import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { problemOf } from "../../bench/answers.ts";
import { REVIEW_SIZES, reviewFile } from "../../bench/reviews.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";
import { known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import type { ClusterReader } from "../../src/cluster/reader.ts";

/** As bench/cluster.ts has them: both with the overhead that the reviews came with. */
function classOf(name: string, variantOf: string | null): RuntimeClassFacts {
  const overhead = { cpu: "250m", memory: "130Mi" };
  const nodeSelector = { "katacontainers.io/kata-runtime": "true" };
  return { name, handler: name, variantOf, kataVersion: null, overhead, nodeSelector, tolerations: [] };
}

const classes = [classOf("kata-clh", null), classOf("kata-clh-thp", "kata-clh")];
const reader: ClusterReader = {
  runtimeClass: (name) => known(classes.find((each) => each.name === name) as RuntimeClassFacts),
  variantsOf: () => known(classes.slice(1)),
  nodes: () => unknown("not found"),
  claimMode: async () => unknown("not found"),
  namespaceLabels: () => null,
};

const review = readFileSync(reviewFile("6k"), "utf8");
let right: string;

beforeAll(async () => {
  const deps = { reader, policy: BUILT_IN_POLICY, version: "9.9.9" };
  right = (await mutate([Buffer.from(review)], "enforce", 10_000, deps)).body;
});

function changed(change: (response: Record<string, unknown>) => void): string {
  const answer = JSON.parse(right) as { response: Record<string, unknown> };
  change(answer.response);
  return JSON.stringify(answer);
}

function patchOf(...operations: object[]): string {
  return Buffer.from(JSON.stringify(operations)).toString("base64");
}

it.each(REVIEW_SIZES)(
  "has a recorded review of %s that a ReplicaSet's pod made, within a tenth of that size",
  (size) => {
    const body = readFileSync(reviewFile(size));
    expect(Math.abs(body.length / (size === "6k" ? 6_000 : 60_000) - 1)).toBeLessThan(0.1);
    const { request } = JSON.parse(body.toString()) as { request: { object: { metadata: Record<string, unknown> } } };
    expect(request.object.metadata).toMatchObject({ ownerReferences: [{ kind: "ReplicaSet" }] });
    expect(request.object.metadata["managedFields"]).toBeDefined();
  },
);

it("finds nothing wrong with our own answer", () => {
  expect(problemOf("ours", review, right)).toBeNull();
});

it.each([
  ["not allowed", changed.bind(null, (response) => (response["allowed"] = false)), "not allowed"],
  ["another uid", changed.bind(null, (response) => (response["uid"] = "x")), "the uid is x"],
  ["no patch", changed.bind(null, (response) => delete response["patch"]), "no patch"],
  [
    "a patch that leaves the status out",
    changed.bind(null, (response) => {
      response["patch"] = patchOf({ op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" });
    }),
    "another one",
  ],
  [
    "a patch that skips the pod",
    changed.bind(null, (response) => {
      response["patch"] = patchOf({ op: "add", path: "/metadata/annotations/kata-thp.dev~1skipped", value: "X" });
    }),
    "another one",
  ],
])("finds %s", (_, make, problem) => {
  expect(problemOf("raw", review, make())).toContain(problem);
});

it("takes the constant for what it is", () => {
  expect(
    problemOf(
      "constant",
      review,
      changed((response) => (response["uid"] = "0")),
    ),
  ).toBeNull();
});
