// Where log lines go. A log that cannot be written costs lines, never an admission.
import { constants, fstatSync, openSync, write } from "node:fs";
import type { DestinationStream } from "pino";

export interface LogSink extends DestinationStream {
  /** Lines that were never written: the disk was full, the reader was gone or did not read. */
  lost(): number;
  /**
   * Resolves with true when nothing waits any more, or with false when something still does after `withinMs`: a reader
   * that does not read would keep the process from ending.
   */
  flush(withinMs: number): Promise<boolean>;
}

/** Bytes that may wait for a slow reader, about two thousand reviews; a line more is lost. */
const LONGEST_BACKLOG = 1024 * 1024;
/** Lines of so long are written together: to hand each write to the pool would cost each review more than its line does. */
const GATHER_MS = 50;
/** Bytes that there is room for from the start; more where lines wait. */
const USUAL_ROOM = 64 * 1024;
/** How long nothing is tried after a full disk or a reader that is gone. */
const RETRY_MS = 250;
const BUSY_MS = 10;

/**
 * Writes to a descriptor in the background, one write at a time. pino's own destination throws on ENOSPC, and a
 * synchronous one blocks the event loop on a pipe that nobody reads. Once lines can be written again, one says how many
 * were lost.
 */
export function createLogSink(descriptor: number, longestBacklog: number = LONGEST_BACKLOG): LogSink {
  const fd = unblocked(descriptor);
  // Bytes in two buffers that stay, not lines in a list: those would live just long enough for the collector to take
  // them for old, and all memory that a busy server needs beyond an idle one would be theirs.
  let filling = emptyLot();
  let writing = emptyLot();
  let isBusy = false;
  let lost = 0;
  /** Of those, how many a line has told of. */
  let told = 0;
  let whenIdle: (() => void)[] = [];

  const writeNext = (): void => {
    if (filling.lines === 0) {
      isBusy = false;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
      return;
    }
    isBusy = true;
    [writing, filling] = [filling, writing];
    const telling = lost;
    const lines = writing.bytes.subarray(0, writing.length);
    const data = telling > told ? Buffer.concat([Buffer.from(lossLine(telling - told)), lines]) : lines;
    writeAll(fd, data, (error) => {
      const { lines: written } = writing;
      writing.length = 0;
      writing.lines = 0;
      if (error === null) {
        told = telling;
        if (filling.lines === 0) writeNext();
        else setTimeout(writeNext, GATHER_MS);
        return;
      }
      lost += written;
      setTimeout(writeNext, RETRY_MS).unref();
    });
  };

  return {
    write(line) {
      const length = Buffer.byteLength(line);
      if (writing.length + filling.length + length > longestBacklog) {
        lost += 1;
        return;
      }
      append(filling, line, length);
      if (isBusy) return;
      isBusy = true;
      setTimeout(writeNext, GATHER_MS);
    },
    lost: () => lost,
    flush: async (withinMs) =>
      await new Promise<boolean>((resolve) => {
        if (!isBusy) return resolve(true);
        const timer = setTimeout(() => resolve(false), withinMs);
        whenIdle.push(() => {
          clearTimeout(timer);
          resolve(true);
        });
        return undefined;
      }),
  };
}

/** Lines one after the other. */
interface Lot {
  bytes: Buffer;
  /** How many of `bytes` count. */
  length: number;
  lines: number;
}

function emptyLot(): Lot {
  return { bytes: Buffer.allocUnsafeSlow(USUAL_ROOM), length: 0, lines: 0 };
}

function append(lot: Lot, line: string, length: number): void {
  if (lot.length + length > lot.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * lot.bytes.length, lot.length + length));
    lot.bytes.copy(larger, 0, 0, lot.length);
    lot.bytes = larger;
  }
  lot.length += lot.bytes.write(line, lot.length);
  lot.lines += 1;
}

function lossLine(lines: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: "warn", time, lines, msg: "log lines were lost: nobody took them" })}\n`;
}

/**
 * A pipe once more, as a description of our own that does not block: a thread of the pool that is stuck in a write keeps
 * the process from ending, process.exit included. The given one is shared with whoever started us, and stays as it is.
 */
function unblocked(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd; // not Linux, another user's, or closed: it is written to as it is
  }
}

function writeAll(fd: number, data: Buffer, done: (error: Error | null) => void): void {
  write(fd, data, (error, written) => {
    // The reader is slow.
    if (error?.code === "EAGAIN") setTimeout(() => writeAll(fd, data, done), BUSY_MS).unref();
    else if (error !== null) done(error);
    else if (written < data.length) writeAll(fd, data.subarray(written), done);
    else done(null);
  });
}
