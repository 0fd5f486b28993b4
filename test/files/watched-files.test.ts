import { execFileSync } from "node:child_process";
import { renameSync, symlinkSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { type FileContent, readFiles, watchFiles } from "../../src/files/watched-files.ts";
import { eventQueue, type EventQueue } from "../support/event-queue.ts";
import { createMount, temporaryFolder } from "../support/temporary-folder.ts";

/** Longer than any test: what comes then came from the watch. */
const NEVER_MS = 3_600_000;

async function changesOf(files: readonly string[], pollMs: number): Promise<EventQueue<readonly FileContent[]>> {
  const changes = eventQueue<readonly FileContent[]>();
  const watched = watchFiles({
    files,
    seen: await readFiles(files),
    pollMs,
    onRead: (contents, isChanged) => {
      if (isChanged) changes.push(contents);
    },
  });
  onTestFinished(() => watched.close());
  return changes;
}

function texts(contents: readonly FileContent[]): string[] {
  return contents.map((content) => (content.kind === "text" ? content.text : content.why));
}

it("sees each swap of a mount, not only the first, without any poll", async () => {
  const mount = await createMount({ a: "a1", b: "b1" });
  const changes = await changesOf([join(mount.folder, "a"), join(mount.folder, "b")], NEVER_MS);
  for (const version of [2, 3, 4]) {
    await mount.update({ a: `a${version}`, b: `b${version}` });
    expect(texts(await changes.next())).toEqual([`a${version}`, `b${version}`]);
  }
  expect(changes.waiting()).toEqual([]);
});

it("sees an edit in place and an editor's rename", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "a");
  await writeFile(file, "1");
  const changes = await changesOf([file], NEVER_MS);
  await writeFile(file, "2");
  expect(texts(await changes.next())).toEqual(["2"]);
  await writeFile(`${file}.tmp`, "3");
  await rename(`${file}.tmp`, file);
  expect(texts(await changes.next())).toEqual(["3"]);
});

it("says that a file is gone, and that it is back", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "a");
  await writeFile(file, "1");
  const changes = await changesOf([file], NEVER_MS);
  await rm(file);
  expect(await changes.next()).toEqual([{ kind: "unreadable", why: expect.stringContaining("ENOENT") as string }]);
  await writeFile(file, "1");
  expect(texts(await changes.next())).toEqual(["1"]);
});

it("polls what no watch sees: a folder that was replaced", async () => {
  const folder = join(await temporaryFolder(), "mount");
  await mkdir(folder);
  await writeFile(join(folder, "a"), "1");
  const changes = await changesOf([join(folder, "a")], 20);
  await rename(folder, `${folder}.old`);
  await mkdir(folder);
  await writeFile(join(folder, "a"), "2");
  // Between the two steps the file may have been seen missing.
  let seen = texts(await changes.next());
  if (seen[0] !== "2") seen = texts(await changes.next());
  expect(seen).toEqual(["2"]);
  await writeFile(join(folder, "a"), "3");
  expect(texts(await changes.next())).toEqual(["3"]);
});

it("watches nothing after close", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "a");
  await writeFile(file, "1");
  const reads = eventQueue<boolean>();
  const watched = watchFiles({
    files: [file],
    seen: await readFiles([file]),
    pollMs: 5,
    onRead: (_, isChanged) => reads.push(isChanged),
  });
  expect(await reads.next()).toBe(false);
  await watched.close();
  const before = reads.waiting().length;
  await writeFile(file, "2");
  // Another watch sees it in the meantime.
  const other = await changesOf([file], 5);
  await writeFile(file, "3");
  await other.next();
  expect(reads.waiting()).toHaveLength(before);
});

it("refuses what is no file without waiting for it", async () => {
  const folder = await temporaryFolder();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  await writeFile(join(folder, "large"), Buffer.alloc(4 * 1024 * 1024 + 1));
  const files = [folder, join(folder, "pipe"), "/dev/zero", join(folder, "large"), join(folder, "none")];
  expect(texts(await readFiles(files))).toEqual([
    "is not a regular file",
    "is not a regular file",
    "is not a regular file",
    "has 4194305 bytes; allowed: 4194304",
    "cannot be read: ENOENT: no such file or directory",
  ]);
});

it("reads two files of one mount from before or after its swap, never one of each", async () => {
  const folder = await temporaryFolder();
  const files = [join(folder, "..data", "a"), join(folder, "..data", "b")];
  for (const version of ["0", "1"]) {
    await mkdir(join(folder, version));
    for (const name of ["a", "b"]) await writeFile(join(folder, version, name), version);
  }
  symlinkSync("0", join(folder, "..data"));
  for (let swap = 1; swap <= 300; swap += 1) {
    const reading = readFiles(files);
    // The swap comes a little later each time, so that it meets every step of the read.
    for (let step = 0; step < swap % 8; step += 1) await setImmediate();
    symlinkSync(String(swap % 2), join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    const [a, b] = texts(await reading);
    expect(a).toBe(b);
  }
});
