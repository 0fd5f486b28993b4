// Over JSON without making values of it: where a value ends, and whether it is one. Each function takes a position and
// gives the one behind what it read, or -1 where JSON.parse would refuse it, or where JSON.parse had better decide.
// Bytes, not text: in UTF-8 no byte of a longer character looks like one of JSON's own, and invalid UTF-8 is allowed
// in strings alone, where Buffer.toString puts U+FFFD.

export const QUOTE = 0x22;
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

const SINGLE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");
/** Keys that a careless copy takes for a prototype; review.ts says what becomes of them. */
const PROTOTYPE_KEYS = [Buffer.from("__proto__"), Buffer.from("prototype")] as const;

/** Behind the white space, which may be none. */
export function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at] as number)) at += 1;
  return at;
}

/**
 * Behind an object's key. -1 also for one with a \u escape, which could spell anything, and for one that makes
 * prototypes.
 *
 * @param from where the key's quote has to be
 */
export function afterKey(bytes: Buffer, from: number): number {
  if (bytes[from] !== QUOTE) return -1;
  let at = from + 1;
  for (;;) {
    at = afterPlain(bytes, at);
    if (bytes[at] === QUOTE) break;
    // What the others spell (managedFields has \" in keys) is in no key that anybody looks for.
    if (bytes[at] !== BACKSLASH || !SINGLE_ESCAPES.has(bytes[at + 1] ?? 0)) return -1;
    at += 2;
  }
  // Not some(): a closure would be made for each key.
  if (at - from === 10) for (const key of PROTOTYPE_KEYS) if (isText(bytes, from + 1, at, key)) return -1;
  return at + 1;
}

/** Behind the colon that follows a key, where the value begins. Takes -1 for the key that could not be read. */
export function afterColon(bytes: Buffer, from: number): number {
  if (from === -1) return -1;
  const colon = afterSpace(bytes, from);
  return bytes[colon] === COLON ? afterSpace(bytes, colon + 1) : -1;
}

/** What closes the lists and objects around the innermost one; kept from call to call, as most calls need little. */
let closing: number[] = [];
const MOST_KEPT = 1024;

/** Behind the value that begins here. Not recursive: nesting is the sender's choice. */
export function afterValue(bytes: Buffer, from: number): number {
  if (bytes[from] === QUOTE) return afterString(bytes, from);
  if (closing.length > MOST_KEPT) closing = [];
  /** How many of `closing` count. */
  let depth = 0;
  /** What closes the innermost list or object, 0 outside of all. */
  let end = 0;
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === OBJECT || byte === LIST) {
      const close = byte === OBJECT ? OBJECT_END : LIST_END;
      at = afterSpace(bytes, at + 1);
      if (bytes[at] !== close) {
        closing[depth] = end;
        depth += 1;
        end = close;
        if (byte === OBJECT) at = afterColon(bytes, afterKey(bytes, at));
        if (at === -1) return -1;
        continue;
      }
      at += 1;
    } else {
      at = byte === QUOTE ? afterString(bytes, at) : afterScalar(bytes, at);
      if (at === -1) return -1;
    }
    // Behind a value: the lists and objects that it ends, then a comma and the next.
    for (;;) {
      if (end === 0) return at;
      at = afterSpace(bytes, at);
      const next = bytes[at];
      at += 1;
      if (next === COMMA) {
        at = afterSpace(bytes, at);
        if (end === OBJECT_END) at = afterColon(bytes, afterKey(bytes, at));
        if (at === -1) return -1;
        break;
      }
      if (next !== end) return -1;
      depth -= 1;
      end = closing[depth] ?? 0;
    }
  }
}

function afterString(bytes: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    at = afterPlain(bytes, at);
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return -1;
    const escaped = bytes[at + 1] ?? 0;
    if (escaped === LETTER_U) {
      for (let digit = at + 2; digit < at + 6; digit += 1) if (!isHex(bytes[digit] ?? 0)) return -1;
      at += 6;
    } else {
      if (!SINGLE_ESCAPES.has(escaped)) return -1;
      at += 2;
    }
  }
}

/**
 * Behind the bytes that stand for themselves in a string: neither control character nor quote nor backslash. Most of a
 * review's bytes pass here. (The bound is for speed too: a read behind the end is slow.)
 */
function afterPlain(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
    at += 1;
  }
  return at;
}

/** Is this just the text between both positions? */
export function isText(bytes: Buffer, from: number, to: number, text: Buffer): boolean {
  if (to - from !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[from + index] !== text[index]) return false;
  return true;
}

function afterScalar(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === TRUE[0]) return afterWord(bytes, from, TRUE);
  if (first === FALSE[0]) return afterWord(bytes, from, FALSE);
  if (first === NULL[0]) return afterWord(bytes, from, NULL);
  return afterNumber(bytes, from);
}

function afterWord(bytes: Buffer, from: number, word: Buffer): number {
  const end = from + word.length;
  return isText(bytes, from, end, word) ? end : -1;
}

/** RFC 8259: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
function afterNumber(bytes: Buffer, from: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let at = bytes[first] === ZERO ? first + 1 : afterDigits(bytes, first);
  if (at !== -1 && bytes[at] === 0x2e) at = afterDigits(bytes, at + 1);
  if (at === -1) return -1;
  const exponent = bytes[at];
  if (exponent !== 0x65 && exponent !== 0x45) return at;
  const sign = bytes[at + 1];
  return afterDigits(bytes, sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
}

/** Behind one digit or more. */
function afterDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isDigit(bytes[at] as number)) at += 1;
  return at === from ? -1 : at;
}

function isSpace(byte: number): boolean {
  return byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
