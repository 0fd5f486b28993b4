// Everything that a cluster holds, by name: what an uninstall has to give back.
import type { ControlPlaneAccess } from "../../apiserver/control-plane/access.ts";
import { kubectl } from "../../apiserver/control-plane/kubectl.ts";

/** They come and go by themselves. */
const OTHERS_BUSINESS: ReadonlySet<string> = new Set(["events", "events.events.k8s.io", "componentstatuses"]);

/** Lines such as `Secret kata-thp/kata-thp-webhook-ca`, sorted; leases and events left out. */
export async function inventory(access: ControlPlaneAccess): Promise<readonly string[]> {
  const resources = await kubectl(access, ["api-resources", "--verbs=list", "-o", "name"]);
  const kinds = resources.stdout.split("\n").filter((name) => name !== "" && !OTHERS_BUSINESS.has(name));
  const columns = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
  const { stdout } = await kubectl(access, ["get", kinds.join(","), "-A", "--no-headers", "-o", columns]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([kind, , name]) => name !== undefined && kind !== "Lease")
    .map(([kind, namespace, name]) => `${kind} ${namespace === "<none>" ? "" : `${namespace}/`}${name}`)
    .sort();
}
