// The workflows cannot be run here; what can be checked of them without GitHub is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { GO_VERSION } from "../apiserver/control-plane/versions.ts";
import { ROOT } from "../cli/run-kata-thp.ts";

const FOLDER = join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly id?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly defaults?: { readonly run: { readonly shell: string } };
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly needs?: string; readonly "timeout-minutes"?: number }>
  >;
}

describe.each(readdirSync(FOLDER))("%s", (name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it("pins each action to a commit, with the release that it is beside it", () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(used).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("may read only, unless a job says more; each job ends; a failing pipe fails", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(workflow.defaults?.run.shell).toBe("bash");
    for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("writes no digest down, and no expression into a script", () => {
    expect(text).not.toMatch(/sha256:[0-9a-f]/);
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  it("names jobs, steps, files and npm scripts that exist", () => {
    for (const { needs } of jobs) if (needs !== undefined) expect(workflow.jobs).toHaveProperty(needs);
    const ids = new Set(steps.map(({ id }) => id));
    for (const [, id] of text.matchAll(/\bsteps\.(\w+)\.outputs/g)) expect(ids).toContain(id);
    for (const [path] of text.matchAll(/(?:\btools|\btest|\.ci)\/[\w./-]+/g)) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  });

  it("brings the Go that the tests' programs are built with", () => {
    const versions = steps.filter(({ uses }) => uses?.includes("setup-go")).map((step) => step.with?.["go-version"]);
    expect(new Set(versions)).toEqual(new Set([GO_VERSION]));
  });
});
