import type { Pod } from "../../src/engine/pod.ts";
import { escapePointer } from "../../src/engine/pod.ts";

/**
 * Pointers of all that differs, down to the fields themselves. A parent that is absent or null counts as an empty one:
 * making it changes nothing by itself.
 */
export function pointersThatDiffer(before: unknown, after: unknown, at = ""): string[] {
  if (isRecord(before) && isRecord(after)) return differencesOf(before, after, at);
  if (at === "/metadata" || at === "/metadata/annotations") {
    return differencesOf(isRecord(before) ? before : {}, isRecord(after) ? after : {}, at);
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((each: unknown, index) => pointersThatDiffer(each, after[index], `${at}/${index}`));
  }
  return Object.is(before, after) ? [] : [at];
}

function differencesOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  at: string,
): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const pointer = `${at}/${escapePointer(key)}`;
    // Above, a parent that is not there; anywhere else, absent and null are two things.
    if (Object.hasOwn(before, key) && Object.hasOwn(after, key))
      return pointersThatDiffer(before[key], after[key], pointer);
    return pointersThatDiffer(
      Object.hasOwn(before, key) ? before[key] : undefined,
      Object.hasOwn(after, key) ? after[key] : undefined,
      pointer,
    );
  });
}

/** The pod's annotations as they are; none is empty. */
export function annotationsOf(pod: Pod): Readonly<Record<string, string | null>> {
  return pod.metadata?.annotations ?? {};
}

/** The same value with the keys of every object in another order. */
export function reordered<T>(value: T, seed: number): T {
  if (Array.isArray(value)) return value.map((each: unknown) => reordered(each, seed)) as T;
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).toSorted((a, b) => scramble(a, seed) - scramble(b, seed));
  return Object.fromEntries(keys.map((key) => [key, reordered(value[key], seed)])) as T;
}

function scramble(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
