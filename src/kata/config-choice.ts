import { CONFIG_PATH_KEY } from "./annotations.ts";
import { trimLikeRust } from "./booleans.ts";
import { type ConfigTables, EMPTY_TABLES, mergeTables, TABLE_NAMES } from "./config-tables.ts";
import { SHIPPED_VIRTIOFSD } from "./hypervisor-keys.ts";
import { type Rejected, rejected, type Undetermined, undetermined } from "./prediction.ts";
import type { KataRuntime, ReleaseFacts } from "./releases.ts";

/** What decides which configuration file a sandbox gets. */
export interface ConfigSources {
  /** Drop-in beside the handler's file, merged over the shipped configuration. */
  readonly dropIn: Partial<ConfigTables>;
  /** Other files on the node by path, each with what it has beyond the shipped configuration. */
  readonly otherFiles: ReadonlyMap<string, Partial<ConfigTables>>;
  /** The shim's environment variable KATA_CONF_FILE. */
  readonly kataConfFile: string | null;
  /** Whether containerd sent the handler's ConfigPath. */
  readonly hasConfigPathOption: boolean;
  readonly annotations: ReadonlyMap<string, string>;
}

export interface ChosenConfig {
  readonly kind: "chosen";
  readonly tables: ConfigTables;
  /** The drop-in that went into it; empty for another file, beside which there is none. */
  readonly dropIn: Partial<ConfigTables>;
  /** What became of the annotation config_path. */
  readonly configPath: "absent" | "ignored" | "redundant" | "effective";
}

/** The part of a release's shipped Cloud Hypervisor configuration that these tables know. */
export function shippedTables(facts: ReleaseFacts): ConfigTables {
  return mergeTables(EMPTY_TABLES, {
    hypervisor: {
      shared_fs: "virtio-fs",
      enable_hugepages: false,
      disable_block_device_use: facts.defaultDisableBlockDeviceUse,
      virtio_fs_daemon: SHIPPED_VIRTIOFSD,
      ...(facts.defaultEnableAnnotations === null ? {} : { enable_annotations: facts.defaultEnableAnnotations }),
    },
  });
}

/**
 * Go: annotation, else containerd's option, else KATA_CONF_FILE (rt/pkg/containerd-shim-v2/create.go 3.12:266, 3.32:268).
 * runtime-rs: annotation, else KATA_CONF_FILE, else the option (manager.rs 3.12:559, 3.32:814-837). From 4.0.0 no
 * annotation, and Go refuses a KATA_CONF_FILE that is not one of the shipped files (ab2e7f0c58).
 */
export function chooseConfig(
  sources: ConfigSources,
  facts: ReleaseFacts,
  runtime: KataRuntime,
): ChosenConfig | Rejected | Undetermined {
  const handlers = mergeTables(shippedTables(facts), sources.dropIn);
  const own = { kind: "chosen", tables: handlers, dropIn: sources.dropIn } as const;
  const annotation = sources.annotations.get(CONFIG_PATH_KEY);
  if (annotation !== undefined && facts.configPath === "honoured") {
    const path = runtime === "go" ? annotation : trimLikeRust(annotation);
    // Empty means the default, which is taken to be the handler's file (executed for Go).
    if (path === "") return { ...own, configPath: "redundant" };
    const tables = otherFile(path, sources, facts);
    if (tables === null) return isHandlersFile(path) ? { ...own, configPath: "redundant" } : missing(path);
    return { kind: "chosen", tables, dropIn: {}, configPath: isSame(tables, handlers) ? "redundant" : "effective" };
  }

  const configPath = annotation === undefined ? "absent" : "ignored";
  const asksForEnvironment = runtime === "runtime-rs" || !sources.hasConfigPathOption;
  const path = asksForEnvironment ? (sources.kataConfFile ?? "") : "";
  if (path === "" || (isHandlersFile(path) && !sources.otherFiles.has(path))) return { ...own, configPath };
  if (facts.configPath === "ignored") {
    if (runtime === "go" && !SHIPPED_FOLDERS.some((folder) => path.startsWith(folder))) {
      return rejected("configuration-refused", `KATA_CONF_FILE ${path} is not a shipped configuration file`);
    }
    return undetermined(`whether this release takes KATA_CONF_FILE ${path} was not read`);
  }
  const tables = otherFile(path, sources, facts);
  return tables === null ? missing(path) : { kind: "chosen", tables, dropIn: {}, configPath };
}

const SHIPPED_FOLDERS = ["/opt/kata/share/defaults/kata-containers/", "/usr/share/defaults/kata-containers/"];

/** Where kata-deploy puts the handler's file: flat to 3.26.0, behind a link from 3.27.0; runtime-rs renamed its own at 3.30.0. */
const HANDLERS_FILES: ReadonlySet<string> = new Set([
  "/opt/kata/share/defaults/kata-containers/configuration-clh.toml",
  "/opt/kata/share/defaults/kata-containers/runtimes/clh/configuration-clh.toml",
  "/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-cloud-hypervisor.toml",
  "/opt/kata/share/defaults/kata-containers/runtime-rs/configuration-clh-runtime-rs.toml",
]);

function isHandlersFile(path: string): boolean {
  return HANDLERS_FILES.has(path);
}

function otherFile(path: string, sources: ConfigSources, facts: ReleaseFacts): ConfigTables | null {
  const file = sources.otherFiles.get(path);
  return file === undefined ? null : mergeTables(shippedTables(facts), file);
}

function missing(path: string): Rejected {
  return rejected("configuration-refused", `Cannot find usable config file (file ${path} does not exist)`);
}

/** Whether the same keys have the same values. Lists are of plain values; a table inside counts as another value. */
function isSame(a: ConfigTables, b: ConfigTables): boolean {
  return TABLE_NAMES.every((name) => {
    const [left, right] = [a[name], b[name]];
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => isSameValue(left[key], right[key]));
  });
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
