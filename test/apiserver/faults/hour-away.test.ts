// The API server is away for an hour, by the clock of staleness, and the wall clock jumps: what reviews are answered.
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClusterMetrics } from "../../../src/telemetry/cluster-metrics.ts";
import { type ApiWriter, openApiWriter } from "../../live/api-writer.ts";
import { CLASSES, node, NODES, runtimeClass } from "../../live/objects.ts";
import { connectionTo, observeReader } from "../../live/observed-reader.ts";
import { post } from "../../support/https-client.ts";
import { reviewOf, startServer } from "../../support/running-server.ts";
import { sampleOf } from "../dispatch/kube-api.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/start.ts";

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
const REPORT_KEY = "kata-thp.dev/report";

let plane: ControlPlane;
let writer: ApiWriter;

beforeAll(async () => {
  plane = await startControlPlane();
  writer = await openApiWriter(plane.access.kubeconfigPath);
  await writer.send("POST", CLASSES, runtimeClass("kata-clh"));
  await writer.send("POST", CLASSES, runtimeClass("kata-clh-thp", "kata-clh"));
  const first = node("first") as { readonly metadata: object };
  const report = {
    v: 1,
    observedAt: new Date().toISOString(),
    handlers: { "kata-clh": { version: "3.32.0", runtime: "go" } },
  };
  const annotations = { [REPORT_KEY]: JSON.stringify(report) };
  await writer.send("POST", NODES, { ...first, metadata: { ...first.metadata, annotations } });
  // Admission gives each new node the taint not-ready, and the kubelet that would take it away there is none.
  await writer.send("PATCH", `${NODES}/first`, { spec: { taints: [] } });
}, 90_000);

afterAll(async () => {
  writer.close();
  await plane.stop();
});

it("decides from the last known facts for two minutes, says stale then, and patches again when it is back", async () => {
  let wallSkewMs = 0;
  const live = observeReader(await connectionTo(plane.access.kubeconfigPath), {
    now: () => new Date(Date.now() + wallSkewMs),
  });
  await live.synced();
  const registry = new Registry();
  createClusterMetrics(registry, () => live.syncState());
  const server = await startServer({ reader: live.reader });
  const answer = async (): Promise<string> => {
    const { status, body } = await post({ ...server, path: "/mutate/enforce?timeout=2s", body: reviewOf() });
    expect(status).toBe(200);
    const { response } = JSON.parse(body) as {
      readonly response: { readonly allowed: boolean; readonly auditAnnotations: Readonly<Record<string, string>> };
    };
    expect(response.allowed).toBe(true);
    const { decision, reasons = "" } = response.auditAnnotations;
    return decision === "patch" ? "patch" : reasons;
  };
  const sample = async (name: string): Promise<number> => sampleOf(await registry.metrics(), name);
  expect(await answer()).toBe("patch");

  // The wall clock is nobody's measure of how old facts are.
  for (const skewMs of [YEAR_MS, -YEAR_MS]) {
    wallSkewMs = skewMs;
    expect(live.syncState().map(({ state }) => state)).toEqual(["known", "known"]);
    // Of a node's report it is, and one from the future is nothing to rest on either.
    expect(await answer()).toBe("EvidenceStale");
  }
  wallSkewMs = 0;
  expect(await answer()).toBe("patch");

  const from = live.events.length;
  await plane.stopApiserver("kill");
  await live.next("failed", ({ resource }) => resource === "runtimeclasses", from);
  live.skip(1 * MINUTE_MS);
  expect(await answer()).toBe("patch");
  expect(await sample('kata_thp_cluster_known{resource="runtimeclasses"}')).toBe(1);

  live.skip(1 * MINUTE_MS);
  const stale = await answer();
  live.skip(58 * MINUTE_MS);
  expect([stale, await answer()]).toEqual(["KataRefusesAnnotation,EvidenceStale", "EvidenceStale"]);
  const states = live.syncState();
  for (const resource of ["runtimeclasses", "nodes"]) {
    expect(await sample(`kata_thp_cluster_known{resource="${resource}"}`)).toBe(0);
    expect(await sample(`kata_thp_cluster_age_seconds{resource="${resource}"}`)).toBeGreaterThanOrEqual(3_600);
  }
  expect(states).toMatchObject([
    { state: "stale", problem: expect.stringMatching(/^(list|watch): /) as string },
    { state: "stale", problem: expect.stringMatching(/^(list|watch): /) as string },
  ]);

  await plane.startApiserver();
  await expect.poll(answer, { timeout: 60_000 }).toBe("patch");
  expect(await sample('kata_thp_cluster_known{resource="runtimeclasses"}')).toBe(1);
  await live.close();
}, 120_000);
