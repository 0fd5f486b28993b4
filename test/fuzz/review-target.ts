// AdmissionReviews: whatever is sent, a review that can be read is answered with one that the API server takes.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { mutate, type Mutation } from "../../src/admission/mutate.ts";
import { MODES } from "../../src/engine/facts.ts";
import type { Operation } from "../../src/engine/patch.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { DEPS } from "../admission/review-body.ts";
import { applyStrictly } from "../properties/api-server.ts";
import { BODIES, reviewOf } from "../properties/review-arbitrary.ts";
import { textsIn } from "./corpus-files.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { mutatedTexts } from "./mutated-text.ts";

const POLICIES: readonly Policy[] = [DEPS.policy, ...examplePolicies()];

/** The cases' pods as reviews of one member a line, so that edits of lines are edits of members. */
const CASE_REVIEWS: readonly string[] = textsIn(["test/cases"], /\/pod\.yaml$/)
  .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as { readonly kind?: string } | null))
  .map((value) =>
    JSON.stringify(JSON.parse(value?.kind === "AdmissionReview" ? JSON.stringify(value) : reviewOf(value)), null, 1),
  );

export const REVIEWS: FuzzTarget = {
  name: "reviews",
  extension: "json",
  inputs: fc.oneof(BODIES, mutatedTexts(CASE_REVIEWS)),
  async check(input) {
    for (const mode of MODES) {
      for (const policy of POLICIES) {
        const mutation = await mutate([Buffer.from(input)], mode, 10_000, { ...DEPS, policy });
        checkAnswer(input, mutation, mode === "observe");
        // What the bytes say is the same however they are written.
        const value = parsed(input);
        if (value === undefined) continue;
        const again = await mutate([Buffer.from(JSON.stringify(value))], mode, 10_000, { ...DEPS, policy });
        if (again.body !== mutation.body) throw new Error(`written anew, it is answered with ${again.body}`);
      }
    }
  },
};

function examplePolicies(): Policy[] {
  return ["auto", "config-path", "hypervisor-annotations", "runtime-class"].flatMap((name) => {
    const file = new URL(`../../examples/${name}/policy.yaml`, import.meta.url);
    const result = parsePolicy(readFileSync(file, "utf8"), name);
    return result.kind === "policy" ? [result.policy] : [];
  });
}

function parsed(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString("utf8"));
  } catch {
    return undefined;
  }
}

function checkAnswer(input: Buffer, { status, body, error }: Mutation, isObserve: boolean): void {
  if (error !== null) throw new Error("an error inside", { cause: error });
  const value = parsed(input) as
    | {
        readonly kind?: unknown;
        readonly apiVersion?: unknown;
        readonly request?: { readonly uid?: unknown; readonly object?: unknown };
      }
    | null
    | undefined;
  const uid = value?.request?.uid;
  const isReview =
    value?.kind === "AdmissionReview" &&
    value.apiVersion === "admission.k8s.io/v1" &&
    !Array.isArray(value.request) &&
    typeof uid === "string" &&
    uid !== "";
  if (status !== (isReview ? 200 : 400)) throw new Error(`status ${status}: ${body}`);
  if (!isReview) return;
  const answer = JSON.parse(body) as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly response: Readonly<Record<string, unknown>>;
  };
  const { response } = answer;
  const head = { apiVersion: answer.apiVersion, kind: answer.kind, uid: response["uid"], allowed: response["allowed"] };
  const wanted = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", uid, allowed: true };
  if (!isDeepStrictEqual(head, wanted)) throw new Error(`the answer is ${body}`);
  const patch = response["patch"];
  if ((patch === undefined) !== (response["patchType"] === undefined)) throw new Error("patch without patchType");
  if (patch === undefined) return;
  if (typeof patch !== "string") throw new TypeError(`the patch is ${JSON.stringify(patch)}`);
  if (isObserve) throw new Error("a patch in observe mode");
  const operations = JSON.parse(Buffer.from(patch, "base64").toString("utf8")) as readonly Operation[];
  applyStrictly(value.request?.object, operations);
}
