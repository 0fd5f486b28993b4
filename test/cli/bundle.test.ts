import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { manifestFolder } from "../cluster/manifest-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

/** What the image runs is not what the tests run: packages behave differently once they are bundled. */
it("does the same bundled, without any node_modules", async () => {
  const dir = await manifestFolder({ "package.json": '{"type":"module"}' });
  await promisify(execFile)(process.execPath, [join(ROOT, "tools", "bundle.ts"), join(dir, "dist")], { cwd: ROOT });
  const example = join(ROOT, "examples", "runtime-class");
  const args = [
    "-f",
    join(example, "pods"),
    "--policy",
    join(example, "policy.yaml"),
    "--snapshot",
    join(example, "snapshot"),
  ];
  for (const format of ["table", "json", "yaml", "patch"]) {
    const command = [process.execPath, join(dir, "dist", "main.js")] as const;
    const bundled = await runKataThp(["explain", ...args, "-o", format], { command: [...command], cwd: dir });
    expect(bundled).toEqual(await runKataThp(["explain", ...args, "-o", format], { cwd: dir }));
    expect(bundled.code).toBe(0);
  }
});
