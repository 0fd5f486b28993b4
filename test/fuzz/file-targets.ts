// Files that people write: whatever is in one, it is read, or an error says what is wrong and where.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { parseManifests } from "../../src/cluster/manifest.ts";
import { parseNodeReport } from "../../src/cluster/node-report.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { parseKataConfig } from "../../src/kata/config.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { textsIn } from "./corpus-files.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { mutatedTexts } from "./mutated-text.ts";

/** Errors are for a terminal and a log line. */
const LONGEST_MESSAGE = 2_000;

function checkMessage(message: string): void {
  if (message.length > LONGEST_MESSAGE) throw new Error(`a message of ${message.length} characters`);
  if (message.includes("\n")) throw new Error(`a message of several lines: ${message}`);
}

/** Lines of a text, as an editor counts them. */
function checkLine(line: number | null, text: string): void {
  if (line === null) return;
  const lines = text.split(/\r\n|\n|\r/).length;
  if (!Number.isInteger(line) || line < 1 || line > lines) throw new Error(`line ${line} of ${lines}`);
}

/** A policy as it would be written: what is not set is left out. */
function asFile({ targets, ...rest }: Policy): string {
  const said = targets.map((target) =>
    Object.fromEntries(Object.entries(target).filter(([, value]) => value !== null)),
  );
  return JSON.stringify({ apiVersion: "kata-thp.dev/v1alpha1", kind: "Policy", ...rest, targets: said });
}

const POLICY_FILES = [
  ...textsIn(["examples", "deploy"], /policy\.yaml$/),
  // The policies of cases stand among other documents.
  ...textsIn(["test/cases"], /\/cluster\.yaml$/).flatMap((text) =>
    text.split(/^---$/m).filter((document) => /^kind: Policy$/m.test(document)),
  ),
];

const POLICY_TEXTS: FuzzTarget = {
  name: "policies",
  extension: "yaml",
  inputs: fc.oneof(
    mutatedTexts(POLICY_FILES),
    fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
  ),
  async check(input) {
    const text = input.toString("utf8");
    const parsed = parsePolicy(text, "policy.yaml");
    if (parsed.kind === "invalid") {
      if (parsed.errors.length === 0) throw new Error("refused without an error");
      for (const { line, message } of parsed.errors) {
        checkMessage(message);
        checkLine(line, text);
      }
      return;
    }
    const again = parsePolicy(asFile(parsed.policy), "again.yaml");
    if (again.kind !== "policy" || !isDeepStrictEqual(again.policy, parsed.policy)) {
      throw new Error(`written and read again it is ${JSON.stringify(again)}`);
    }
  },
};

const KATA_CONFIGURATIONS: FuzzTarget = {
  name: "kata-configurations",
  extension: "toml",
  inputs: mutatedTexts([
    ...textsIn(["test/conformance/vectors"], /default\.toml$/),
    ...textsIn(["deploy/kata"], /\.toml$/),
  ]),
  async check(input) {
    const text = input.toString("utf8");
    const file = { path: "configuration.toml", text };
    const parsed = parseKataConfig(file);
    if (parsed.kind === "invalid") {
      checkMessage(parsed.message);
      checkLine(parsed.line, text);
      return;
    }
    // A drop-in that says the same changes nothing.
    const twice = parseKataConfig(file, [{ ...file, path: "config.d/50.toml" }]);
    if (!isDeepStrictEqual(twice, parsed)) throw new Error("it is not the same with itself as a drop-in");
  },
};

const MANIFESTS: FuzzTarget = {
  name: "manifests",
  extension: "yaml",
  inputs: mutatedTexts([
    ...textsIn(["test/cases"], /\/(?:cluster|pod)\.yaml$/),
    ...textsIn(["examples"], /\/(?:snapshot|pods)\/.*\.yaml$/),
  ]),
  async check(input) {
    const parsed = await parseManifests("manifest.yaml", input.toString("utf8"));
    if (parsed.kind === "invalid") {
      if (parsed.errors.length === 0) throw new Error("refused without an error");
      for (const error of parsed.errors) checkMessage(error);
      return;
    }
    for (const manifest of parsed.manifests) checkMessage(await manifest.place(["spec", "containers", 0, "name"]));
  },
};

const REPORT = {
  v: 1,
  observedAt: "2026-11-23T12:00:00Z",
  handlers: {
    "kata-clh": {
      runtime: "go",
      version: "3.32.0",
      sharedFs: "virtio-fs",
      hugepages: false,
      enableAnnotations: ["enable_iommu"],
      rootfs: "shared",
      emptydirMode: "shared-fs",
      disableBlockDeviceUse: true,
    },
  },
  thp: { enabled: "madvise", shmemEnabled: "never" },
};
const NOW = new Date("2026-11-23T12:30:00Z");

const NODE_REPORTS: FuzzTarget = {
  name: "node-reports",
  extension: "json",
  inputs: mutatedTexts([JSON.stringify(REPORT, null, 1)]),
  async check(input) {
    const report = parseNodeReport(input.toString("utf8"), NOW);
    if (report === null) return;
    if (!(report.ageSeconds >= 0)) throw new Error(`its age is ${report.ageSeconds}`);
    if (JSON.stringify(report).length > 32 * 1024) throw new Error("what is kept of it has no bound");
  },
};

export const FILES: readonly FuzzTarget[] = [POLICY_TEXTS, KATA_CONFIGURATIONS, MANIFESTS, NODE_REPORTS];
