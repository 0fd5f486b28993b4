// kata-thp explain: what the webhook would do with the workloads in files, and why.
import { readFile } from "node:fs/promises";
import type { Snapshot } from "../cluster/snapshot.ts";
import { emptyReader, loadSnapshot } from "../cluster/snapshot.ts";
import { type Mode, MODES } from "../engine/facts.ts";
import { BUILT_IN_POLICY, type Policy } from "../engine/policy.ts";
import { VERSION } from "../version.ts";
import { type Explanation, explainWorkload, isPatched, toEntry } from "./explanation.ts";
import { notOneOf, parseFlags } from "./flags.ts";
import { complain, EXIT, painter, print, wantsColour } from "./print.ts";
import { toTable } from "./table.ts";
import { readWorkloads } from "./workload-files.ts";

const USAGE = `kata-thp explain -f FILE… [FLAGS]

Says for each workload whether the webhook would give its pods private memory, how, and if not, why.

  -f, --filename FILE   file, folder or - (standard input); may be repeated
  -n, --namespace NS    for objects that name none (default: default)
      --policy FILE     the webhook's policy (default: the built-in one, kata-clh with auto)
      --snapshot DIR    folder of YAML: RuntimeClasses, Nodes, PersistentVolumeClaims, Namespaces
      --mode MODE       enforce or observe, as if the namespace were labelled so (default: by the snapshot's
                        Namespaces; one that is not among them counts as labelled enforce)
      --now TIME        for the age of nodes' reports, as in 2026-11-23T12:00:00Z (default: now)
  -o, --output FORMAT   table, json, yaml or patch (default: table)
  -h, --help

Exit code: 0 at least one workload is patched, 3 none is (so always in mode observe), 2 bad input.`;

const FORMATS = ["table", "json", "yaml", "patch"] as const;
type Format = (typeof FORMATS)[number];

/** The command; resolves to its exit code. */
export async function explain(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv, {
    filename: { type: "string", short: "f", multiple: true, default: [] },
    namespace: { type: "string", short: "n", default: "default" },
    policy: { type: "string" },
    snapshot: { type: "string" },
    mode: { type: "string" },
    now: { type: "string" },
    output: { type: "string", short: "o", default: "table" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (flags.kind === "invalid") return refuse([flags.error, "kata-thp explain --help tells its flags"]);
  const { values, positionals } = flags;
  if (values.help) {
    print(USAGE);
    return EXIT.ok;
  }
  // `-f pods/*.yaml` is spread out by the shell: what follows the first are files too.
  const files = [...values.filename, ...positionals];
  const clock = clockAt(values.now);
  const wrong = [
    files.length === 0 ? "name a file: kata-thp explain -f FILE (- is standard input)" : null,
    notOneOf("--output", values.output, FORMATS),
    values.mode === undefined ? null : notOneOf("--mode", values.mode, MODES),
    clock === null ? `--now must be a time such as 2026-11-23T12:00:00Z, not ${JSON.stringify(values.now)}` : null,
  ].filter((each) => each !== null);
  if (wrong.length > 0 || clock === null) return refuse(wrong);

  const policy = await readPolicy(values.policy);
  const snapshot = await readSnapshot(values.snapshot, clock);
  const input = await readWorkloads(files, values.namespace);
  const errors = [policy, snapshot, input].flatMap((each) => (each.kind === "invalid" ? each.errors : []));
  if (policy.kind === "invalid" || snapshot.kind === "invalid" || input.kind === "invalid") return refuse(errors);

  for (const note of [...policy.notes, ...snapshot.notes, ...input.notes]) complain(`kata-thp: ${note}`);
  // Only a person reads the table; other formats keep standard error for what is wrong with the input.
  const isForPerson = values.output === "table";
  if (isForPerson && values.snapshot === undefined) {
    complain("kata-thp: no --snapshot: nothing is known of a cluster; the policy alone is evidence");
  }
  const explanations: Explanation[] = [];
  const assumed = new Set<string>();
  for (const workload of input.workloads) {
    const { namespace } = workload;
    const mode = (values.mode as Mode | undefined) ?? snapshot.modeOf(namespace) ?? "enforce";
    const isKnown = snapshot.reader.namespaceLabels(namespace) !== null;
    if (isForPerson && values.mode === undefined && values.snapshot !== undefined && !isKnown) assumed.add(namespace);
    // Who names a mode asks what would be done in a namespace of that mode, whatever its label is today.
    const reader = values.mode === undefined ? snapshot.reader : { ...snapshot.reader, namespaceLabels: () => null };
    const asked = { policy: policy.policy, reader, mode, version: VERSION };
    explanations.push(await explainWorkload(workload, asked));
  }
  for (const namespace of assumed) {
    complain(
      `kata-thp: the snapshot has no Namespace ${namespace}: it is taken as labelled kata-thp.dev/mode: enforce`,
    );
  }
  print(await render(explanations, values.output as Format));
  return explanations.some(isPatched) ? EXIT.ok : EXIT.nothingPatched;
}

async function render(explanations: readonly Explanation[], format: Format): Promise<string> {
  switch (format) {
    case "table": {
      const paint = painter(wantsColour(process.stdout, process.env));
      return explanations.map((each) => toTable(each, paint)).join("\n\n");
    }
    case "json":
      return JSON.stringify(explanations.map(toEntry), null, 2);
    case "yaml": {
      const { toYaml } = await import("./yaml-output.ts");
      return toYaml(explanations.map(toEntry));
    }
    case "patch":
      return explanations.map(({ patch }) => JSON.stringify(patch)).join("\n");
    default:
      return format satisfies never;
  }
}

function refuse(errors: readonly string[]): number {
  for (const error of errors) complain(`kata-thp: ${error}`);
  return EXIT.badInput;
}

type ReadPolicy =
  | { readonly kind: "policy"; readonly policy: Policy; readonly notes: readonly string[] }
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** The parser brings a schema validator along: it is loaded only where there is something to parse. */
async function readPolicy(file: string | undefined): Promise<ReadPolicy> {
  if (file === undefined) return { kind: "policy", policy: BUILT_IN_POLICY, notes: [] };
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return {
      kind: "invalid",
      errors: [`${file}: the policy cannot be read: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  const [{ parsePolicy }, { formatPolicyError }] = await Promise.all([
    import("../policy/parse-policy.ts"),
    import("../policy/policy-error.ts"),
  ]);
  const parsed = parsePolicy(text, file);
  return parsed.kind === "invalid"
    ? { kind: "invalid", errors: parsed.errors.map(formatPolicyError) }
    : { kind: "policy", policy: parsed.policy, notes: parsed.warnings.map((warning) => `${file}: ${warning}`) };
}

async function readSnapshot(
  dir: string | undefined,
  clock: () => Date,
): Promise<Snapshot | { readonly kind: "invalid"; readonly errors: readonly string[] }> {
  return dir === undefined
    ? { kind: "snapshot", reader: emptyReader(), modeOf: () => null, notes: [] }
    : loadSnapshot(dir, clock);
}

/** The clock that stands still at --now, or the real one; null for what is no time. */
function clockAt(now: string | undefined): (() => Date) | null {
  if (now === undefined) return () => new Date();
  const time = /^\d{4}-\d{2}-\d{2}T/.test(now) ? Date.parse(now) : Number.NaN;
  return Number.isNaN(time) ? null : () => new Date(time);
}
