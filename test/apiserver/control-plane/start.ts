// One control plane for tests: etcd, kube-apiserver and, where wanted, controllers, on 127.0.0.1.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneAccess } from "./access.ts";
import { requireBinaries } from "./binaries.ts";
import { freePorts } from "./free-ports.ts";
import type { GuardedProcess } from "./guarded-process.ts";
import { apiserverArgs, type ControllerName, controllerArgs, etcdArgs, FILES, type Layout } from "./program-args.ts";
import { type Ending, Programs } from "./programs.ts";
import { type Provision, provision, writeAdminKubeconfig } from "./provision.ts";
import { awaitAnswer, EndedEarly, getBody } from "./readiness.ts";
import type { ToolName } from "./tools.ts";

export interface ControlPlaneOptions {
  /** Default none. With the controller-manager the ServiceAccount admission plugin is on. */
  readonly withControllers?: readonly ControllerName[];
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /** More of kube-apiserver's flags; they stand last and so win over ours. */
  readonly apiserverFlags?: readonly string[];
  readonly controllerFlags?: Readonly<Partial<Record<ControllerName, readonly string[]>>>;
  /** For each program, default 60,000: twenty times what it takes. */
  readonly readyTimeoutMs?: number;
  /** Where to say that a program ended by itself, and where logs were kept. Default stderr. */
  readonly onTrouble?: (line: string) => void;
}

export interface ControlPlane {
  /** Plain data, for kubectl(), kubeconfigFor() and other processes. */
  readonly access: ControlPlaneAccess;
  /** From the call to the answer of /readyz (and of the controllers), in milliseconds. */
  readonly readyAfterMs: number;
  /** Of what runs now. */
  pids(): readonly number[];
  /** `kill` is SIGKILL; `terminate` waits for requests under way, up to two seconds. */
  stopApiserver(how?: Ending): Promise<void>;
  /** On the same port, over the same data. Resolves with the milliseconds to /readyz. */
  startApiserver(): Promise<number>;
  restartApiserver(how?: Ending): Promise<number>;
  /** Ends every program and removes the folder; with `keepLogs`, or after trouble, the logs stay and it says where. */
  stop(options?: { readonly keepLogs?: boolean }): Promise<void>;
}

const PROGRAMS: Readonly<Record<ControllerName, ToolName>> = {
  "controller-manager": "kube-controller-manager",
  scheduler: "kube-scheduler",
  kwok: "kwok",
};
/** Somebody else may take a port between our look and our use. */
const PORT_ATTEMPTS = 3;

