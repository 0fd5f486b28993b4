import { describe, expect, it } from "vitest";
import { parseManifests } from "../../src/cluster/manifest.ts";
import { emptyReader } from "../../src/cluster/snapshot.ts";
import { rolloutIdentity } from "../../src/engine/rollout.ts";
import { readerWithClaims } from "../../src/cli/claim-templates.ts";
import { type ReadWorkload, readWorkload, type Workload } from "../../src/cli/workloads.ts";

async function read(text: string): Promise<ReadWorkload> {
  const parsed = await parseManifests("f.yaml", text);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join("\n"));
  const [manifest] = parsed.manifests;
  if (manifest === undefined) throw new Error("no manifest");
  return readWorkload(manifest, "fallback");
}

async function workloadOf(text: string): Promise<Workload> {
  const found = await read(text);
  if (found.kind !== "workload") throw new Error(JSON.stringify(found));
  return found.workload;
}

const TEMPLATE =
  "{metadata: {name: ignored, labels: {app: web}, annotations: {a: b}}, spec: {runtimeClassName: kata-clh}}";

function templated(apiVersion: string, kind: string, spec: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: web, namespace: shop}\n${spec}\n`;
}

describe("readWorkload", () => {
  it.each([
    ["apps/v1", "Deployment", { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web" }],
    ["apps/v1", "ReplicaSet", { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web" }],
    ["apps/v1", "StatefulSet", { apiVersion: "apps/v1", kind: "StatefulSet", name: "web" }],
    ["apps/v1", "DaemonSet", { apiVersion: "apps/v1", kind: "DaemonSet", name: "web" }],
    ["v1", "ReplicationController", { apiVersion: "v1", kind: "ReplicationController", name: "web" }],
    ["batch/v1", "Job", { apiVersion: "batch/v1", kind: "Job", name: "web" }],
  ])("makes of a %s %s the pod that its controller would make", async (apiVersion, kind, owner) => {
    const workload = await workloadOf(templated(apiVersion, kind, `spec: {template: ${TEMPLATE}}`));
    expect(workload).toMatchObject({ kind, name: "web", namespace: "shop", podField: ["spec", "template"] });
    expect(workload.pod.metadata).toEqual({
      generateName: "web-",
      namespace: "shop",
      labels: { app: "web" },
      annotations: { a: "b" },
      ownerReferences: [{ ...owner, controller: true }],
    });
    expect(workload.pod.spec?.runtimeClassName).toBe("kata-clh");
  });

  it("gives a CronJob's pod a Job of the CronJob's, whatever the CronJob's name ends in", async () => {
    const text = templated("batch/v1", "CronJob", `spec: {jobTemplate: {spec: {template: ${TEMPLATE}}}}`);
    const { pod, podField } = await workloadOf(text.replace("name: web", "name: web-20261123"));
    expect(podField).toEqual(["spec", "jobTemplate", "spec", "template"]);
    const real = {
      metadata: { ownerReferences: [{ kind: "Job", name: "web-20261123-29391840", controller: true }] },
    };
    expect(rolloutIdentity("shop", pod)).toBe(rolloutIdentity("shop", real));
  });

  it("gives a Deployment's pod the place in the rollout that its ReplicaSets' pods have", async () => {
    const { pod } = await workloadOf(templated("apps/v1", "Deployment", `spec: {template: ${TEMPLATE}}`));
    const real = {
      metadata: {
        labels: { "pod-template-hash": "6d4b75cb6d" },
        ownerReferences: [{ kind: "ReplicaSet", name: "web-6d4b75cb6d", controller: true }],
      },
    };
    expect(rolloutIdentity("shop", pod)).toBe(rolloutIdentity("shop", real));
  });

  it("leaves a Pod as it is, but for the namespace", async () => {
    const { pod, podField, namespace } = await workloadOf(
      "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-, ownerReferences: [{kind: Job, name: a, controller: true}]}\nspec: {}\n",
    );
    expect(podField).toEqual([]);
    expect(namespace).toBe("fallback");
    expect(pod.metadata).toEqual({
      generateName: "a-",
      namespace: "fallback",
      ownerReferences: [{ kind: "Job", name: "a", controller: true }],
    });
  });

  it("takes a PodTemplate's pod for one without a controller", async () => {
    const { pod, podField } = await workloadOf(templated("v1", "PodTemplate", `template: ${TEMPLATE}`));
    expect(podField).toEqual(["template"]);
    expect(pod.metadata?.ownerReferences).toBeUndefined();
  });

  it("adds the tolerations that every DaemonSet's pod has", async () => {
    const template = "{spec: {tolerations: [{key: gpu, operator: Exists}]}}";
    const { pod } = await workloadOf(templated("apps/v1", "DaemonSet", `spec: {template: ${template}}`));
    const keys = pod.spec?.tolerations?.map(({ key }) => key);
    expect(keys?.[0]).toBe("gpu");
    expect(keys).toContain("node.kubernetes.io/disk-pressure");
  });

  it("adds a StatefulSet's claims as volumes, after the file's own, in place of one with the same name", async () => {
    const { pod, claims, claimVolumesFrom } = await workloadOf(
      templated(
        "apps/v1",
        "StatefulSet",
        `spec:
  volumeClaimTemplates:
    - {metadata: {name: data}, spec: {volumeMode: Block}}
    - {metadata: {name: logs}, spec: {}}
  template: {spec: {volumes: [{name: data, emptyDir: {}}, {name: tmp, emptyDir: {}}]}}`,
      ),
    );
    expect(pod.spec?.volumes).toEqual([
      { name: "tmp", emptyDir: {} },
      { name: "data", persistentVolumeClaim: { claimName: "data-web-0" } },
      { name: "logs", persistentVolumeClaim: { claimName: "logs-web-0" } },
    ]);
    expect(claimVolumesFrom).toBe(1);
    const reader = readerWithClaims(emptyReader(), claims);
    expect(await reader.claimMode("shop", "data-web-0", 1)).toEqual({ kind: "known", value: "Block" });
    expect(await reader.claimMode("shop", "logs-web-0", 1)).toEqual({ kind: "known", value: "Filesystem" });
    expect(await reader.claimMode("shop", "other", 1)).toEqual({ kind: "unknown", why: "not synced" });
  });

  it.each([
    ["apiVersion: v1\nkind: Service\n"],
    ["apiVersion: example.com/v1\nkind: Deployment\n"],
    ["apiVersion: v1\nkind: Deployment\n"],
  ])("passes over %j", async (text) => {
    expect(await read(text)).toEqual({ kind: "other" });
  });

  it.each([
    [
      "a template that is missing",
      templated("apps/v1", "Deployment", "spec: {}"),
      /^f\.yaml:4: .*: spec\.template must be given; it is missing$/,
    ],
    ["a spec that is missing", templated("apps/v1", "Deployment", ""), /^f\.yaml:1: .*: spec must be given/],
    [
      "a template that is a list",
      templated("batch/v1", "Job", "spec:\n  template: []"),
      /^f\.yaml:5: .*: spec\.template must be an object, not an empty list$/,
    ],
    [
      "a name that is a number",
      "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: 5\n",
      /^f\.yaml:4: .*: metadata\.name must be a string, not 5$/,
    ],
    [
      "a field of the pod of the wrong type",
      templated(
        "apps/v1",
        "Deployment",
        "spec:\n  template:\n    spec:\n      volumes:\n        - hostPath: {path: /x}",
      ),
      /^f\.yaml:8: .*: spec\.template\.spec\.volumes\[0\]\.name must be a string; it is missing$/,
    ],
    [
      "a claim of another mode",
      templated(
        "apps/v1",
        "StatefulSet",
        `spec:\n  volumeClaimTemplates: [{metadata: {name: a}, spec: {volumeMode: Blok}}]\n  template: ${TEMPLATE}`,
      ),
      /volumeClaimTemplates\[0\]\.spec\.volumeMode must be Filesystem or Block, not "Blok"$/,
    ],
  ])("refuses %s", async (_, text, error) => {
    const found = await read(text);
    expect(found).toEqual({ kind: "invalid", error: expect.stringMatching(error) });
  });
});
