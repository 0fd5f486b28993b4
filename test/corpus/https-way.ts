// The third way of a case: a review over real TLS into a real server, and its answer.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Operation } from "../../src/engine/patch.ts";
import { buildApp } from "../../src/server/app.ts";
import { createReadiness } from "../../src/server/readiness.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createReviewBook } from "../../src/telemetry/review-book.ts";
import { createDevSource } from "../../src/tls/dev-source.ts";
import { VERSION } from "../../src/version.ts";
import { post } from "../support/https-client.ts";
import type { CaseCluster } from "./case-cluster.ts";
import { modeOf, reviewOf } from "./case-request.ts";
import type { CorpusCase } from "./corpus-case.ts";
import { applyPatch, deepFreeze } from "./outcome.ts";

/** What an answer tells; the decision only in its audit annotations. */
export interface Reviewed {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch: readonly Operation[];
  readonly patchType: string | null;
  readonly warnings: readonly string[];
  readonly audit: Readonly<Record<string, string>>;
  /** The whole pod after the patch. */
  readonly pod: unknown;
}

export interface CorpusServer {
  /** Sends a review of `object` as the API server would, and takes the answer apart. One at a time. */
  ask(each: CorpusCase, cluster: CaseCluster, object: unknown): Promise<Reviewed>;
  close(): Promise<void>;
}

/** One server for all cases: policy and cluster are asked for anew with each review, as they change in real life too. */
export async function startCorpusServer(): Promise<CorpusServer> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-corpus-"));
  const caFile = join(folder, "ca.pem");
  let serving: CaseCluster | null = null;
  const current = (): CaseCluster => {
    if (serving === null) throw new Error("no case is being served");
    return serving;
  };
  const metrics = createMetrics(VERSION);
  const log = createLog("fatal", { write: () => {} });
  const app = buildApp({
    certificate: await createDevSource(caFile, new Date()),
    policy: { current: () => current().policy, close: () => Promise.resolve() },
    reader: {
      runtimeClass: (name) => current().reader.runtimeClass(name),
      variantsOf: (target) => current().reader.variantsOf(target),
      nodes: (placement) => current().reader.nodes(placement),
      claimMode: async (namespace, name, budgetMs) => await current().reader.claimMode(namespace, name, budgetMs),
      namespaceLabels: (name) => current().reader.namespaceLabels(name),
    },
    readiness: createReadiness([]),
    metrics,
    log,
    book: createReviewBook(log, metrics),
    version: VERSION,
    maxInFlight: 4,
  });
  await app.ready();
  await new Promise<void>((resolve) => {
    app.server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = app.server.address() as AddressInfo;
  const ca = await readFile(caFile, "utf8");
  // As the API server: connections are kept and used again.
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });

  return {
    async ask(each, cluster, object) {
      serving = cluster;
      const path = `/mutate/${modeOf(each, cluster)}?timeout=5s`;
      const answer = await post({ port, ca, agent, path, body: JSON.stringify(reviewOf(each, object)) });
      if (answer.status !== 200) throw new Error(`${each.id}: ${answer.status} ${answer.body}`);
      return reviewed(answer.body, deepFreeze(object));
    },
    async close() {
      agent.destroy();
      app.server.closeAllConnections();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

function reviewed(body: string, pod: unknown): Reviewed {
  const { response } = JSON.parse(body) as { readonly response: Response };
  const { uid, allowed, patch: text, patchType = null, warnings = [], auditAnnotations: audit = {} } = response;
  const patch =
    text === undefined ? [] : (JSON.parse(Buffer.from(text, "base64").toString("utf8")) as readonly Operation[]);
  return { uid, allowed, patch, patchType, warnings, audit, pod: applyPatch(pod, patch) };
}
