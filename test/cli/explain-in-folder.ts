import type { ExplanationEntry } from "../../src/cli/explanation.ts";
import { manifestFolder } from "../cluster/manifest-folder.ts";
import { type Run, runKataThp, type RunOptions } from "./run-kata-thp.ts";

const VARIANT = `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata-clh}
handler: kata-clh
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata-clh-thp, annotations: {kata-thp.dev/variant-of: kata-clh}}
handler: kata-clh-thp
`;

/** A pod that the variant gives private memory. */
export const GOOD: string =
  "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {runtimeClassName: kata-clh, containers: [{name: a}]}\n";
/** A Deployment that is left alone for its socket, and whose emptyDir degrades. */
export const BAD: string = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad, namespace: shop}
spec:
  template:
    spec:
      runtimeClassName: kata-clh
      containers: [{name: a, volumeMounts: [{name: sock, mountPath: /s}, {name: tmp, mountPath: /t}]}]
      volumes: [{name: sock, hostPath: {path: /s, type: Socket}}, {name: tmp, emptyDir: {}}]
`;

/** Runs explain in a folder with the snapshot of a variant, and the files given. */
export async function explain(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<Run> {
  const cwd = await manifestFolder({ "snapshot/classes.yaml": VARIANT, ...files });
  return runKataThp(["explain", ...args], { cwd, ...options });
}

/** The same with -o json, read. */
export async function entries(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<ExplanationEntry[]> {
  const { stdout } = await explain([...args, "-o", "json"], files, options);
  return JSON.parse(stdout) as ExplanationEntry[];
}
