// A cluster with cert-manager's controllers, its CRDs, the chart without its pods, and one webhook as a process.
import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect } from "vitest";
import { kubeconfigFor } from "../../apiserver/control-plane/access.ts";
import { cacheRoot, requireBinaries } from "../../apiserver/control-plane/binaries.ts";
import { freePorts } from "../../apiserver/control-plane/free-ports.ts";
import { type GuardedProcess, startProcess } from "../../apiserver/control-plane/guarded-process.ts";
import { createNamespace, kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { awaitAnswer } from "../../apiserver/control-plane/readiness.ts";
import type { ControlPlane } from "../../apiserver/control-plane/start.ts";
import { CERT_MANAGER_VERSION } from "../../apiserver/control-plane/versions.ts";
import { addClasses, addNode } from "../../apiserver/dispatch/cluster-objects.ts";
import type { KubeApi } from "../../apiserver/dispatch/kube-api.ts";
import { isHook, ofKind, render } from "../../chart/rendered.ts";

export interface Site {
  /** Where logs go. */
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly api: KubeApi;
}

const NAMESPACE = "kata-thp";
/** Of the chart's objects. */
export const NAME = "kata-thp-webhook";
const HOST = `${NAME}.${NAMESPACE}.svc`;
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/${NAME}-tls`;
const CERTIFICATE = `/apis/cert-manager.io/v1/namespaces/${NAMESPACE}/certificates/${NAME}`;
export const CONFIGURATION: string = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAME}`;
const PROGRAM = join(import.meta.dirname, "../../../bin/kata-thp.js");
export const SERVE_LOG = "serve.log";
export const MINUTE_MS = 60_000;

/** With CRDs, the chart without its pods, and what the policy's target needs. */
export async function install({ plane, api }: Site): Promise<void> {
  const { access } = plane;
  const module = `github.com/cert-manager/cert-manager@${CERT_MANAGER_VERSION}`;
  const modules = process.env["GOMODCACHE"] ?? join(cacheRoot(process.env), "gomod");
  await kubectl(access, ["apply", "--server-side", "-f", join(modules, module, "deploy/crds")]);
  await kubectl(access, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
  await createNamespace(access, NAMESPACE);
  await createNamespace(access, "team", { "kata-thp.dev/mode": "enforce" });
  const rendered = await render({ certificate: { source: "cert-manager" }, webhook: { failurePolicy: "Fail" } });
  const objects = rendered.filter((object) => !isHook(object) && object.kind !== "Deployment");
  expect(ofKind(objects, "Certificate")).toHaveLength(2);
  const items = { apiVersion: "v1", kind: "List", items: objects };
  await kubectl(access, ["apply", "-f", "-"], { input: items });
  await addClasses(
    api,
    { plain: { target: {}, variant: {} } },
    { target: () => "kata-clh", variant: () => "kata-clh-thp" },
  );
  await addNode(api, "node", {});
}

/** Resolves when they run; they are the caller's to stop. */
export async function startControllers({ folder, plane }: Site): Promise<GuardedProcess> {
  const logPath = join(folder, "cert-manager.log");
  const controllers = await startProcess({
    name: "cert-manager",
    command: requireBinaries(["cert-manager"]).get("cert-manager") as string,
    args: [plane.access.kubeconfigPath],
    logPath,
  });
  await awaitAnswer([controllers], MINUTE_MS, async () => {
    const log = await readFile(logPath, "utf8");
    return log.includes("started\n") ? log : null;
  });
  return controllers;
}

export type SecretData = Readonly<Record<"tls.crt" | "tls.key" | "ca.crt", string>>;

/** What the kubelet would write into the mount; null until cert-manager has filled it in. */
export async function secretData({ api }: Site): Promise<SecretData | null> {
  const { data } = await api.send("GET", SECRET);
  const decoded = Object.entries((data ?? {}) as Readonly<Record<string, string>>).map(([key, value]) => [
    key,
    Buffer.from(value, "base64").toString(),
  ]);
  const files = Object.fromEntries(decoded) as Partial<SecretData>;
  return files["tls.crt"] && files["tls.key"] && files["ca.crt"] ? (files as SecretData) : null;
}

/**
 * Serves the files of a mount with the chart's rights and flags. Resolves when it is ready, and so once cainjector has
 * filled in every caBundle; it is the caller's to stop.
 */
export async function startServer(
  { folder, plane }: Site,
  mount: string,
  ca: string,
): Promise<{ readonly server: GuardedProcess; readonly port: number }> {
  const [port] = (await freePorts(1)) as [number];
  const user = `system:serviceaccount:${NAMESPACE}:${NAME}`;
  const server = await startProcess({
    name: "kata-thp serve",
    command: process.execPath,
    args: [
      PROGRAM,
      "serve",
      `--kubeconfig=${await kubeconfigFor(plane.access, { user })}`,
      "--tls-source=files",
      `--tls-cert=${mount}/tls.crt`,
      `--tls-key=${mount}/tls.key`,
      `--webhook-configuration=${NAME}`,
      `--service=${NAME}.${NAMESPACE}`,
      `--port=${port}`,
      "--metrics-port=0",
      "--host=127.0.0.1",
      "--drain-delay=0",
    ],
    logPath: join(folder, SERVE_LOG),
    env: { PATH: process.env["PATH"] },
  });
  await awaitAnswer([server], MINUTE_MS, async () => {
    const answer = await askReadyz(port, ca);
    return answer.status === 200 ? answer : null;
  });
  return { server, port };
}

/** Its answer, with a certificate that the CA verifies for the Service's name; status 0 where there is none. */
export async function askReadyz(port: number, ca: string): Promise<{ readonly status: number; readonly body: string }> {
  return await new Promise((resolve) => {
    get({ host: "127.0.0.1", port, path: "/readyz", servername: HOST, ca, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    }).on("error", ({ message }) => resolve({ status: 0, body: message }));
  });
}

/** The fingerprint of the certificate that is served now. */
export async function served(port: number, ca: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: HOST, ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

/** What `cmctl renew` does. */
export async function renew({ api }: Site): Promise<void> {
  const certificate = await api.send("GET", CERTIFICATE);
  const condition = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "renewed by a test" };
  const before = certificate["status"].conditions as readonly { readonly type: string }[];
  const conditions = [
    ...before.filter(({ type }) => type !== "Issuing"),
    { ...condition, lastTransitionTime: new Date().toISOString().replace(/\.\d+/, "") },
  ];
  await api.send("PUT", `${CERTIFICATE}/status`, { ...certificate, status: { ...certificate["status"], conditions } });
}
