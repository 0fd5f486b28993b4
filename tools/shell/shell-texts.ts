// What is shell in a checkout, and what bash and shellcheck say to it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** A script, or one `run` of a workflow. */
export interface ShellText {
  /** For findings: the file, and the job and step where it is a workflow's. */
  readonly place: string;
  readonly text: string;
}

const SHEBANG = /^#!.*\b(?:ba)?sh\b/;
const WORKFLOW = /^\.github\/workflows\/[^/]+\.ya?ml$/;
/** A file without an ending that is larger than this is no script of ours. */
const LARGEST_BYTES = 256 * 1024;

/** The shell of `files`, which are paths below `root`; those that are gone are left out. */
export function shellTextsIn(root: string, files: readonly string[]): readonly ShellText[] {
  return files.flatMap((file) => {
    const path = join(root, file);
    if (!existsSync(path) || !statSync(path).isFile() || statSync(path).size > LARGEST_BYTES) return [];
    if (WORKFLOW.test(file)) return runsOf(file, readFileSync(path, "utf8"));
    if (!file.endsWith(".sh") && /\.[^/]+$/.test(file.replace(/^\./, ""))) return [];
    const text = readFileSync(path, "utf8");
    return file.endsWith(".sh") || SHEBANG.test(text) ? [{ place: file, text }] : [];
  });
}

interface Workflow {
  readonly jobs?: Readonly<Record<string, { readonly steps?: readonly { readonly run?: string }[] }>>;
}

/** Every `run`, line for line. An expression is a word that nobody can know here. */
function runsOf(file: string, text: string): readonly ShellText[] {
  const { jobs = {} } = parse(text) as Workflow;
  return Object.entries(jobs).flatMap(([job, { steps = [] }]) =>
    steps.flatMap(({ run }, index) =>
      run === undefined
        ? []
        : [
            {
              place: `${file}: jobs.${job}.steps[${index}]`,
              text: `${run.trimEnd().replaceAll(/\$\{\{.*?\}\}/g, "expression")}\n`,
            },
          ],
    ),
  );
}

/** Findings, each beginning with its place; empty where there is none. */
export function checkShell({ place, text }: ShellText, hasShellcheck: boolean): readonly string[] {
  const read = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
  if (read.status !== 0) return [`${place}: bash -n: ${read.stderr.trim()}`];
  if (!hasShellcheck) return [];
  const dialect = text.startsWith("#!") ? [] : ["--shell", "bash"];
  const checked = spawnSync("shellcheck", ["--severity", "style", "--format", "gcc", ...dialect, "-"], {
    input: text,
    encoding: "utf8",
  });
  if (checked.status === 0) return [];
  const said = checked.stdout.trim() || checked.stderr.trim() || `shellcheck: exit code ${checked.status}`;
  return said.split("\n").map((line) => line.replace(/^-:/, `${place}:`));
}
