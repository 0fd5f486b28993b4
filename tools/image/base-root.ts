// The two base images of the Dockerfile as root filesystems made from this machine: for where no registry has them, or
// nothing may be pulled. What is built on them is not what is released.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** What distroless/cc has of what Node needs: the dynamic loader, glibc, libstdc++, libgcc, and /tmp. */
export function makeRunRoot(root: string): void {
  copyLibraries(root, [process.execPath]);
  mkdirSync(join(root, "etc"), { recursive: true });
  makeTemporaryFolder(root);
}

/**
 * What the build needs of node:24: node, npm, a shell and env.
 *
 * @param extraCa file with the CA that this machine reaches its registry by (NODE_EXTRA_CA_CERTS); null: none
 */
export function makeBuildRoot(root: string, extraCa: string | null): void {
  const programs = { "/usr/local/bin/node": process.execPath, "/bin/sh": "/bin/sh", "/usr/bin/env": "/usr/bin/env" };
  copyLibraries(root, Object.values(programs));
  for (const [place, program] of Object.entries(programs)) copyInto(root, place, realpathSync(program));
  const npm = "usr/local/lib/npm";
  cpSync(npmFolder(), join(root, npm), { recursive: true, dereference: true });
  symlinkSync("../lib/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  mkdirSync(join(root, "root"));
  makeTemporaryFolder(root);
  if (extraCa !== null) copyInto(root, EXTRA_CA, extraCa);
}

/** Where makeBuildRoot puts the extra CA. */
export const EXTRA_CA = "/etc/ssl/extra-ca.pem";

function makeTemporaryFolder(root: string): void {
  const folder = join(root, "tmp");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o1777);
}

/** Every library by the path at which the loader looks for it. ldd: `libm.so.6 => /lib/…/libm.so.6 (0x…)`. */
function copyLibraries(root: string, programs: readonly string[]): void {
  for (const program of programs) {
    const listed = execFileSync("ldd", [realpathSync(program)], { encoding: "utf8" });
    for (const [library] of listed.matchAll(/\/[^\s()]+/g)) copyInto(root, library, realpathSync(library));
  }
}

function copyInto(root: string, place: string, file: string): void {
  const target = join(root, place);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
}

/** npm as the machine has it: in the folder of global packages, or beside the script that is on PATH. */
function npmFolder(): string {
  const script = realpathSync(execFileSync("/bin/sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim());
  const folder = dirname(dirname(script));
  if (!existsSync(join(folder, "bin/npm-cli.js"))) throw new Error(`${script} is not in an npm of the usual shape`);
  return folder;
}
