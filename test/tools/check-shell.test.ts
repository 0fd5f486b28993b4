import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkShell, shellTextsIn } from "../../tools/shell/shell-texts.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

describe("shellTextsIn", () => {
  it("finds scripts by name and by first line, and the runs of workflows", async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, ".github/workflows"), { recursive: true });
    await writeFile(join(root, "a.sh"), "echo a\n");
    await writeFile(join(root, "run"), "#!/usr/bin/env bash\necho run\n");
    await writeFile(join(root, "LICENSE"), "no script\n");
    await writeFile(join(root, "b.js"), "#!/usr/bin/env node\n");
    const workflow = "jobs:\n  one:\n    steps:\n      - uses: x/y@1\n      - run: echo ${{ github.sha }}\n";
    await writeFile(join(root, ".github/workflows/ci.yml"), workflow);

    const files = ["a.sh", "run", "LICENSE", "b.js", ".github/workflows/ci.yml", "gone.sh"];
    expect(shellTextsIn(root, files)).toEqual([
      { place: "a.sh", text: "echo a\n" },
      { place: "run", text: "#!/usr/bin/env bash\necho run\n" },
      { place: ".github/workflows/ci.yml: jobs.one.steps[1]", text: "echo expression\n" },
    ]);
  });
});

describe("checkShell", () => {
  it("names the place of what bash cannot read", () => {
    const [finding, ...others] = checkShell({ place: "a.sh", text: "if true; then\n" }, hasShellcheck);
    expect(finding).toMatch(/^a\.sh: bash -n: .*syntax error/);
    expect(others).toEqual([]);
  });

  it.skipIf(!hasShellcheck)("names the line of what shellcheck says", () => {
    const text = "#!/usr/bin/env bash\necho ok\nrm $1\n";
    expect(checkShell({ place: "a.sh", text }, true)).toEqual([
      expect.stringMatching(/^a\.sh:3:4: .*Double quote.*SC2086/),
    ]);
  });

  it("says nothing to what is right", () => {
    expect(checkShell({ place: "a.sh", text: 'printf "%s\\n" "$1"\n' }, hasShellcheck)).toEqual([]);
  });
});
