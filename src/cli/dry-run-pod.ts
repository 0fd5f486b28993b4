// One pod, sent through the API server with dryRun: admission does all that it does, and nothing is stored.
import https from "node:https";
import http, { type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { ApiConnection } from "../cluster/api-connection.ts";
import { rejectWithoutAnswer } from "../cluster/no-answer.ts";
import { parseStatus, SKIPPED_KEY, type Status, STATUS_KEY } from "../engine/status.ts";

export interface DryRunPod {
  readonly namespace: string;
  readonly name: string;
  readonly runtimeClass: string;
}

/** What came back. Everything but `patched` and `left-alone` may be different when it is asked again a moment later. */
export type DryRunOutcome =
  | { readonly kind: "patched"; readonly status: Status; readonly runtimeClass: string }
  | { readonly kind: "left-alone"; readonly reasons: readonly string[] }
  /** The pod was admitted without a word of ours on it. */
  | { readonly kind: "untouched" }
  | { readonly kind: "refused"; readonly code: number; readonly why: string }
  | { readonly kind: "unanswered"; readonly why: string };

/** Asks once, on a connection of its own; `timeoutMs` is a whole number. Never rejects. */
export async function dryRunPod(connection: ApiConnection, pod: DryRunPod, timeoutMs: number): Promise<DryRunOutcome> {
  try {
    const { status, body } = await post(
      connection,
      `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods?dryRun=All&fieldManager=kata-thp-verify`,
      JSON.stringify(podOf(pod)),
      AbortSignal.timeout(timeoutMs),
    );
    if (status !== 201) return { kind: "refused", code: status, why: messageIn(body) };
    return outcomeOf(JSON.parse(body) as StoredPod);
  } catch (error) {
    // A refused connection to a name with several addresses is an AggregateError without a message.
    const { message, code } = error as NodeJS.ErrnoException;
    return { kind: "unanswered", why: message || String(code ?? error) };
  }
}

interface StoredPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly runtimeClassName?: string };
}

function outcomeOf({ metadata, spec }: StoredPod): DryRunOutcome {
  const annotations = metadata?.annotations ?? {};
  const status = parseStatus(annotations[STATUS_KEY] ?? null);
  if (status !== null) return { kind: "patched", status, runtimeClass: spec?.runtimeClassName ?? "" };
  const skipped = annotations[SKIPPED_KEY];
  return skipped === undefined ? { kind: "untouched" } : { kind: "left-alone", reasons: skipped.split(",") };
}

/** The least that every cluster admits, also where Pod Security enforces `restricted`; no volume that could block. */
function podOf({ namespace, name, runtimeClass }: DryRunPod): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "app.kubernetes.io/name": "kata-thp-verify" } },
    spec: {
      runtimeClassName: runtimeClass,
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "verify",
          // Never pulled: the pod is not stored.
          image: "localhost/kata-thp-verify:never-pulled",
          resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "10m", memory: "16Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

async function post(
  connection: ApiConnection,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const { server } = connection;
  const { headers, ...tls } = await connection.credentials();
  const transport = server.protocol === "http:" ? http : https;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = transport.request({
      agent: false,
      ...tls,
      signal,
      method: "POST",
      host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: server.port,
      path: server.pathname.replace(/\/$/, "") + path,
      headers: { ...headers, accept: "application/json", "content-type": "application/json" },
    });
    request.once("response", resolve);
    request.on("error", reject);
    rejectWithoutAnswer(request, reject);
    request.end(body);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** The sentence of the API server's Status; what is no Status is named by its length only. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's page, say.
  }
  return `an answer of ${body.length} characters that is no Status`;
}
