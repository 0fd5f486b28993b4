/**
 * node test/e2e/process-cluster/run.ts [ARGS OF VITEST…]
 *
 * The end-to-end suite on a control plane of its own, whose only node runs the webhook's pods as processes: no image, no
 * container runtime, and nothing on the machine's own network. It needs Linux, root or user namespaces, unshare
 * (util-linux), ip (iproute2), and Go where the programs of test/apiserver/control-plane/get.ts are not built yet.
 *
 * Exit code: that of vitest; 77, and a line that begins with LEFT OUT, where this machine cannot.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { getBinaries } from "../../apiserver/control-plane/binaries.ts";
import { SetupError } from "../../apiserver/control-plane/setup-error.ts";
import type { ToolName } from "../../apiserver/control-plane/tools.ts";

/** As automake's test drivers have it: neither passed nor failed. */
const CANNOT = 77;
const TOOLS: readonly ToolName[] = ["kube-apiserver", "etcd", "kubectl", "kube-controller-manager", "helm"];
/** TEST-NET-1 (RFC 5737): no machine's own. */
const NODE_ADDRESS = "192.0.2.10";
/** Two pods, one more in a rollout, those that drain meanwhile, those of Jobs. */
const POD_ADDRESSES = Array.from({ length: 20 }, (_, index) => `192.0.2.${index + 11}`);

const SETUP = `
ip link set lo up
ip link add node0 type bridge
for address in ${[NODE_ADDRESS, ...POD_ADDRESSES].join(" ")}; do ip addr add "$address/24" dev node0; done
ip link set node0 up
exec "$@"
`;

/** Flags of unshare with which this user gets the namespaces; else why not, in unshare's words. */
function findNamespaces(): { readonly flags: readonly string[] } | { readonly why: string } {
  const said: string[] = [];
  for (const user of [[], ["--user", "--map-root-user"]]) {
    const flags = [...user, "--net", "--mount"];
    const tried = spawnSync("unshare", [
      ...flags,
      "/bin/sh",
      "-euc",
      `${SETUP.replace('exec "$@"', "")}mount -t tmpfs tmpfs /run`,
    ]);
    if (tried.status === 0) return { flags };
    said.push(`unshare ${flags.join(" ")}: ${tried.error?.message ?? tried.stderr.toString("utf8").trim()}`);
  }
  return { why: said.join("\n") };
}

/** Flags of unshare; or, as a text, why this machine cannot. */
function flagsOrWhyNot(): readonly string[] | string {
  if (process.platform !== "linux") return `it needs Linux's namespaces, and this is ${process.platform}`;
  const found = findNamespaces();
  if ("flags" in found) return found.flags;
  return (
    `no network namespace can be made here:\n${found.why}\n` +
    "Run it as root, or allow user namespaces (sysctl user.max_user_namespaces); in a container it needs CAP_SYS_ADMIN " +
    "and CAP_NET_ADMIN. Debian: apt-get install util-linux iproute2."
  );
}

async function main(): Promise<number> {
  const flags = flagsOrWhyNot();
  if (typeof flags === "string") {
    process.stderr.write(`\nLEFT OUT: the end-to-end suite with the webhook as processes, because ${flags}\n\n`);
    return CANNOT;
  }
  try {
    await getBinaries(TOOLS, { onProgress: (line) => void process.stderr.write(`${line}\n`) });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const inside = [process.execPath, join(import.meta.dirname, "inside.ts"), POD_ADDRESSES.join(",")];
  const child = spawn("unshare", [...flags, "/bin/sh", "-euc", SETUP, "sh", ...inside, ...process.argv.slice(2)], {
    // The last is a leash: the kernel closes it when we end, however that is.
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  // A terminal's Ctrl-C reaches it without us.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => void child.kill("SIGTERM"));
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

process.exitCode = await main();
