// The test control plane itself: what it promises to every other test of this folder.
import { CoreV1Api, KubeConfig, NodeV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { kubeconfigFor } from "./control-plane/access.ts";
import { awaitAuditEvent } from "./control-plane/audit-log.ts";
import { findBinaries } from "./control-plane/binaries.ts";
import { createNamespace, kubectl, tryKubectl } from "./control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/start.ts";
import { CONTROLLER_TOOLS } from "./control-plane/tools.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: [{ name: "c", image: "registry.example/none" }] },
};

/** Off where nobody switches it on, in every release that we run; the API server itself has no use for it. */
const GATE = "SchedulerAsyncAPICalls";

describe("a control plane of one's own", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({
      featureGates: { [GATE]: true },
      apiserverFlags: ["--default-not-ready-toleration-seconds=7"],
    });
  });
  afterAll(async () => {
    await plane.stop();
  });

  it("takes objects from kubectl and from client-node, and shows both to both", async () => {
    await createNamespace(plane.access, "by-kubectl", { team: "a" });
    const config = new KubeConfig();
    config.loadFromFile(plane.access.kubeconfigPath);
    await config
      .makeApiClient(NodeV1Api)
      .createRuntimeClass({ body: { metadata: { name: "by-client" }, handler: "by-client" } });

    const namespaces = await config.makeApiClient(CoreV1Api).listNamespace({ labelSelector: "team=a" });
    const classes = await kubectl(plane.access, ["get", "runtimeclass", "-o", "name"]);

    expect(namespaces.items.map((namespace) => namespace.metadata?.name)).toEqual(["by-kubectl"]);
    expect(classes.stdout).toBe("runtimeclass.node.k8s.io/by-client\n");
  });

  it("hands on feature gates and flags", async () => {
    await createNamespace(plane.access, "flags");
    await kubectl(plane.access, ["create", "-n", "flags", "-f", "-"], { input: POD });

    const metrics = await kubectl(plane.access, ["get", "--raw", "/metrics"]);
    const path = 'jsonpath={.spec.tolerations[?(@.key=="node.kubernetes.io/not-ready")].tolerationSeconds}';
    const seconds = await kubectl(plane.access, ["get", "pod", "p", "-n", "flags", "-o", path]);

    expect(metrics.stdout).toMatch(new RegExp(`^kubernetes_feature_enabled\\{name="${GATE}",stage="BETA"\\} 1$`, "m"));
    expect(seconds.stdout).toBe("7");
  });

  it("decides by RBAC what another user may do", async () => {
    const kubeconfigPath = await kubeconfigFor(plane.access, { user: "jane", groups: ["readers"] });
    const get = ["get", "runtimeclass"];

    const before = await tryKubectl(plane.access, get, { kubeconfigPath });
    await kubectl(plane.access, ["create", "clusterrole", "classes", "--verb=list", "--resource=runtimeclasses"]);
    await kubectl(plane.access, [
      "create",
      "clusterrolebinding",
      "classes",
      "--clusterrole=classes",
      "--group=readers",
    ]);
    const after = await tryKubectl(plane.access, get, { kubeconfigPath });

    expect(before.exitCode).toBe(1);
    expect(before.stderr).toContain('User "jane" cannot list resource "runtimeclasses"');
    expect(after.exitCode).toBe(0);
  });

  it("notes the creation of a pod in the audit log", async () => {
    await createNamespace(plane.access, "audited");
    await kubectl(plane.access, ["create", "-n", "audited", "-f", "-"], { input: POD });

    const event = await awaitAuditEvent(plane.access, ({ objectRef }) => objectRef?.namespace === "audited");

    expect(event).toMatchObject({
      stage: "ResponseComplete",
      verb: "create",
      user: { username: "admin" },
      objectRef: { resource: "pods", name: "p" },
      responseStatus: { code: 201 },
    });
  });

  it.each(["terminate", "kill"] as const)(
    "restarts the API server (%s) at the same place, with its data",
    async (how) => {
      await createNamespace(plane.access, `before-${how}`);
      const before = plane.pids();

      await plane.stopApiserver(how);
      const during = await tryKubectl(plane.access, ["get", "namespaces"]);
      await plane.startApiserver();
      const after = await kubectl(plane.access, ["get", "namespace", `before-${how}`, "-o", "name"]);

      expect(during.exitCode).not.toBe(0);
      expect(after.stdout).toBe(`namespace/before-${how}\n`);
      expect(plane.pids()).toHaveLength(2);
      expect(plane.pids()).not.toEqual(before);
    },
  );
});

// The command that brings the suite's binaries brings these, too; only KUBEBUILDER_ASSETS may be without them.
describe.skipIf(findBinaries(CONTROLLER_TOOLS).missing.length > 0)("with controllers", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({ withControllers: ["controller-manager", "scheduler", "kwok"] });
    await kubectl(plane.access, ["create", "-f", "-"], {
      input: { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } },
    });
    await createNamespace(plane.access, "work");
  });
  afterAll(async () => {
    await plane.stop();
  });

  async function inWork(...args: string[]): Promise<string> {
    return (await kubectl(plane.access, ["-n", "work", ...args])).stdout;
  }

  it("pods of a Deployment become ready on a node of kwok's", async () => {
    const nodes = 'jsonpath={range .items[*]}{.spec.nodeName}{" "}{end}';
    await inWork("create", "deployment", "d", "--image=registry.example/none", "--replicas=3");

    await inWork("rollout", "status", "deployment/d", "--timeout=30s");

    expect(await inWork("get", "pods", "-l", "app=d", "-o", nodes)).toBe("node-1 node-1 node-1 ");
  });

  it("a Job's pod ends", async () => {
    await inWork("create", "job", "j", "--image=registry.example/none");

    const answer = await inWork("wait", "--for=condition=Complete", "job/j", "--timeout=30s");

    expect(answer).toBe("job.batch/j condition met\n");
  });
});

it("the shared control plane answers", async () => {
  const access = inject("controlPlane");

  const { stdout } = await kubectl(access, ["get", "--raw", "/version"]);

  expect((JSON.parse(stdout) as { gitVersion: string }).gitVersion).toBe(access.kubeVersion);
});
