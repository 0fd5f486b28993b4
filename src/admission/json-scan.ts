// Over JSON without making values of it: where a value ends, and whether it is one. `scanText` says over which; then each
// function takes a position and gives the one behind what it read, or -1 where JSON.parse would refuse it, or where
// JSON.parse had better decide.
// Bytes, not text: in UTF-8 no byte of a longer character looks like one of JSON's own, and invalid UTF-8 is allowed
// in strings alone, where Buffer.toString puts U+FFFD.

import { isText, LONGEST_TEXT, text, words } from "./scanned-text.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
export const COMMA = 0x2c;
const COLON = 0x3a;
export const LIST = 0x5b;
export const LIST_END = 0x5d;
export const OBJECT = 0x7b;
export const OBJECT_END = 0x7d;

const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;

/** 1 for what may follow a backslash alone. */
const SINGLE_ESCAPES = new Uint8Array(256);
for (const escaped of Buffer.from('"\\/bfnrt')) SINGLE_ESCAPES[escaped] = 1;
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");
/** Keys that a careless copy takes for a prototype; review.ts says what becomes of them. */
const PROTOTYPE_KEYS = [Buffer.from("__proto__"), Buffer.from("prototype")] as const;

/** Behind the white space, which may be none. */
export function afterSpace(from: number): number {
  let at = from;
  while (isSpace(text[at] as number)) at += 1;
  return at;
}

/**
 * Behind an object's key. -1 also for one with a \u escape, which could spell anything, and for one that makes
 * prototypes.
 *
 * @param from where the key's quote has to be
 */
export function afterKey(from: number): number {
  if (text[from] !== QUOTE) return -1;
  let at = afterPlain(from + 1);
  while (text[at] !== QUOTE) {
    // What the others spell (managedFields has \" in keys) is in no key that anybody looks for.
    if (text[at] !== BACKSLASH || SINGLE_ESCAPES[text[at + 1] as number] === 0) return -1;
    at = afterPlain(at + 2);
  }
  // Not some(): a closure would be made for each key.
  if (at - from === 10) for (const key of PROTOTYPE_KEYS) if (isText(from + 1, at, key)) return -1;
  return at + 1;
}

/** Behind the colon that follows a key, where the value begins. Takes -1 for the key that could not be read. */
export function afterColon(from: number): number {
  if (from === -1) return -1;
  // The API server sends no space, and looking for none is quickest.
  if (text[from] === COLON && (text[from + 1] as number) > SPACE) return from + 1;
  const colon = afterSpace(from);
  return text[colon] === COLON ? afterSpace(colon + 1) : -1;
}

function afterMemberKey(from: number): number {
  return afterColon(afterKey(from));
}

/** What closes the lists and objects around the innermost one: at most as many as the text has bytes. */
const closing = new Uint8Array(LONGEST_TEXT);

/** Behind the value that begins here. Not recursive: nesting is the sender's choice. */
export function afterValue(from: number): number {
  if (text[from] === QUOTE) return afterString(from);
  /** How many of `closing` count. */
  let depth = 0;
  /** What closes the innermost list or object, 0 outside of all. */
  let end = 0;
  let at = from;
  for (;;) {
    const byte = text[at];
    if (byte === OBJECT || byte === LIST) {
      const close = byte === OBJECT ? OBJECT_END : LIST_END;
      at += 1;
      if ((text[at] as number) <= SPACE) at = afterSpace(at);
      if (text[at] !== close) {
        closing[depth] = end;
        depth += 1;
        end = close;
        if (byte === OBJECT) at = afterMemberKey(at);
        if (at === -1) return -1;
        continue;
      }
      at += 1;
    } else {
      at = byte === QUOTE ? afterString(at) : afterScalar(at);
      if (at === -1) return -1;
    }
    // Behind a value: the lists and objects that it ends, then a comma and the next.
    for (;;) {
      if (end === 0) return at;
      if ((text[at] as number) <= SPACE) at = afterSpace(at);
      const next = text[at];
      at += 1;
      if (next === COMMA) {
        if ((text[at] as number) <= SPACE) at = afterSpace(at);
        if (end === OBJECT_END) at = afterMemberKey(at);
        if (at === -1) return -1;
        break;
      }
      if (next !== end) return -1;
      depth -= 1;
      end = closing[depth] as number;
    }
  }
}

function afterString(from: number): number {
  let at = afterPlain(from + 1);
  for (;;) {
    const byte = text[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return -1;
    const escaped = text[at + 1] as number;
    if (escaped === LETTER_U) {
      for (let digit = at + 2; digit < at + 6; digit += 1) if (!isHex(text[digit] as number)) return -1;
      at += 6;
    } else {
      if (SINGLE_ESCAPES[escaped] === 0) return -1;
      at += 2;
    }
    at = afterPlain(at);
  }
}

/** The highest bit of each of four bytes. */
const HIGH_BITS = 0x80808080 | 0;

/**
 * Behind the bytes that stand for themselves in a string: neither control character nor quote nor backslash. Most of a
 * review's bytes pass here, four at once: for a byte below n that is itself below 128, `(byte - n) & ~byte` has the
 * highest bit set. A borrow may set it for bytes above such a one too, never for one below, so the lowest is right.
 */
function afterPlain(from: number): number {
  for (let at = from; ; at += 4) {
    const four = words.getInt32(at, true);
    const quotes = four ^ 0x22222222;
    const backslashes = four ^ 0x5c5c5c5c;
    const found =
      (((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes) |
        ((four - 0x20202020) & ~four)) &
      HIGH_BITS;
    if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
  }
}

function afterScalar(from: number): number {
  const first = text[from];
  if (first === TRUE[0]) return afterWord(from, TRUE);
  if (first === FALSE[0]) return afterWord(from, FALSE);
  if (first === NULL[0]) return afterWord(from, NULL);
  return afterNumber(from);
}

function afterWord(from: number, word: Uint8Array): number {
  const end = from + word.length;
  return isText(from, end, word) ? end : -1;
}

/** RFC 8259: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
function afterNumber(from: number): number {
  const first = text[from] === MINUS ? from + 1 : from;
  let at = text[first] === ZERO ? first + 1 : afterDigits(first);
  if (at !== -1 && text[at] === 0x2e) at = afterDigits(at + 1);
  if (at === -1) return -1;
  const exponent = text[at];
  if (exponent !== 0x65 && exponent !== 0x45) return at;
  const sign = text[at + 1];
  return afterDigits(sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
}

/** Behind one digit or more. */
function afterDigits(from: number): number {
  let at = from;
  while (isDigit(text[at] as number)) at += 1;
  return at === from ? -1 : at;
}

function isSpace(byte: number): boolean {
  return byte <= SPACE && (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
