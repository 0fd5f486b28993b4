// The text that json-scan.ts is about: one at a time, in memory that stays.

/**
 * Bytes of the longest text: etcd takes no request of more than 1.5 MiB (embed.DefaultMaxRequestBytes), and an envelope is
 * around the pod. One piece of memory for all, as V8 makes better code for what never changes its place. Pages that no
 * text has reached take no memory.
 */
export const LONGEST_TEXT: number = 2 * 1024 * 1024;
/**
 * Zeros behind the text. JSON has none, in strings neither, so every function stops there by itself, and none has to ask
 * where the text ends.
 */
const ZEROS = 8;
/** The text, zeros, and whatever an earlier text has left. */
export const text: Uint8Array = new Uint8Array(LONGEST_TEXT + ZEROS);
const textBuffer = Buffer.from(text.buffer);
/** The same, for four bytes at once. */
export const words: DataView = new DataView(text.buffer);

/** A text in the pieces in which it came. To make one of them first would be memory that only the collector wants. */
export type Pieces = readonly Buffer[];

/** From now on json-scan.ts is about this text: it is copied. Returns its bytes; -1, and about none, where it is too long. */
export function scanText(pieces: Pieces): number {
  let length = 0;
  for (const piece of pieces) {
    if (length + piece.length > LONGEST_TEXT) return -1;
    text.set(piece, length);
    length += piece.length;
  }
  text.fill(0, length, length + ZEROS);
  return length;
}

/** Copies a part of the text; returns how many bytes. */
export function copyText(to: Buffer, at: number, from: number, end: number): number {
  return textBuffer.copy(to, at, from, end);
}

/** The byte there; 0 behind the end. */
export function byteAt(at: number): number {
  return text[at] as number;
}

/** Is this just the text between both positions? */
export function isText(from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index += 1) if (text[from + index] !== wanted[index]) return false;
  return true;
}
