/** A TOML table, as parsed. */
export type Table = Readonly<Record<string, unknown>>;

/** The tables of a configuration that decisions rest on. */
export interface ConfigTables {
  /** `[hypervisor.clh]`; `[hypervisor.cloud-hypervisor]` on runtime-rs before 3.30.0 (e4fbddb91a). */
  readonly hypervisor: Table;
  readonly runtime: Table;
  readonly factory: Table;
}

/** What a configuration says; null where it says nothing and the release's default holds. */
export interface KataConfig {
  readonly sharedFs: string | null;
  readonly enableHugepages: boolean | null;
  readonly enableAnnotations: readonly string[] | null;
  readonly disableBlockDeviceUse: boolean | null;
  readonly virtioFsDaemon: string | null;
  readonly defaultMemory: number | null;
  readonly confidentialGuest: boolean | null;
  readonly emptydirMode: string | null;
  readonly disableGuestEmptyDir: boolean | null;
  readonly enableTemplate: boolean | null;
}

/** A key whose value has a type that Kata's decoder refuses. */
export interface WrongType {
  readonly table: keyof ConfigTables;
  readonly key: string;
  /** "a string", for a message. */
  readonly expected: string;
}

export const EMPTY_TABLES: ConfigTables = { hypervisor: {}, runtime: {}, factory: {} };
export const TABLE_NAMES: readonly (keyof ConfigTables)[] = ["hypervisor", "runtime", "factory"];

const isString = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString);

interface ValueType {
  readonly is: (value: unknown) => boolean;
  readonly words: string;
}

const string: ValueType = { is: isString, words: "a string" };
const boolean: ValueType = { is: isBoolean, words: "true or false" };
const integer: ValueType = { is: isInteger, words: "a whole number" };
const strings: ValueType = { is: isStrings, words: "a list of strings" };

/** katautils/config.go, the structs `hypervisor`, `runtime` and `factory`; kt/config. */
const TYPES: Readonly<Record<keyof ConfigTables, Readonly<Record<string, ValueType>>>> = {
  hypervisor: {
    shared_fs: string,
    enable_hugepages: boolean,
    enable_annotations: strings,
    disable_block_device_use: boolean,
    virtio_fs_daemon: string,
    default_memory: integer,
    confidential_guest: boolean,
  },
  runtime: { emptydir_mode: string, disable_guest_empty_dir: boolean },
  factory: { enable_template: boolean },
};

/** `over` laid over `base`, key by key; an array is replaced whole. */
export function mergeTables(base: ConfigTables, over: Partial<ConfigTables>): ConfigTables {
  return {
    hypervisor: { ...base.hypervisor, ...over.hypervisor },
    runtime: { ...base.runtime, ...over.runtime },
    factory: { ...base.factory, ...over.factory },
  };
}

/** The first key with a value of the wrong type. */
export function findWrongType(tables: Partial<ConfigTables>): WrongType | null {
  for (const table of TABLE_NAMES) {
    const values = tables[table] ?? {};
    for (const [key, type] of Object.entries(TYPES[table])) {
      if (Object.hasOwn(values, key) && !type.is(values[key])) return { table, key, expected: type.words };
    }
  }
  return null;
}

/** The keys that decisions rest on; a value of the wrong type counts as absent (findWrongType names it). */
export function toKataConfig({ hypervisor, runtime, factory }: ConfigTables): KataConfig {
  return {
    sharedFs: valueOf(hypervisor, "shared_fs", isString),
    enableHugepages: valueOf(hypervisor, "enable_hugepages", isBoolean),
    enableAnnotations: valueOf(hypervisor, "enable_annotations", isStrings),
    disableBlockDeviceUse: valueOf(hypervisor, "disable_block_device_use", isBoolean),
    virtioFsDaemon: valueOf(hypervisor, "virtio_fs_daemon", isString),
    defaultMemory: valueOf(hypervisor, "default_memory", isInteger),
    confidentialGuest: valueOf(hypervisor, "confidential_guest", isBoolean),
    emptydirMode: valueOf(runtime, "emptydir_mode", isString),
    disableGuestEmptyDir: valueOf(runtime, "disable_guest_empty_dir", isBoolean),
    enableTemplate: valueOf(factory, "enable_template", isBoolean),
  };
}

/** Whether a parsed TOML value is a table; a date is an object too. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueOf<T>(values: Table, key: string, is: (value: unknown) => value is T): T | null {
  const value = Object.hasOwn(values, key) ? values[key] : null;
  return is(value) ? value : null;
}
