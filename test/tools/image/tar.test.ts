import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entriesOf, tarOf } from "../../../tools/image/tar.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kata-thp-tar-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(path: string, content: string | Buffer, mode: number): Promise<void> {
  await writeFile(join(folder, "in", path), content);
  await chmod(join(folder, "in", path), mode);
}

describe("an archive of a folder", () => {
  it("is unpacked by tar to the same files, which everybody may read", async () => {
    await mkdir(join(folder, "in/sub/tmp"), { recursive: true });
    await mkdir(join(folder, "out"));
    // Sizes around tar's blocks of 512 bytes.
    const sizes = [0, 1, 511, 512, 513, 70_000];
    for (const size of sizes) await write(`sub/${size}`, Buffer.alloc(size, "x"), 0o600);
    await write("program", "#!/bin/sh\n", 0o700);
    await chmod(join(folder, "in/sub/tmp"), 0o1777);

    await writeFile(join(folder, "a.tar"), Buffer.concat(tarOf(entriesOf(join(folder, "in")))));
    execFileSync("tar", ["--extract", "--preserve-permissions", "--file", "a.tar", "--directory", "out"], {
      cwd: folder,
    });

    const mode = async (path: string): Promise<number> => (await stat(join(folder, "out", path))).mode & 0o7777;
    for (const size of sizes) {
      expect(await readFile(join(folder, `out/sub/${size}`), "utf8")).toBe("x".repeat(size));
      expect(await mode(`sub/${size}`)).toBe(0o644);
    }
    expect(await mode("program")).toBe(0o755);
    expect(await mode("sub/tmp")).toBe(0o1777);
  });

  it("is the same whenever and by whomever the files were made", async () => {
    const archives: Buffer[] = [];
    for (const umaskLike of [0o600, 0o644]) {
      await mkdir(join(folder, "in"), { recursive: true });
      await write("a", "a", umaskLike);
      archives.push(Buffer.concat(tarOf(entriesOf(join(folder, "in")))));
      await rm(join(folder, "in"), { recursive: true });
    }
    expect(archives[0]).toEqual(archives[1]);
  });

  it("refuses a link, which it would not keep", async () => {
    await symlink("/etc/passwd", join(folder, "link"));
    expect(() => entriesOf(folder)).toThrow(`${folder}/link is neither a file nor a folder`);
  });

  it("refuses a path that the header has no place for", () => {
    const path = "a/".repeat(50) + "b";
    expect(() => tarOf([{ path, mode: 0o644, content: Buffer.alloc(0) }])).toThrow(
      `${path}: a path of more than 100 bytes does not fit into the archive`,
    );
  });
});
