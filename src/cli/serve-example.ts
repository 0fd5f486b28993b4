// A review of one pod, and the command that posts it: what a person sees first.
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { parseManifests } from "../cluster/manifest.ts";

export type ExamplePod =
  | { readonly kind: "pod"; readonly pod: Readonly<Record<string, unknown>> }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** Reads the first Pod of a YAML or JSON manifest. */
export async function readExamplePod(file: string): Promise<ExamplePod> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "invalid", errors: [`--example-pod: ${file} cannot be read: ${why}`] };
  }
  const parsed = await parseManifests(file, text);
  if (parsed.kind === "invalid") return { kind: "invalid", errors: parsed.errors };
  const manifest = parsed.manifests.find(({ kind, apiVersion }) => kind === "Pod" && apiVersion === "v1");
  return manifest === undefined
    ? { kind: "invalid", errors: [`--example-pod: ${file} holds no Pod; name a manifest with one`] }
    : { kind: "pod", pod: manifest.value };
}

/** What the API server would send when that pod is created (compare a recorded one: apiVersion, kind, request). */
function reviewOf(pod: Readonly<Record<string, unknown>>): object {
  const { name, namespace } = (pod["metadata"] ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
  const kind = { group: "", version: "v1", kind: "Pod" };
  const resource = { group: "", version: "v1", resource: "pods" };
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: typeof name === "string" ? name : "",
      namespace: typeof namespace === "string" ? namespace : "default",
      operation: "CREATE",
      userInfo: {},
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  };
}

/**
 * Writes the review and returns the curl line that posts it.
 *
 * @param caFile the development CA's certificate
 * @param address where the server listens; the certificate is localhost's, so another address is resolved to that name
 */
export async function writeExample(
  pod: Readonly<Record<string, unknown>>,
  reviewFile: string,
  caFile: string,
  { address, port }: AddressInfo,
): Promise<string> {
  await writeFile(reviewFile, JSON.stringify(reviewOf(pod)));
  const isLocal = ["::", "0.0.0.0", "::1", "127.0.0.1"].includes(address);
  return [
    "curl -sS --noproxy localhost",
    ...(isLocal ? [] : [`--resolve localhost:${port}:${address.includes(":") ? `[${address}]` : address}`]),
    `--cacert ${shellWord(caFile)} -H 'content-type: application/json' --data-binary @${shellWord(reviewFile)}`,
    `'https://localhost:${port}/mutate/enforce?timeout=10s'`,
  ].join(" ");
}

/** A path as one word of a shell. */
function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
