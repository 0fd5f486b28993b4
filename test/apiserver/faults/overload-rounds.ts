// More pods at once than the webhook takes reviews, each of which waits for a claim of a slow API server.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneAccess } from "../control-plane/access.ts";
import { type KubeAnswer, sampleOf } from "../dispatch/kube-api.ts";
import { podOf, withClaim } from "../dispatch/pods.ts";
import { openScene, type Scene } from "../dispatch/scene.ts";
import { openServiceAddress } from "./service-address.ts";

export interface Overload {
  readonly name: string;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly timeoutSeconds: number;
}

export const OVERLOADS: readonly Overload[] = [
  { name: "overload-fail", failurePolicy: "Fail", timeoutSeconds: 10 },
  // The chart's defaults.
  { name: "overload-ignore", failurePolicy: "Ignore", timeoutSeconds: 2 },
];

export interface OverloadReport {
  readonly pods: number;
  readonly patched: number;
  /** Left alone by our own decision, with the reason on the pod: the claim was not answered in time. */
  readonly leftAlone: number;
  /** Created as they came. */
  readonly unpatched: number;
  /** How often the API server went on without an answer, by its own count. */
  readonly failedOpen: number;
  /** Answered with 503 and Retry-After. */
  readonly sentAway: number;
  readonly longestMs: number;
  readonly rssBeforeMiB: number;
  readonly rssMostMiB: number;
  readonly faults: readonly string[];
}

/** Reviews at once; so that ten times as many pods are what one machine can create at once. */
const PLACES = 16;
const TIMES = 10;
/** Until the claim of a review is there, at least: connection and answer are two of these. */
const API_DELAY_MS = 20;
const CLAIMS = PLACES * TIMES;
const SKIPPED = "kata-thp.dev/skipped";

/** Rounds of 160 pods at once, one after the other; nothing is stored but the claims. */
export async function runOverload(
  access: ControlPlaneAccess,
  { name, failurePolicy, timeoutSeconds }: Overload,
  rounds: number,
): Promise<OverloadReport> {
  const slow = await openServiceAddress([Number(new URL(access.url).port)], API_DELAY_MS);
  const scene = await openScene({
    access,
    name,
    maxInFlight: PLACES,
    maxConnections: PLACES * TIMES,
    facts: ["--kubeconfig", await slowKubeconfig(access, name, slow.port)],
  });
  try {
    const configuration = `${name}-load`;
    await scene.configure(configuration, (entry) => ({
      ...entry,
      failurePolicy,
      timeoutSeconds,
      // A second call for each patched pod would be counted where it fails, and the pod is patched all the same.
      reinvocationPolicy: "Never",
    }));
    const namespace = await scene.enterOnly("enforce", configuration);
    await addClaims(scene, namespace);
    const webhook = scene.webhookName("enforce", configuration);
    const openBefore = await failedOpen(scene, webhook);
    const rssBeforeMiB = await memoryMiB(scene, "VmRSS");
    const tookMs: number[] = [];
    const answers: KubeAnswer[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const creating = Array.from({ length: CLAIMS }, async (_, index) => {
        const from = performance.now();
        const pod = podOf(scene.target(), withClaim(`claim-${index}`, "Block"), { name: `p${index}` });
        answers.push(await scene.create(namespace, pod, "?dryRun=All"));
        tookMs.push(performance.now() - from);
      });
      await Promise.all(creating);
    }
    const refused = answers.filter(({ status }) => status !== 201);
    const created = answers.filter(({ status }) => status === 201);
    const patched = created.filter(({ body }) => body["spec"].runtimeClassName === scene.variant()).length;
    const leftAlone = created.filter(({ body }) => body.metadata.annotations?.[SKIPPED] === "ClaimModeUnknown").length;
    const unpatched = created.length - patched - leftAlone;
    const open = (await failedOpen(scene, webhook)) - openBefore;
    return {
      pods: answers.length,
      patched,
      leftAlone,
      unpatched,
      failedOpen: open,
      sentAway: sampleOf(await scene.webhook.metrics(), 'kata_thp_refused_requests_total{code="503"}'),
      longestMs: Math.round(Math.max(...tookMs)),
      rssBeforeMiB,
      rssMostMiB: await memoryMiB(scene, "VmHWM"),
      faults: [
        ...new Set(refused.map(({ status, body }) => `refused: ${status} ${String(body["message"])}`)),
        ...(failurePolicy === "Fail" && unpatched > 0 ? [`${unpatched} pods passed unpatched with Fail`] : []),
        ...(open === unpatched ? [] : [`${unpatched} pods passed unpatched, and ${open} are counted`]),
      ],
    };
  } finally {
    await scene.close();
    await slow.close();
  }
}

export function describeOverload({ failurePolicy, timeoutSeconds }: Overload, report: OverloadReport): string {
  const {
    pods,
    patched,
    leftAlone,
    unpatched,
    failedOpen: open,
    sentAway,
    longestMs,
    rssBeforeMiB,
    rssMostMiB,
  } = report;
  return (
    `${failurePolicy}, ${timeoutSeconds} s: ${pods} pods, ${TIMES * PLACES} at once with ${PLACES} places: ` +
    `${patched} patched, ${leftAlone} left alone with a reason, ${unpatched} unpatched, of which the API server counted ` +
    `${open}; ${sentAway} times sent away, ` +
    `longest ${longestMs} ms; webhook ${rssBeforeMiB} MiB before, ${rssMostMiB} MiB at most`
  );
}

/** The administrator's, through a slow address: who asks is not the question here. */
async function slowKubeconfig(access: ControlPlaneAccess, name: string, port: number): Promise<string> {
  const path = join(access.folder, `${name}.kubeconfig`);
  const own = await readFile(access.kubeconfigPath, "utf8");
  await writeFile(path, own.replaceAll(access.url, `https://127.0.0.1:${port}`), { mode: 0o600 });
  return path;
}

async function addClaims(scene: Scene, namespace: string): Promise<void> {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    volumeMode: "Block",
    resources: { requests: { storage: "1Gi" } },
  };
  const names = Array.from({ length: CLAIMS }, (_, index) => `claim-${index}`);
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  await Promise.all(names.map(async (name) => await scene.api.send("POST", path, { metadata: { name }, spec })));
}

async function failedOpen(scene: Scene, webhook: string): Promise<number> {
  const sample = `apiserver_admission_webhook_fail_open_count{name="${webhook}",type="admit"}`;
  return sampleOf(await scene.api.text("/metrics"), sample);
}

async function memoryMiB({ webhook }: Scene, field: "VmHWM" | "VmRSS"): Promise<number> {
  const status = await readFile(`/proc/${webhook.pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024);
}
