import { parse, TomlError } from "smol-toml";
import {
  type ConfigTables,
  EMPTY_TABLES,
  findWrongType,
  isTable,
  type KataConfig,
  mergeTables,
  type Table,
  toKataConfig,
} from "./config-tables.ts";

/** One configuration file as read from a node, or a drop-in from a values file; `path` is only for messages and order. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export interface ConfigError {
  readonly kind: "invalid";
  readonly file: string;
  /** 1-based; null where the file as a whole is meant. */
  readonly line: number | null;
  /** The key with its table, such as `hypervisor.clh.shared_fs`; null where it is no key's fault. */
  readonly key: string | null;
  readonly message: string;
}

export type ParsedTables = { readonly kind: "tables"; readonly tables: ConfigTables } | ConfigError;

export type ParsedConfig =
  | { readonly kind: "config"; readonly config: KataConfig; readonly tables: ConfigTables }
  | ConfigError;

/** Kata's largest shipped configuration has about 30 KiB, most of it comments. */
const LONGEST_FILE = 1024 * 1024;

/** The names that Cloud Hypervisor's table has had, the present one first. */
const HYPERVISOR_NAMES = ["clh", "cloud-hypervisor"] as const;

/**
 * A configuration file with its config.d drop-ins merged over it in the order of their names, later ones over earlier
 * (katautils/config.go decodeDropIns: every file of the directory, whatever its suffix; so the caller decides what
 * belongs to it). Any text gives a value: what cannot be read is an error that names its place.
 */
export function parseKataConfig(main: ConfigFile, dropIns: readonly ConfigFile[] = []): ParsedConfig {
  let tables = EMPTY_TABLES;
  for (const file of [main, ...dropIns.toSorted(compareFileNames)]) {
    const parsed = parseConfigTables(file);
    if (parsed.kind === "invalid") return parsed;
    tables = mergeTables(tables, parsed.tables);
  }
  return { kind: "config", config: toKataConfig(tables), tables };
}

/** One file's tables, their types checked. */
export function parseConfigTables(file: ConfigFile): ParsedTables {
  if (file.text.length > LONGEST_FILE) {
    return {
      kind: "invalid",
      file: file.path,
      line: null,
      key: null,
      message: `longer than ${LONGEST_FILE} characters`,
    };
  }
  let root: Table;
  try {
    // runtime-rs ships compact_force_times = 9223372036854775807, which no number holds.
    root = parse(file.text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    const line = error instanceof TomlError ? error.line : null;
    const message = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "not TOML";
    return { kind: "invalid", file: file.path, line, key: null, message };
  }
  return toConfigTables(root, file);
}

function toConfigTables(root: Table, file: ConfigFile): ParsedTables {
  const hypervisors = ownValue(root, "hypervisor");
  if (!isTable(hypervisors)) return notTable(file, "hypervisor");
  const name = HYPERVISOR_NAMES.find((candidate) => Object.hasOwn(hypervisors, candidate)) ?? HYPERVISOR_NAMES[0];
  const hypervisor = ownValue(hypervisors, name);
  if (!isTable(hypervisor)) return notTable(file, `hypervisor.${name}`);
  const runtime = ownValue(root, "runtime");
  if (!isTable(runtime)) return notTable(file, "runtime");
  const factory = ownValue(root, "factory");
  if (!isTable(factory)) return notTable(file, "factory");

  const tables: ConfigTables = { hypervisor, runtime, factory };
  const wrong = findWrongType(tables);
  if (wrong === null) return { kind: "tables", tables };
  const header = wrong.table === "hypervisor" ? `hypervisor.${name}` : wrong.table;
  const line = findLine(file.text, header, wrong.key);
  return {
    kind: "invalid",
    file: file.path,
    line,
    key: `${header}.${wrong.key}`,
    message: `must be ${wrong.expected}`,
  };
}

/** An absent table is an empty one. */
function ownValue(table: Table, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : {};
}

function notTable(file: ConfigFile, key: string): ConfigError {
  return { kind: "invalid", file: file.path, line: null, key, message: "must be a table" };
}

/** smol-toml tells no places of keys: the first line under the table's own header that assigns the key. */
function findLine(text: string, table: string, key: string): number | null {
  let header = "";
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line.startsWith("[")) header = line.slice(1, line.includes("]") ? line.indexOf("]") : undefined).trim();
    else if (header === table && line.startsWith(key) && line.slice(key.length).trimStart().startsWith("=")) {
      return index + 1;
    }
  }
  return null;
}

/** By the name within the directory. Go's os.ReadDir sorts by bytes; code units order names the same way, but for surrogates. */
function compareFileNames(a: ConfigFile, b: ConfigFile): number {
  const [left, right] = [a.path, b.path].map((path) => path.slice(path.lastIndexOf("/") + 1));
  if (left === undefined || right === undefined || left === right) return 0;
  return left < right ? -1 : 1;
}