/**
 * Starts it; the programs must be there already (get.ts). They end when this process ends, however it ends.
 *
 * @throws SetupError when a program is missing, Error with the last lines of a log when one does not come up
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const begin = performance.now();
  const wanted = new Set(options.withControllers);
  const hasServiceAccounts = wanted.has("controller-manager");
  const readyTimeoutMs = options.readyTimeoutMs ?? 60_000;
  const onTrouble = options.onTrouble ?? ((line: string) => console.error(line));
  const tools: ToolName[] = ["kubectl", "etcd", "kube-apiserver", ...[...wanted].map((name) => PROGRAMS[name])];
  const commands = requireBinaries(tools);
  const place = await provision();
  const { folder, admin } = place;
  const programs = new Programs(folder, commands, onTrouble);
  let layout = await chooseLayout(folder);
  let url = `https://127.0.0.1:${layout.apiserverPort}`;

  async function bringUpApiserver(etcd: GuardedProcess): Promise<string> {
    const apiserver = await programs.launch(
      "kube-apiserver",
      apiserverArgs(layout, {
        hasServiceAccounts,
        featureGates: options.featureGates ?? {},
        flags: options.apiserverFlags ?? [],
      }),
    );
    // /readyz does not wait for the namespace that every test's first object goes to.
    for (const path of ["/readyz", "/api/v1/namespaces/default"]) {
      await awaitAnswer([apiserver, etcd], readyTimeoutMs, async () => getBody(`${url}${path}`, admin));
    }
    const version = await awaitAnswer([apiserver, etcd], readyTimeoutMs, async () => getBody(`${url}/version`, admin));
    programs.watchOver(apiserver);
    return (JSON.parse(version) as { gitVersion: string }).gitVersion;
  }

  async function bringUpController(name: ControllerName): Promise<void> {
    const { args, healthUrl } = controllerArgs(name, layout);
    const controller = await programs.launch(PROGRAMS[name], [...args, ...(options.controllerFlags?.[name] ?? [])]);
    await awaitAnswer([controller], readyTimeoutMs, async () => getBody(healthUrl, admin));
    if (name === "controller-manager") {
      const account = `${url}/api/v1/namespaces/default/serviceaccounts/default`;
      await awaitAnswer([controller], readyTimeoutMs, async () => getBody(account, admin));
    }
    programs.watchOver(controller);
  }

  async function bringUp(): Promise<string> {
    const etcd = await programs.launch("etcd", etcdArgs(layout));
    const kubeVersion = await bringUpApiserver(etcd);
    programs.watchOver(etcd);
    await writeAdminKubeconfig(place, url);
    // All of them end their start before the first trouble is told: none may be launched behind the back of endAll().
    const starts = await Promise.allSettled([...wanted].map(bringUpController));
    for (const start of starts) if (start.status === "rejected") throw start.reason;
    return kubeVersion;
  }

  async function bringUpSomewhere(): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await bringUp();
      } catch (error) {
        await programs.endAll();
        const isTaken = error instanceof EndedEarly && error.message.includes("address already in use");
        if (!isTaken || attempt === PORT_ATTEMPTS) throw error;
        await rm(join(folder, FILES.etcdData), { recursive: true, force: true });
        layout = await chooseLayout(folder);
        url = `https://127.0.0.1:${layout.apiserverPort}`;
      }
    }
  }

  async function stop({ keepLogs = false }: { readonly keepLogs?: boolean } = {}): Promise<void> {
    await programs.endAll();
    if (keepLogs || programs.hasTrouble) await keepOnlyLogs(place, onTrouble);
    else await rm(folder, { recursive: true, force: true });
  }

  let kubeVersion: string;
  try {
    kubeVersion = await bringUpSomewhere();
  } catch (error) {
    await keepOnlyLogs(place, onTrouble);
    throw error;
  }
  const access: ControlPlaneAccess = {
    url,
    kubeVersion,
    folder,
    kubectlPath: commands.get("kubectl") as string,
    hasServiceAccounts,
    kubeconfigPath: join(folder, FILES.kubeconfig),
    caCertificatePath: join(folder, FILES.caCertificate),
    caKeyPath: join(folder, FILES.caKey),
    auditLogPath: join(folder, FILES.auditLog),
  };

  const stopApiserver = async (how: Ending = "terminate"): Promise<void> => programs.end("kube-apiserver", how);
  const startApiserver = async (): Promise<number> => {
    const from = performance.now();
    const etcd = programs.running("etcd");
    if (etcd === undefined) throw new Error("this control plane was stopped");
    await bringUpApiserver(etcd);
    return performance.now() - from;
  };
  return {
    access,
    readyAfterMs: performance.now() - begin,
    pids: () => programs.pids(),
    stopApiserver,
    startApiserver,
    async restartApiserver(how) {
      await stopApiserver(how);
      return startApiserver();
    },
    stop,
  };
}

async function chooseLayout(folder: string): Promise<Layout> {
  const ports = await freePorts(6);
  const port = (index: number): number => ports[index] as number;
  return {
    folder,
    etcdPort: port(0),
    etcdPeerPort: port(1),
    apiserverPort: port(2),
    controllerManagerPort: port(3),
    schedulerPort: port(4),
    kwokPort: port(5),
  };
}

/** Data and keys go. */
async function keepOnlyLogs({ folder }: Provision, say: (line: string) => void): Promise<void> {
  const others = (await readdir(folder)).filter((name) => !name.endsWith(".log"));
  for (const name of others) await rm(join(folder, name), { recursive: true });
  say(`the control plane's logs are kept in ${folder}`);
}
