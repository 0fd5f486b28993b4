import { readFile } from "node:fs/promises";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { onTestFinished } from "vitest";
import type { ClusterReader } from "../../src/cluster/reader.ts";
import { known, type RuntimeClassFacts, unknown } from "../../src/engine/facts.ts";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";
import { fixedPolicy } from "../../src/policy/policy-file.ts";
import { type AppOptions, buildApp } from "../../src/server/app.ts";
import { createReadiness, readerIsSynced } from "../../src/server/readiness.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createReviewBook } from "../../src/telemetry/review-book.ts";
import { createDevSource } from "../../src/tls/dev-source.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface RunningServer {
  readonly app: FastifyInstance<Server>;
  readonly options: AppOptions;
  readonly port: number;
  readonly ca: string;
  /** Log lines, parsed. */
  readonly lines: readonly Record<string, unknown>[];
}

function classOf(name: string, variantOf: string | null): RuntimeClassFacts {
  const nothing = { kataVersion: null, overhead: null, nodeSelector: {}, tolerations: [] };
  return { name, handler: name, variantOf, ...nothing };
}

/** A cluster where kata-clh-thp stands in for kata-clh, and no more is known. */
export function readerWithVariant(): ClusterReader {
  const classes = [classOf("kata-clh", null), classOf("kata-clh-thp", "kata-clh")];
  return {
    runtimeClass: (name) => {
      const found = classes.find((each) => each.name === name);
      return found === undefined ? unknown("not found") : known(found);
    },
    variantsOf: (target) => known(classes.filter(({ variantOf }) => variantOf === target)),
    nodes: () => unknown("not found"),
    claimMode: async () => unknown("not found"),
    namespaceLabels: () => null,
  };
}

/** An app on a free port with a certificate of its own, without the signals and the drain of run.ts. */
export async function startServer(overrides: Partial<AppOptions> = {}): Promise<RunningServer> {
  const caFile = join(await temporaryFolder(), "ca.pem");
  const lines: Record<string, unknown>[] = [];
  const reader = overrides.reader ?? readerWithVariant();
  const policy = overrides.policy ?? fixedPolicy(BUILT_IN_POLICY);
  const metrics = overrides.metrics ?? createMetrics("1.2.3");
  const log =
    overrides.log ?? createLog("info", { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const options: AppOptions = {
    certificate: overrides.certificate ?? (await createDevSource(caFile, new Date())),
    reader,
    policy,
    readiness: createReadiness([readerIsSynced(reader, () => policy.current())]),
    metrics,
    log,
    book: createReviewBook(log, metrics),
    version: "1.2.3",
    maxInFlight: 256,
    ...overrides,
  };
  const app = buildApp(options);
  await app.ready();
  await new Promise<void>((resolve) => {
    app.server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    app.server.close();
    await app.close();
  });
  const ca =
    overrides.certificate === undefined ? await readFile(caFile, "utf8") : overrides.certificate.current().cert;
  return {
    app,
    options,
    port: (app.server.address() as AddressInfo).port,
    ca,
    get lines() {
      options.book.settle();
      return lines;
    },
  };
}

/** A review of the creation of a pod that has nothing to lose, with `pod` laid over its spec. */
export function reviewOf(spec: object = {}, request: object = {}): string {
  const kind = { group: "", version: "v1", kind: "Pod" };
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: "15a76aa3-3bab-42d0-9d45-64d609d34257",
      kind,
      resource: { group: "", version: "v1", resource: "pods" },
      namespace: "team",
      operation: "CREATE",
      dryRun: false,
      object: {
        kind: "Pod",
        apiVersion: "v1",
        metadata: { name: "p" },
        spec: {
          runtimeClassName: "kata-clh",
          containers: [{ name: "c", env: [{ name: "K", value: "s3cret" }] }],
          ...spec,
        },
      },
      ...request,
    },
  });
}

/** One metric's value, by its name and labels as they are written; null where there is none. */
export async function metric({ options }: RunningServer, sample: string): Promise<number | null> {
  const { text } = await options.metrics.render();
  const line = text.split("\n").find((each) => each.startsWith(`${sample} `));
  return line === undefined ? null : Number(line.slice(sample.length + 1));
}
