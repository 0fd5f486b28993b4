import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kata-thp-test-"));
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Mount {
  readonly folder: string;
  /** Replaces all files at once. */
  update(files: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * A folder that changes as a mounted ConfigMap or Secret does: each file is a symlink into `..data`, which is a symlink
 * to a dated folder and is swapped by a rename (kubernetes pkg/volume/util/atomic_writer.go).
 */
export async function createMount(files: Readonly<Record<string, string>>): Promise<Mount> {
  const folder = await temporaryFolder();
  let version = 0;
  let previous: string | null = null;
  async function update(next: Readonly<Record<string, string>>): Promise<void> {
    version += 1;
    const dated = `..2026_11_23_${version}`;
    await mkdir(join(folder, dated));
    for (const [name, text] of Object.entries(next)) await writeFile(join(folder, dated, name), text);
    await symlink(dated, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    if (previous !== null) await rm(join(folder, previous), { recursive: true });
    previous = dated;
  }
  await update(files);
  for (const name of Object.keys(files)) await symlink(join("..data", name), join(folder, name));
  return { folder, update };
}
