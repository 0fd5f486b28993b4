// Every selection against versions, runtimes and trust. What a row says is what kata-facts §0a says of that release.
import { describe, expect, it } from "vitest";
import { type KataStatement, type PolicyTarget, type Selection, type Trust, TRUSTS } from "../../src/engine/policy.ts";
import { factsOf, factsWithVariant, PRIVATE_FILE } from "./sample-facts.ts";
import { selectionText } from "./verdict-text.ts";
import type { Facts } from "../../src/engine/facts.ts";

const VERSIONS = ["3.11.0", "3.12.0", "3.32.0", "4.0.0-rc0", "4.0.0", "4.1.0", "4.2.0"] as const;
const RUNTIMES = ["go", "runtime-rs", null] as const;
type Row = readonly [go: string, rs: string, unknown: string];
type Table = Readonly<Record<(typeof VERSIONS)[number], Row>>;

function statement(version: string, runtime: (typeof RUNTIMES)[number], rest: KataStatement = {}): KataStatement {
  return { ...rest, version, ...(runtime === null ? {} : { runtime }) };
}

function rowsOf(table: Table, make: (kata: KataStatement) => string, kata: KataStatement): [string, string, string][] {
  return VERSIONS.flatMap((version) =>
    RUNTIMES.map((runtime, column): [string, string, string] => [
      `${version} ${runtime ?? "unknown"}`,
      make(statement(version, runtime, kata)),
      table[version][column] ?? "",
    ]),
  );
}

const OLD = "KataTooOld";
const RS = "RuntimeSharesMemory";
const OLD_RS = `${OLD} ${RS}`;
const IGNORED = "ConfigPathIgnored";
const REFUSED = "KataRefusesAnnotation";

function tableOf(selection: Selection | "auto", trust: Trust, facts: Facts, rest: Partial<PolicyTarget> = {}) {
  return (kata: KataStatement): string => selectionText({ selection, trust, kata, ...rest }, facts);
}

describe("runtime-class: every release from 3.12.0 on, Go runtime; what is not known does not stand in its way", () => {
  const way = "runtime-class";
  const evidence: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [way, RS, way],
    "3.32.0": [way, RS, way],
    "4.0.0-rc0": [way, RS, way],
    "4.0.0": [way, RS, way],
    "4.1.0": [way, RS, way],
    "4.2.0": [way, RS, way],
  };
  const forced = `${way} forced`;
  const operator: Table = {
    "3.11.0": [forced, forced, forced],
    "3.12.0": [way, forced, way],
    "3.32.0": [way, forced, way],
    "4.0.0-rc0": [way, forced, way],
    "4.0.0": [way, forced, way],
    "4.1.0": [way, forced, way],
    "4.2.0": [way, forced, way],
  };
  const facts = factsWithVariant();
  it.each(rowsOf(evidence, tableOf("runtime-class", "evidence", facts), {}))("explicit, %s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
  it.each(rowsOf(operator, tableOf("runtime-class", "operator", facts), {}))(
    "trust: operator, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
  it.each(TRUSTS.flatMap((trust) => rowsOf(evidence, tableOf("auto", trust, facts), {})))(
    "auto, whatever trust says, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
});

describe("config-path: Go runtime, 3.12.0 to before 4.0.0", () => {
  const way = "config-path";
  const explicit: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [way, RS, way],
    "3.32.0": [way, RS, way],
    "4.0.0-rc0": [way, RS, way],
    "4.0.0": [IGNORED, RS, IGNORED],
    "4.1.0": [IGNORED, RS, IGNORED],
    "4.2.0": [IGNORED, RS, IGNORED],
  };
  const forced = `${way} forced`;
  const operator: Table = {
    "3.11.0": [forced, forced, forced],
    "3.12.0": [way, forced, way],
    "3.32.0": [way, forced, way],
    "4.0.0-rc0": [way, forced, way],
    "4.0.0": [forced, forced, forced],
    "4.1.0": [forced, forced, forced],
    "4.2.0": [forced, forced, forced],
  };
  // auto wants the runtime known as well, and then tells what is known against the next way, the annotations.
  const both = `${IGNORED} ${REFUSED}`;
  const auto: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [way, RS, REFUSED],
    "3.32.0": [way, RS, REFUSED],
    "4.0.0-rc0": [way, RS, REFUSED],
    "4.0.0": [both, RS, both],
    "4.1.0": [both, RS, both],
    "4.2.0": [both, RS, both],
  };
  const file = { configPath: PRIVATE_FILE };
  const facts = factsOf();
  const known: KataStatement = { rootfs: "guest-pull" };
  it.each(rowsOf(explicit, tableOf("config-path", "evidence", facts, file), known))(
    "explicit, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
  it.each(rowsOf(operator, tableOf("config-path", "operator", facts, file), known))(
    "trust: operator, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
  it.each(TRUSTS.flatMap((trust) => rowsOf(auto, tableOf("auto", trust, facts, file), known)))(
    "auto, whatever trust says, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
});

describe("hypervisor-annotations: a Kata build of one's own that takes the value and enables both keys", () => {
  const way = "hypervisor-annotations";
  const own: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [way, RS, way],
    "3.32.0": [way, RS, way],
    "4.0.0-rc0": [way, RS, way],
    "4.0.0": [way, RS, way],
    "4.1.0": [way, RS, way],
    "4.2.0": [way, RS, way],
  };
  const released: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [REFUSED, RS, REFUSED],
    "3.32.0": [REFUSED, RS, REFUSED],
    "4.0.0-rc0": [REFUSED, RS, REFUSED],
    "4.0.0": [REFUSED, RS, REFUSED],
    "4.1.0": [REFUSED, RS, REFUSED],
    "4.2.0": [REFUSED, RS, REFUSED],
  };
  const forced = `${way} forced`;
  const operator = Object.fromEntries(
    VERSIONS.map((version) => [version, [forced, forced, forced]]),
  ) as unknown as Table;
  // Nobody states the runtime: there is nothing against it, but auto wants it known.
  const auto: Table = {
    "3.11.0": [OLD, OLD_RS, OLD],
    "3.12.0": [way, RS, "KataSupportUnknown"],
    "3.32.0": [way, RS, "KataSupportUnknown"],
    "4.0.0-rc0": [way, RS, "KataSupportUnknown"],
    "4.0.0": [way, RS, IGNORED],
    "4.1.0": [way, RS, IGNORED],
    "4.2.0": [way, RS, IGNORED],
  };
  const facts = factsOf();
  const build: KataStatement = {
    rootfs: "block",
    disableBlockDeviceUse: false,
    acceptsSharedFsNone: true,
    enableAnnotations: ["^shared_fs$", "enable_hugepages"],
  };
  const release: KataStatement = {
    rootfs: "block",
    disableBlockDeviceUse: false,
    enableAnnotations: ["shared_fs", "enable_hugepages"],
  };
  it.each(rowsOf(own, tableOf(way, "evidence", facts), build))("explicit, %s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
  it.each(rowsOf(released, tableOf(way, "evidence", facts), release))(
    "a release, explicit, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
  it.each(rowsOf(operator, tableOf(way, "operator", facts), release))(
    "a release, trust: operator, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
  it.each(TRUSTS.flatMap((trust) => rowsOf(auto, tableOf("auto", trust, facts), build)))(
    "auto, whatever trust says, %s",
    (_, actual, expected) => {
      expect(actual).toBe(expected);
    },
  );
});
