// What whoever ran kubectl reads, and what the audit log says.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type AuditEvent, awaitAuditEvent } from "../control-plane/audit-log.ts";
import { kubectl, type KubectlResult } from "../control-plane/kubectl.ts";
import { addHostPath, addLabel } from "./pod-changes.ts";
import { podOf, withHostPath } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ access: inject("controlPlane"), name: "dispatch-client" });
});

afterAll(async () => {
  await scene?.close();
});

async function kubectlCreate(namespace: string, pod: object): Promise<KubectlResult> {
  return kubectl(scene.access, ["create", "-n", namespace, "-f", "-"], { input: pod });
}

async function auditOf(namespace: string): Promise<Readonly<Record<string, string>>> {
  const isIt = ({ objectRef, verb }: AuditEvent): boolean => objectRef?.namespace === namespace && verb === "create";
  return (await awaitAuditEvent(scene.access, isIt)).annotations ?? {};
}

const BARE =
  "Warning: kata-thp: the pod has no controller and its runtimeClassName was changed, so a second kubectl apply of the same manifest will fail: use a Deployment or Job\n";

describe("kubectl's stderr", () => {
  it("warns of what keeps the pod from being patched: the reason, where, and what to do", async () => {
    const { stdout, stderr } = await kubectlCreate(await scene.enter("enforce"), podOf(scene.target(), withHostPath()));

    expect(stdout).toBe("pod/p created\n");
    expect(stderr).toMatch(
      /^Warning: kata-thp: HostPathVolume at spec\.volumes\[0\]\.hostPath \(Directory\): [A-Z].+\. [A-Z].+\.\n$/,
    );
  });

  it("warns once where we were asked twice", async () => {
    const { configuration } = await scene.addOther("after", addLabel);
    const namespace = await scene.enter("enforce", configuration);

    const { stderr } = await kubectlCreate(namespace, podOf(scene.target(), withHostPath()));

    expect(await scene.webhook.reviews(namespace)).toHaveLength(2);
    expect(stderr.match(/^Warning: /gm)).toHaveLength(1);
  });

  it("warns of a bare pod whose class was changed", async () => {
    const { stderr } = await kubectlCreate(await scene.enter("enforce"), podOf(scene.target()));

    expect(stderr).toBe(BARE);
  });

  it("is right about that: applied again, the same manifest is refused", async () => {
    const namespace = await scene.enter("enforce");
    const apply = ["apply", "-n", namespace, "-f", "-"];
    await kubectl(scene.access, apply, { input: podOf(scene.target()) });

    await expect(kubectl(scene.access, apply, { input: podOf(scene.target()) })).rejects.toThrow(
      /spec: Forbidden: pod updates may not change fields other than/,
    );
  });

  it.each([
    { where: "in a namespace that is only observed", mode: "observe", spec: withHostPath() },
    { where: "in a namespace without a mode", mode: null, spec: withHostPath() },
  ])("is empty $where", async ({ mode, spec }) => {
    const { stderr } = await kubectlCreate(await scene.enter(mode), podOf(scene.target(), spec));

    expect(stderr).toBe("");
  });

  it("is cut by the API server to what its client shows, never dropped", async () => {
    const volumes = Array.from({ length: 40 }, (_, index) => ({
      name: `v${index}`,
      hostPath: { path: "/srv", type: index % 2 === 0 ? "Directory" : "Socket" },
    }));
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }));
    const spec = { containers: [{ name: "c", image: "registry.example/none", volumeMounts }], volumes };

    const { stderr } = await kubectlCreate(await scene.enter("enforce"), podOf(scene.target(), spec));

    const warnings = stderr.trimEnd().split("\n");
    expect(warnings.map((line) => /^Warning: kata-thp: (\w+) at /.exec(line)?.[1])).toEqual([
      "HostPathVolume",
      "HostPathSocket",
    ]);
  });
});

describe("the audit log", () => {
  it("has the mode, the decision and the selection of a patched pod, and the patch", async () => {
    const namespace = await scene.enter("enforce");
    await scene.store(namespace, podOf(scene.target()));

    const annotations = await auditOf(namespace);

    const webhook = scene.webhookName("enforce");
    expect(annotations).toMatchObject({
      [`${webhook}/mode`]: "enforce",
      [`${webhook}/decision`]: "patch",
      [`${webhook}/selection`]: "runtime-class",
    });
    const patch = Object.entries(annotations).find(([key]) => key.startsWith("patch.webhook"))?.[1] ?? "";
    expect(JSON.parse(patch)).toMatchObject({
      webhook,
      configuration: scene.name,
      patchType: "JSONPatch",
      patch: [{ op: "replace", path: "/spec/runtimeClassName", value: scene.variant() }, {}, {}],
    });
  });

  it("has the reasons of a pod that was left alone", async () => {
    const namespace = await scene.enter("enforce");
    await scene.store(namespace, podOf(scene.target(), withHostPath()));

    const webhook = scene.webhookName("enforce");
    expect(await auditOf(namespace)).toMatchObject({
      [`${webhook}/decision`]: "skip",
      [`${webhook}/reasons`]: "HostPathVolume",
    });
  });

  it("has what would have been done in a namespace that is only observed, and no patch", async () => {
    const namespace = await scene.enter("observe");
    await scene.store(namespace, podOf(scene.target()));

    const annotations = await auditOf(namespace);

    const webhook = scene.webhookName("observe");
    expect(annotations).toMatchObject({ [`${webhook}/mode`]: "observe", [`${webhook}/decision`]: "patch" });
    expect(Object.keys(annotations).filter((key) => key.startsWith("patch.webhook"))).toEqual([]);
  });

  it("keeps what the first of two calls said, and adds what only the second said", async () => {
    const { configuration } = await scene.addOther("after", addHostPath);
    const namespace = await scene.enter("enforce", configuration);
    const stored = await scene.store(namespace, podOf(scene.target()));

    // Put back; the API server takes no second value for a key, so the reasons are the only trace.
    expect(stored.spec["runtimeClassName"]).toBe(scene.target());
    const webhook = scene.webhookName("enforce");
    expect(await auditOf(namespace)).toMatchObject({
      [`${webhook}/decision`]: "patch",
      [`${webhook}/reasons`]: "HostPathVolume",
    });
  });
});
