// The folder that a control plane's programs are pointed at: certificates, keys, the administrator's kubeconfig.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKubeconfig } from "./access.ts";
import { createAuthority, createSigningKey, issueClientCertificate, issueServerCertificate } from "./pki.ts";
import { FILES } from "./program-args.ts";
import type { Client } from "./readiness.ts";

export interface Provision {
  readonly folder: string;
  /** As whom we ask whether the API server is ready. */
  readonly admin: Client;
}

/** Makes a new folder below the system's temporary one, readable by its owner only, with a CA of its own. */
export async function provision(): Promise<Provision> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-control-plane-"));
  const authority = await createAuthority();
  const [server, pair, signingKey] = await Promise.all([
    issueServerCertificate(authority, ["127.0.0.1", "localhost", "10.96.0.1", "kubernetes.default.svc"]),
    issueClientCertificate(authority, { user: "admin", groups: ["system:masters"] }),
    createSigningKey(),
  ]);
  const write = async (name: keyof typeof FILES, pem: string): Promise<void> =>
    writeFile(join(folder, FILES[name]), pem, { mode: 0o600 });
  await Promise.all([
    write("caCertificate", authority.certificate),
    write("caKey", authority.key),
    write("serverCertificate", server.certificate),
    write("serverKey", server.key),
    write("signingKey", signingKey),
  ]);
  return { folder, admin: { caPem: authority.certificate, pair } };
}

/** Separate, because the port is not known until somebody listens on it. */
export async function writeAdminKubeconfig({ folder, admin }: Provision, url: string): Promise<string> {
  const path = join(folder, FILES.kubeconfig);
  await writeKubeconfig(path, url, admin.caPem, admin.pair);
  return path;
}
