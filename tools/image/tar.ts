// A tar archive of files and folders, in memory: the same bytes for the same files, whoever owns them.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface TarEntry {
  /** Without a slash at either end. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** null: a folder. */
  readonly content: Buffer | null;
}

const BLOCK = 512;
/** The ustar header's own field; longer ones would need its prefix, and nothing here is that deep. */
const LONGEST_PATH = 100;

/**
 * Everything below `folder`, folders before what is in them, sorted; readable by all, whatever the umask was when it was
 * made. @throws Error on what is neither file nor folder
 */
export function entriesOf(folder: string): TarEntry[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  return paths.map((path) => {
    const stat = lstatSync(join(folder, path));
    if (!stat.isFile() && !stat.isDirectory()) throw new Error(`${join(folder, path)} is neither a file nor a folder`);
    if (stat.isFile()) {
      return { path, mode: stat.mode & 0o100 ? 0o755 : 0o644, content: readFileSync(join(folder, path)) };
    }
    return { path, mode: stat.mode & 0o1000 ? 0o1777 : 0o755, content: null };
  });
}

/** The archive (POSIX ustar), in pieces: its files are not copied. Owner is root and the time is 1970. */
export function tarOf(entries: readonly TarEntry[]): Buffer[] {
  const pieces = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1))];
  });
  return [...pieces, Buffer.alloc(2 * BLOCK)];
}

function header({ path, mode, content }: TarEntry, size: number): Buffer {
  const name = content === null ? `${path}/` : path;
  if (Buffer.byteLength(name) > LONGEST_PATH) {
    throw new Error(`${name}: a path of more than ${LONGEST_PATH} bytes does not fit into the archive`);
  }
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, offset: number, width: number): number =>
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, offset);
  block.write(name, 0);
  number(mode, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(size, 124, 12);
  number(0, 136, 12);
  block.write(content === null ? "5" : "0", 156);
  block.write("ustar\u000000", 257);
  // The checksum counts its own field as spaces.
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
