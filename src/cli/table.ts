// What explain shows a person: one block for each workload.
import { NEWEST_KNOWN } from "../kata/releases.ts";
import { renderFieldPath } from "../engine/object-path.ts";
import type { Decision } from "../engine/decision.ts";
import { toFieldPath } from "../engine/field-path.ts";
import { REASONS } from "../engine/reasons.ts";
import type { Finding } from "../engine/rule.ts";
import { RULES } from "../engine/rules/index.ts";
import type { Explanation } from "./explanation.ts";
import { type Ink, type Paint, printable } from "./print.ts";
import type { Workload } from "./workloads.ts";

/** Columns of the word that each line begins with. */
const WORD = 9;

/** The block: what is done, each finding with what to do about it, the rules that found nothing, what is written. */
export function toTable(explanation: Explanation, paint: Paint): string {
  const { workload, decision, patch } = explanation;
  const line = (word: string, ink: Ink, text: string): string => `  ${paint(ink, word.padEnd(WORD))} ${text}`;
  const lines = [heading(workload, paint), `  ${outcome(explanation, paint)}`];
  if (decision.kind === "patch" && decision.forced) {
    lines.push(line("FORCED", "yellow", "evidence speaks against it; the policy's trust: operator overrides that"));
  }
  for (const finding of decision.findings) {
    const { reason, detail } = finding;
    const { sentence, action } = REASONS[reason];
    const [word, ink] = weightOf(finding);
    const what = `${paint("bold", reason)} at ${fieldOf(workload, finding)}${detail === undefined ? "" : ` (${printable(detail)})`}`;
    lines.push(line(word, ink, what), indented(sentence), indented(`What to do: ${action}`));
  }
  if (decision.kind === "patch" && decision.barePod) {
    lines.push(
      line(
        "note",
        "yellow",
        "no controller: a second kubectl apply of this manifest will fail, as the class cannot change",
      ),
    );
  }
  if (decision.kind === "patch" && decision.newerThanKnown) {
    lines.push(
      line(
        "note",
        "yellow",
        `this Kata is newer than the newest that is known here and was judged like ${NEWEST_KNOWN}`,
      ),
    );
  }
  lines.push(line("ok", "green", quietRules(decision)));
  for (const operation of patch) {
    const value = operation.op === "remove" ? "" : ` ${JSON.stringify(operation.value)}`;
    lines.push(line("writes", "dim", printable(`${operation.op} ${operation.path}${value}`)));
  }
  return lines.join("\n");
}

function indented(text: string): string {
  return `  ${" ".repeat(WORD)} ${text}`;
}

function heading({ kind, namespace, name, source }: Workload, paint: Paint): string {
  const file = source.file === "-" ? "standard input" : source.file;
  return `${paint("bold", printable(`${kind} ${namespace}/${name || "(no name)"}`))}  ${paint("dim", printable(`${file}, document ${source.document + 1}`))}`;
}

function outcome({ decision, mode }: Explanation, paint: Paint): string {
  if (decision.kind === "skip") {
    const { putBack } = decision;
    if (putBack === null) return paint("yellow", `left alone (mode ${mode})`);
    return paint(
      "yellow",
      printable(`put back to ${putBack.from} (mode ${mode}): ${putBack.selection} does not fit any more`),
    );
  }
  const { by, from } = decision;
  const how = by.selection === "runtime-class" ? `runtime-class: ${from} becomes ${by.runtimeClass}` : by.selection;
  return mode === "enforce"
    ? paint("green", `patched by ${how} (mode enforce)`)
    : paint("yellow", `would be patched by ${how} (mode observe: nothing is written)`);
}

function weightOf({ reason, severity }: Finding): [string, Ink] {
  if (REASONS[reason].kind === "scope") return ["scope", "yellow"];
  return severity === "blocks" ? ["blocks", "red"] : ["degrades", "yellow"];
}

/** The field in the file, as kubectl would write it. */
function fieldOf({ podField, claimVolumesFrom }: Workload, { path }: Finding): string {
  const claimVolume = /^\/spec\/volumes\/(\d+)/.exec(path)?.[1];
  if (claimVolume !== undefined && Number(claimVolume) >= claimVolumesFrom) {
    return `spec.volumeClaimTemplates[${Number(claimVolume) - claimVolumesFrom}]`;
  }
  const template = renderFieldPath(podField);
  const field = toFieldPath(path, "owner");
  if (field === "") return template === "" ? "the pod" : template;
  return printable(template === "" ? field : `${template}.${field}`);
}

/** The rules that found nothing; none is asked about a pod that is out of scope. */
function quietRules({ findings }: Decision): string {
  const found = new Set(findings.map(({ reason }) => reason));
  const isOutOfScope = findings.some(({ reason }) => REASONS[reason].kind === "scope" && !reason.startsWith("Already"));
  if (isOutOfScope) return "(the rules are not asked about a pod that is out of scope)";
  const quiet = RULES.filter(({ reasons }) => !reasons.some((reason) => found.has(reason)));
  return quiet.map(({ name }) => name).join(", ");
}
