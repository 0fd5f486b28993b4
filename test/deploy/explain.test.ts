// The RuntimeClass and the webhook's values of deploy/kata are all that it takes: pods are moved.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ROOT, runKataThp } from "../cli/run-kata-thp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KATA = join(ROOT, "deploy/kata");
const EXAMPLE = join(ROOT, "examples/runtime-class");

const KATA_CLH = {
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "kata-clh" },
  handler: "kata-clh",
  overhead: { podFixed: { memory: "130Mi", cpu: "250m" } },
  scheduling: { nodeSelector: { "katacontainers.io/kata-runtime": "true" } },
};

describe.each(["3.26-3.32", "4.0-4.1"])("deploy/kata/%s", (folder) => {
  it("has a pod with an emptyDir and a block claim moved to kata-clh-thp", async () => {
    const cluster = await temporaryFolder();
    for (const name of ["claims.yaml", "namespace.yaml"])
      await cp(join(EXAMPLE, "snapshot", name), join(cluster, name));
    await writeFile(join(cluster, "kata-clh.yaml"), stringify(KATA_CLH));
    await cp(join(KATA, "runtime-class.yaml"), join(cluster, "kata-clh-thp.yaml"));
    const { policy } = parse(await readFile(join(KATA, folder, "webhook-values.yaml"), "utf8")) as { policy: object };
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, stringify({ apiVersion: "kata-thp.dev/v1alpha1", kind: "Policy", ...policy }));

    const pod = join(EXAMPLE, "pods/eligible.yaml");
    const args = ["-f", pod, "--policy", file, "--snapshot", cluster, "-o", "json"];
    const { code, stdout, stderr } = await runKataThp(["explain", ...args]);

    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        decision: { kind: "patch", selection: "runtime-class" },
        patch: expect.arrayContaining([{ op: "replace", path: "/spec/runtimeClassName", value: "kata-clh-thp" }]),
      },
    ]);
  });
});
