// Whether the contenders that do the job did the same: the pod after each one's patch.
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import fastJsonPatch, { type Operation } from "fast-json-patch";
import { ask } from "../test/support/https-client.ts";
import { STATUS_KEY } from "../src/engine/status.ts";
import type { Contender } from "./figures.ts";
import { type ReviewSize, reviewFile } from "./reviews.ts";

interface Answered {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patchType?: string;
    readonly patch?: string;
  };
}

type Json = Record<string, unknown>;

/** Asks that server once and says what is wrong with its answer; null where nothing is. `ca`: PEM. */
export async function answerProblem(
  contender: Contender,
  port: number,
  ca: string,
  size: ReviewSize,
): Promise<string | null> {
  const body = await readFile(reviewFile(size));
  const headers = { "content-type": "application/json" };
  const { status, body: answer } = await ask({ port, ca, path: "/mutate/enforce?timeout=10s", body, headers });
  const problem = status === 200 ? problemOf(contender, body.toString("utf8"), answer) : `status ${status}: ${answer}`;
  return problem === null ? null : `${contender}, ${size}: ${problem}`;
}

/** What is wrong with the answer to that review; null where nothing is. */
export function problemOf(contender: Contender, review: string, answer: string): string | null {
  const { request } = JSON.parse(review) as { readonly request: { readonly uid: string; readonly object: Json } };
  const { response } = JSON.parse(answer) as Answered;
  if (!response.allowed) return "not allowed";
  if (response.patchType !== "JSONPatch" || response.patch === undefined) return "no patch";
  if (contender === "constant") return null;
  if (response.uid !== request.uid) return `the uid is ${response.uid}, not ${request.uid}`;
  const operations = JSON.parse(Buffer.from(response.patch, "base64").toString("utf8")) as Operation[];
  const patched = fastJsonPatch.applyPatch(structuredClone(request.object), operations, true).newDocument;
  const wanted = expectedPod(request.object);
  const [got, right] = [comparable(patched), comparable(wanted)];
  if (isDeepStrictEqual(got, right)) return null;
  return `the patched pod is another one: ${JSON.stringify(operations).slice(0, 600)}`;
}

/** Written down here, so that no contender is the measure of the others. Both classes have the same overhead. */
function expectedPod(pod: Json): Json {
  const { metadata, spec } = pod as { readonly metadata: Json; readonly spec: Json };
  const status = { decision: "patch", selection: "runtime-class", mode: "enforce", from: "kata-clh" };
  const annotations = { ...(metadata["annotations"] as Json | undefined), [STATUS_KEY]: JSON.stringify(status) };
  return { ...pod, metadata: { ...metadata, annotations }, spec: { ...spec, runtimeClassName: "kata-clh-thp" } };
}

/**
 * Go's typed pod is marshalled with fields that say nothing (`"resources": {}`, `"status": {}`), so empty ones are left
 * out here; and our status names the version that wrote it.
 */
function comparable(pod: Json): unknown {
  const { metadata } = pod as { readonly metadata: { readonly annotations: Record<string, string> } };
  const { version: _, ...status } = JSON.parse(metadata.annotations[STATUS_KEY] ?? "{}") as Json;
  const annotations = { ...metadata.annotations, [STATUS_KEY]: status };
  return withoutEmpty({ ...pod, metadata: { ...metadata, annotations } });
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, each]) => [key, withoutEmpty(each)] as const)
    .filter(([, each]) => each !== null && !isEmpty(each));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
