// The webhook does not answer: what becomes of pods, and where it is counted.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type AuditEvent, awaitAuditEvent } from "../control-plane/audit-log.ts";
import { createAuthority } from "../control-plane/pki.ts";
import { sampleOf } from "./kube-api.ts";
import { podOf } from "./pods.ts";
import { openScene, type Scene } from "./scene.ts";

let scene: Scene;
/** Our configuration with failurePolicy Fail for the enforcing webhook, as the chart's values can say. */
let closed: string;

beforeAll(async () => {
  scene = await openScene({ access: inject("controlPlane"), name: "dispatch-gone" });
  closed = `${scene.name}-closed`;
  await scene.configure(closed, (entry) =>
    entry.name.startsWith("enforce.") ? { ...entry, failurePolicy: "Fail" } : entry,
  );
});

afterAll(async () => {
  await scene?.close();
});

/** Whether a pod that is sent now is patched. */
async function isPatched(namespace: string): Promise<boolean> {
  const { body } = await scene.create(namespace, podOf(scene.target()), "?dryRun=All");
  return body["spec"]?.runtimeClassName === scene.variant();
}

interface Counted {
  /** How often the API server went on without the webhook. */
  readonly open: number;
  /** How often it refused a pod for want of an answer. */
  readonly closed: number;
}

async function counted(webhook: string): Promise<Counted> {
  const metrics = await scene.api.text("/metrics");
  const labels = `error_type="calling_webhook_error",name="${webhook}",operation="CREATE"`;
  return {
    open: sampleOf(metrics, `apiserver_admission_webhook_fail_open_count{name="${webhook}",type="admit"}`),
    // The code is the one that the user gets.
    closed: sampleOf(
      metrics,
      `apiserver_admission_webhook_rejection_count{${labels},rejection_code="503",type="admit"}`,
    ),
  };
}

async function auditOf(namespace: string): Promise<Readonly<Record<string, string>>> {
  const isIt = ({ objectRef, verb }: AuditEvent): boolean => objectRef?.namespace === namespace && verb === "create";
  return (await awaitAuditEvent(scene.access, isIt)).annotations ?? {};
}

function failedOpen(annotations: Readonly<Record<string, string>>): string[] {
  const isIt = /^failed-open\.mutation\.webhook\.admission\.k8s\.io\/round_\d+_index_\d+$/;
  return Object.entries(annotations).flatMap(([key, webhook]) => (isIt.test(key) ? [webhook] : []));
}

describe("a webhook that is gone", () => {
  beforeAll(async () => {
    await scene.webhook.kill();
  });

  afterAll(async () => {
    await scene.webhook.restart();
  });

  it("costs nothing with Ignore: the pod is stored as it came, and that is counted and audited", async () => {
    const namespace = await scene.enter("enforce");
    const webhook = scene.webhookName("enforce");
    const before = await counted(webhook);

    const from = performance.now();
    const stored = await scene.store(namespace, podOf(scene.target()));
    const tookMs = performance.now() - from;

    expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target())));
    expect(await counted(webhook)).toEqual({ ...before, open: before.open + 1 });
    // The index counts all webhooks of the cluster.
    expect(failedOpen(await auditOf(namespace))).toEqual([webhook]);
    // A refused connection is not tried again: the timeout of 2 s is not used up.
    expect(tookMs).toBeLessThan(1500);
  });

  it("keeps the pod out with Fail, and the user is told what did not answer", async () => {
    const namespace = await scene.enterOnly("enforce", closed);
    const webhook = scene.webhookName("enforce", closed);
    const before = await counted(webhook);

    const { status, body } = await scene.create(namespace, podOf(scene.target()));

    expect({ status, message: body["message"] }).toEqual({
      status: 500,
      message: expect.stringContaining(`failed calling webhook "${webhook}": failed to call webhook: Post`),
    });
    expect((await scene.api.ask("GET", `/api/v1/namespaces/${namespace}/pods/p`)).status).toBe(404);
    expect(await counted(webhook)).toEqual({ ...before, closed: before.closed + 1 });
  });

  it("keeps no pod of another class's out with Fail: the API server has nothing to ask", async () => {
    const namespace = await scene.enterOnly("enforce", closed);

    expect((await scene.create(namespace, podOf(null))).status).toBe(201);
  });

  it("keeps no pod out of a namespace that is only observed", async () => {
    const namespace = await scene.enterOnly("observe", closed);

    expect(await scene.store(namespace, podOf(scene.target()))).toEqual(
      await scene.storeUnasked(podOf(scene.target())),
    );
  });
});

it("is asked again when it is back", async () => {
  for (const namespace of [await scene.enter("enforce"), await scene.enterOnly("enforce", closed)]) {
    await expect.poll(async () => isPatched(namespace), { timeout: 10_000 }).toBe(true);
  }
});

it("costs its timeout, and no more, where it hangs", async () => {
  const namespace = await scene.enter("enforce");
  const before = await counted(scene.webhookName("enforce"));
  process.kill(scene.webhook.pid, "SIGSTOP");

  const from = performance.now();
  const stored = await scene.store(namespace, podOf(scene.target()));
  const tookMs = performance.now() - from;
  process.kill(scene.webhook.pid, "SIGCONT");

  expect(stored).toEqual(await scene.storeUnasked(podOf(scene.target())));
  expect(await counted(scene.webhookName("enforce"))).toEqual({ ...before, open: before.open + 1 });
  expect(tookMs).toBeGreaterThan(1900);
  expect(tookMs).toBeLessThan(4000);
});

it("is as good as gone where the caBundle is another's", async () => {
  const configuration = `${scene.name}-stranger`;
  await scene.configure(configuration, (entry) => entry);
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration}`;
  const current = await scene.api.send("GET", path);
  const { certificate } = await createAuthority();
  const caBundle = Buffer.from(certificate).toString("base64");
  await scene.api.send("PUT", path, {
    ...current,
    webhooks: (current["webhooks"] as { clientConfig: object }[]).map((entry) => ({
      ...entry,
      clientConfig: { ...entry.clientConfig, caBundle },
    })),
  });
  const namespace = await scene.enterOnly("enforce", configuration);

  await expect.poll(async () => isPatched(namespace), { timeout: 10_000 }).toBe(false);

  expect((await counted(scene.webhookName("enforce", configuration))).open).toBeGreaterThan(0);
});
