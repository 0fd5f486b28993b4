// Files that change while we run: a mounted ConfigMap or Secret, or a file that somebody edits.
import { constants, type FSWatcher, watch } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** One file's content, or why there is none, in words that follow the file's name. */
export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly why: string };

export interface WatchedFiles {
  /** Stops watching; resolves when no read is under way. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly files: readonly string[];
  /** The contents that the caller has already, in the order of `files`; what equals them is no change. */
  readonly seen: readonly FileContent[];
  /**
   * Called after each read, one at a time. `isChanged`: not what the last call (or `seen`) had.
   * What it throws is a bug and reaches `uncaughtException`.
   */
  readonly onRead: (contents: readonly FileContent[], isChanged: boolean) => void;
  /** Default 10 s. */
  readonly pollMs?: number;
}

/** The kubelet itself takes up to a minute to carry a change into a mount; ten seconds more are not felt. */
const POLL_MS = 10_000;
/** A person's `cp a.crt …; cp a.key …` makes several events; they are read as one change. */
const SETTLE_MS = 100;
/** Policies and certificates are limited by what a ConfigMap or Secret can hold, 1 MiB; the rest is room for a message. */
const LARGEST_FILE = 4 * 1024 * 1024;

/**
 * Tells when one of the files has other content.
 *
 * The directories are watched, not the files: the kubelet swaps a mount by renaming the symlink `..data` beside them,
 * and a watch on the file stays with the old inode and dies. The poll is for what no watch sees: a network filesystem,
 * a directory that was replaced, a watch that could not be had.
 */
export function watchFiles(options: WatchOptions): WatchedFiles {
  const { files, onRead } = options;
  let seen = JSON.stringify(options.seen);
  let reading: Promise<void> | null = null;
  let isAgain = false;
  let isClosed = false;
  let settling: NodeJS.Timeout | null = null;

  async function readOnce(): Promise<void> {
    do {
      isAgain = false;
      const contents = await readFiles(files);
      if (isClosed) return;
      const now = JSON.stringify(contents);
      const isChanged = now !== seen;
      seen = now;
      onRead(contents, isChanged);
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- events set it during the await
    } while (isAgain);
  }

  function read(): void {
    if (reading !== null) {
      isAgain = true;
      return;
    }
    reading = readOnce().finally(() => {
      reading = null;
    });
  }

  function readSoon(): void {
    if (isClosed) return;
    settling ??= setTimeout(() => {
      settling = null;
      read();
    }, SETTLE_MS);
  }

  const watchers = [...new Set(files.map((file) => dirname(file)))].map((directory) =>
    watchDirectory(directory, readSoon),
  );
  const poll = setInterval(read, options.pollMs ?? POLL_MS);
  poll.unref();

  return {
    async close(): Promise<void> {
      isClosed = true;
      clearInterval(poll);
      if (settling !== null) clearTimeout(settling);
      for (const watcher of watchers) watcher?.close();
      await reading;
    },
  };
}

/** Reads the files until two reads in a row agree, so that no pair is made of a mount's old and new half. */
export async function readFiles(files: readonly string[]): Promise<readonly FileContent[]> {
  let contents = await readAll(files);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const again = await readAll(files);
    const isStable = JSON.stringify(again) === JSON.stringify(contents);
    contents = again;
    if (isStable) break;
  }
  return contents;
}

async function readAll(files: readonly string[]): Promise<readonly FileContent[]> {
  return await Promise.all(files.map(readOne));
}

async function readOne(file: string): Promise<FileContent> {
  try {
    // Without O_NONBLOCK opening a pipe would wait for its writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return { kind: "unreadable", why: "is not a regular file" };
      if (stat.size > LARGEST_FILE) {
        return { kind: "unreadable", why: `has ${stat.size} bytes; allowed: ${LARGEST_FILE}` };
      }
      return { kind: "text", text: await handle.readFile("utf8") };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { kind: "unreadable", why: `cannot be read: ${messageOf(error)}` };
  }
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null; // no inotify watches left, or no such directory: the poll is what remains
  }
}

/** Node's message without the path, which stands before it anyway. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, \w+(?: '.*')?$/s, "");
}
