// The real cluster that our server watches while it is measured, and its way in.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPORT_KEY } from "../src/engine/status.ts";
import type { ControlPlaneAccess } from "../test/apiserver/control-plane/access.ts";
import { issueServerCertificate } from "../test/apiserver/control-plane/pki.ts";
import type { ApiWriter } from "../test/live/api-writer.ts";
import { CLASSES, NODES, runtimeClass } from "../test/live/objects.ts";
import { sampleNode } from "../test/live/sample-node.ts";

const CLASS = {
  overhead: { podFixed: { cpu: "250m", memory: "130Mi" } },
  scheduling: { nodeSelector: { "katacontainers.io/kata-runtime": "true" } },
};

/** kata-clh and the variant that stands in for it; the same overhead and scheduling, as deploy/kata has them. */
export async function addClassPair(writer: ApiWriter): Promise<void> {
  await writer.send("POST", CLASSES, { ...runtimeClass("kata-clh"), ...CLASS });
  const variant = runtimeClass("kata-clh-thp", "kata-clh");
  await writer.send("POST", CLASSES, { ...variant, ...CLASS, handler: "kata-clh-thp" });
}

/**
 * Nodes number `from` to `to`, about 20 KB each: every one of them fits the pod, and each one's report agrees that
 * the variant's memory is private, so that all of them have a say in each decision.
 */
export async function addNodes(writer: ApiWriter, from: number, to: number): Promise<void> {
  const observedAt = new Date().toISOString();
  const names = Array.from({ length: to - from }, (_, index) => `node-${String(from + index).padStart(5, "0")}`);
  await Promise.all(names.map(async (name) => writer.send("POST", NODES, willing(sampleNode(name, observedAt)))));
}

/** RuntimeClasses, and variants, that have nothing to do with the pod. */
export async function addOtherClasses(writer: ApiWriter, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `class-${index}`);
  await Promise.all(names.map(async (name) => writer.send("POST", CLASSES, runtimeClass(name, `${name}-target`))));
}

interface ReportingNode {
  readonly metadata: { readonly annotations: Record<string, string> };
}

function willing(node: object): object {
  const { annotations } = (node as ReportingNode).metadata;
  const report = JSON.parse(annotations[REPORT_KEY] ?? "{}") as { handlers: Record<string, object> };
  const { handlers } = report;
  for (const name of ["kata-clh", "kata-clh-thp"]) handlers[name] = { ...handlers[name], version: "4.1.0" };
  handlers["kata-clh-thp"] = {
    ...handlers["kata-clh-thp"],
    sharedFs: "none",
    rootfs: "block",
    emptydirMode: "block-plain",
    disableBlockDeviceUse: false,
  };
  annotations[REPORT_KEY] = JSON.stringify(report);
  return node;
}

/** tls.crt and tls.key for localhost into `dir`, by the control plane's CA, which is ca.crt. */
export async function writeServerCertificate(access: ControlPlaneAccess, dir: string): Promise<void> {
  const [certificate, key] = await Promise.all([
    readFile(access.caCertificatePath, "utf8"),
    readFile(access.caKeyPath, "utf8"),
  ]);
  const pair = await issueServerCertificate({ certificate, key }, ["localhost", "127.0.0.1"]);
  await writeFile(join(dir, "tls.crt"), pair.certificate);
  await writeFile(join(dir, "tls.key"), pair.key, { mode: 0o600 });
}
