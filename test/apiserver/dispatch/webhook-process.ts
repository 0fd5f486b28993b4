// The webhook as it is run: `kata-thp serve` as a process of its own, on facts from the control plane.
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get as httpGet, type IncomingMessage } from "node:http";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Answer, ask, post } from "../../support/https-client.ts";
import type { ControlPlaneAccess } from "../control-plane/access.ts";
import { type GuardedProcess, startProcess } from "../control-plane/guarded-process.ts";
import { issueServerCertificate } from "../control-plane/pki.ts";
import { awaitAnswer } from "../control-plane/readiness.ts";

/** What the log says of one review, as far as tests look at it. */
export interface LoggedReview {
  readonly namespace: string;
  readonly mode: string;
  readonly dryRun: boolean;
  readonly decision: string;
  readonly reasons: readonly string[];
}

export interface WebhookProcess {
  readonly port: number;
  /** PEM: who its certificate is from. */
  readonly ca: string;
  readonly pid: number;
  /** Reviews of pods of that namespace until now, each logged before it is answered. */
  reviews(namespace: string): Promise<readonly LoggedReview[]>;
  /** All lines of the log until now. */
  lines(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  metrics(): Promise<string>;
  /** Posts a review as the API server would, on connections that are kept; resolves with whatever is answered. */
  review(path: string, body: string): Promise<Answer>;
  /** Ends it at once, without a drain. */
  kill(): Promise<void>;
  /** Asks it to end as the kubelet does, and resolves when it has ended, with how: "exit code 0". */
  terminate(): Promise<string>;
  /** Again, on the same port; resolves when it is ready. */
  restart(): Promise<void>;
  /** Ends it and takes its files away. */
  stop(): Promise<void>;
}

export interface WebhookOptions {
  readonly access: ControlPlaneAccess;
  /** Where the webhook has its facts from: flags such as --kubeconfig FILE. */
  readonly facts: readonly string[];
  readonly policy: object;
  readonly maxInFlight?: number;
  /** Default 0. */
  readonly drainSeconds?: number;
}

const PROGRAM = join(import.meta.dirname, "../../../bin/kata-thp.js");
/** Ten times what it takes on a busy machine. */
const READY_MS = 30_000;

/** Starts it on free ports, with a certificate from the control plane's authority for 127.0.0.1. */
export async function startWebhook({
  access,
  facts,
  policy,
  maxInFlight,
  drainSeconds = 0,
}: WebhookOptions): Promise<WebhookProcess> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-dispatch-"));
  const at = (name: string): string => join(folder, name);
  const ca = await readFile(access.caCertificatePath, "utf8");
  const authority = { certificate: ca, key: await readFile(access.caKeyPath, "utf8") };
  const pair = await issueServerCertificate(authority, ["127.0.0.1", "localhost"]);
  await Promise.all([
    writeFile(at("tls.crt"), pair.certificate),
    writeFile(at("tls.key"), pair.key, { mode: 0o600 }),
    writeFile(at("policy.yaml"), JSON.stringify({ apiVersion: "kata-thp.dev/v1alpha1", kind: "Policy", ...policy })),
  ]);
  const flags = [
    "--policy",
    at("policy.yaml"),
    "--tls-cert",
    at("tls.crt"),
    "--tls-key",
    at("tls.key"),
    "--host=127.0.0.1",
    "--metrics-port=0",
    `--drain-delay=${drainSeconds}`,
    ...(maxInFlight === undefined ? [] : [`--max-in-flight=${maxInFlight}`]),
  ];
  const agent = new Agent({ keepAlive: true });
  let process: GuardedProcess;
  let port = 0;
  let metricsPort = 0;

  const lines: WebhookProcess["lines"] = async () => {
    const log = await readFile(at("webhook.log"), "utf8");
    // What follows the last line's end is being written; what is no JSON is Node's own.
    const whole = log.slice(0, log.lastIndexOf("\n") + 1).split("\n");
    return whole.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  const isReview = ({ msg }: Readonly<Record<string, unknown>>): boolean => msg === "review";
  /** Lines of processes before this one. */
  let before = 0;

  const metrics = async (): Promise<string> => {
    const asked = httpGet(`http://127.0.0.1:${metricsPort}/metrics`, { agent: false });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return text(response);
  };

  /** Lines are written after the answer: resolves when there is one for each review that was counted. */
  const awaitLog = async (): Promise<void> => {
    const counted = [...(await metrics()).matchAll(/^kata_thp_review_duration_seconds_count\{[^}]*\} (\d+)$/gm)]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);
    await awaitAnswer([process], READY_MS, async () => {
      const written = (await lines()).slice(before).filter(isReview).length;
      return written >= counted ? written : null;
    });
  };

  const start = async (): Promise<void> => {
    before = (await lines().catch(() => [])).length;
    process = await startProcess({
      name: "kata-thp serve",
      command: globalThis.process.execPath,
      args: [PROGRAM, "serve", ...facts, ...flags, "--port", String(port)],
      logPath: at("webhook.log"),
      env: { PATH: globalThis.process.env["PATH"], NODE_EXTRA_CA_CERTS: "" },
    });
    const listening = await awaitAnswer([process], READY_MS, async () => {
      const line = (await lines()).slice(before).find(({ msg }) => msg === "listening");
      return (line as { port: number; metricsPort: number } | undefined) ?? null;
    });
    ({ port, metricsPort } = listening);
    await awaitAnswer([process], READY_MS, async () => {
      const { status, body } = await ask({ port, ca, path: "/readyz" });
      return status === 200 ? body : null;
    });
  };
  try {
    await start();
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }

  return {
    port,
    ca,
    get pid() {
      return process.pid;
    },
    lines,
    async reviews(namespace) {
      await awaitLog();
      const reviews = (await lines()).filter(isReview) as unknown as readonly LoggedReview[];
      return reviews.filter((review) => review.namespace === namespace);
    },
    metrics,
    review: async (path, body) => post({ port, ca, path, body, agent }),
    kill: async () => process.stop(0),
    async terminate() {
      const { exited, pid } = process;
      globalThis.process.kill(pid, "SIGTERM");
      return await exited;
    },
    restart: start,
    async stop() {
      agent.destroy();
      await process.stop(2000);
      await rm(folder, { recursive: true });
    },
  };
}
