import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExplanationEntry } from "../../src/cli/explanation.ts";
import { ROOT, runKataThp } from "../cli/run-kata-thp.ts";

/** What each pod of an example comes to: exit code, then kind, selection or reasons by file. */
const EXPECTED: Readonly<Record<string, readonly [code: number, outcomes: Readonly<Record<string, string>>]>> = {
  "runtime-class": [
    0,
    {
      "eligible.yaml": "patch runtime-class EmptyDirDisk",
      "filesystem-claim.yaml": "skip FilesystemClaim",
      "host-path.yaml": "skip HostPathVolume",
    },
  ],
  "config-path": [0, { "eligible.yaml": "patch config-path DefaultEmptyDir", "socket.yaml": "skip HostPathSocket" }],
  "hypervisor-annotations": [
    0,
    { "eligible.yaml": "patch hypervisor-annotations", "own-virtio-fs.yaml": "skip UserSharedFs" },
  ],
  auto: [3, { "eligible.yaml": "skip KataSupportUnknown" }],
};

function outcome({ decision }: ExplanationEntry): string {
  const reasons = decision.findings.map(({ reason }) => reason);
  return [decision.kind, ...(decision.kind === "patch" ? [decision.selection] : []), ...reasons].join(" ");
}

/** The text of the README's first code block of that language. */
function block(readme: string, language: string): string {
  const text = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (text === undefined) throw new Error(`the README has no block of ${language}`);
  return text.trimEnd();
}

it("are all here, each in a folder of its own and named on the first page", async () => {
  const entries = await readdir(join(ROOT, "examples"), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  const page = await readFile(join(ROOT, "examples", "README.md"), "utf8");
  for (const folder of folders) expect(page).toContain(`(${folder}/README.md)`);
});

describe.each(Object.entries(EXPECTED))("examples/%s", (folder, [code, outcomes]) => {
  const files = join("examples", folder);

  it("comes to what it is an example of, pod by pod", async () => {
    const args = [
      "-f",
      join(files, "pods"),
      "--policy",
      join(files, "policy.yaml"),
      "--snapshot",
      join(files, "snapshot"),
    ];
    const run = await runKataThp(["explain", ...args, "-o", "json"]);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code, stderr: "" });
    const entries = JSON.parse(run.stdout) as ExplanationEntry[];
    const found = entries.map((entry) => [entry.source.file.replace(`${files}/pods/`, ""), outcome(entry)]);
    expect(Object.fromEntries(found)).toEqual(outcomes);
  });

  it("prints with the README's command what the README shows", async () => {
    const readme = await readFile(join(ROOT, files, "README.md"), "utf8");
    const prefix = "npx --no-install kata-thp ";
    const command = block(readme, "sh");
    expect(command.startsWith(prefix)).toBe(true);
    const { stdout, ...run } = await runKataThp(command.slice(prefix.length).split(" "));
    expect(run).toEqual({ code, stderr: "" });
    const printed = stdout.split("\n");
    // A line … stands for lines that are left out; all others are there, in this order.
    let from = 0;
    for (const line of block(readme, "text")
      .split("\n")
      .filter((each) => each.trim() !== "…")) {
      const at = printed.indexOf(line, from);
      expect({ line, isPrinted: at !== -1 }).toEqual({ line, isPrinted: true });
      from = at + 1;
    }
  });
});
