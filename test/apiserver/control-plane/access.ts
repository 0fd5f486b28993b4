// How a test reaches a control plane: plain data, so that vitest can hand it from the global setup to every test file.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, issueClientCertificate, type PemPair } from "./pki.ts";

export interface ControlPlaneAccess {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** What /version says, such as v1.37.2. */
  readonly kubeVersion: string;
  /** Everything of this control plane: logs, certificates, kubeconfigs; gone after stop() unless logs are kept. */
  readonly folder: string;
  /** Of an administrator (group system:masters). */
  readonly kubeconfigPath: string;
  readonly caCertificatePath: string;
  readonly caKeyPath: string;
  readonly kubectlPath: string;
  /** One JSON event a line: creations and changes of pods. */
  readonly auditLogPath: string;
  /** Whether the controller-manager makes ServiceAccounts, and the admission plugin asks for them. */
  readonly hasServiceAccounts: boolean;
}

/**
 * Writes a kubeconfig for another user, by a client certificate. Nothing is granted by it: RBAC decides.
 * For a ServiceAccount: user `system:serviceaccount:NS:NAME`, groups `system:serviceaccounts` and
 * `system:serviceaccounts:NS`.
 *
 * @returns its path
 */
export async function kubeconfigFor(access: ControlPlaneAccess, identity: Identity): Promise<string> {
  const authority: PemPair = {
    certificate: readFileSync(access.caCertificatePath, "utf8"),
    key: readFileSync(access.caKeyPath, "utf8"),
  };
  const path = join(access.folder, `user-${randomUUID()}.kubeconfig`);
  await writeKubeconfig(path, access.url, authority.certificate, await issueClientCertificate(authority, identity));
  return path;
}

/** Writes a kubeconfig that holds everything itself (JSON, which is YAML), readable by its owner only. */
export async function writeKubeconfig(path: string, url: string, caPem: string, client: PemPair): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": base64(caPem) } }],
    users: [
      {
        name: "test",
        user: { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) },
      },
    ],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}

function base64(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
