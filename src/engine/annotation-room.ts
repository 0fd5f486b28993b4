// How much room a pod has for annotations of ours: the API server refuses one with too many (422).
import { CONFIG_PATH_KEY, ENABLE_HUGEPAGES_KEY, SHARED_FS_KEY } from "../kata/annotations.ts";
import type { SelectedBy } from "./decision.ts";
import type { Pod } from "./pod.ts";
import { LONGEST_STATUS, STATUS_KEY } from "./status.ts";
import { HUGE_PAGES_OFF, NO_SHARED_FS } from "./user-choice.ts";

/** UTF-8 bytes of all keys and values together (apimachinery pkg/api/validation, TotalAnnotationSizeLimitB). */
const MOST_BYTES = 256 * 1024;

/** Do the pod's annotations fit with these set (text) or removed (null)? */
export function annotationsFit(pod: Pod, wanted: Readonly<Record<string, string | null>>): boolean {
  const own = pod.metadata?.annotations ?? {};
  // No character takes more than three bytes for each of its units: for nearly every pod there is nothing to count.
  return sizeBy(threeForEach, own, wanted) <= MOST_BYTES || sizeBy(byteLength, own, wanted) <= MOST_BYTES;
}

function sizeBy(
  measure: (text: string) => number,
  own: Readonly<Record<string, string | null>>,
  wanted: Readonly<Record<string, string | null>>,
): number {
  let size = 0;
  for (const key in own) {
    const value = own[key];
    if (value != null && !Object.hasOwn(wanted, key)) size += measure(key) + measure(value);
  }
  for (const key in wanted) {
    const value = wanted[key];
    if (value != null) size += measure(key) + measure(value);
  }
  return size;
}

function threeForEach(text: string): number {
  return 3 * text.length;
}

const LONG_STATUS = "x".repeat(LONGEST_STATUS);

/** The most that asking for private memory in this way writes; the status counts as if it were as long as it may be. */
export function mostAnnotations(by: SelectedBy, hasStatus: boolean): Readonly<Record<string, string>> {
  return { ...(hasStatus ? { [STATUS_KEY]: LONG_STATUS } : {}), ...selecting(by) };
}

function selecting(by: SelectedBy): Readonly<Record<string, string>> {
  switch (by.selection) {
    case "runtime-class":
      return {};
    case "config-path":
      return { [CONFIG_PATH_KEY]: by.configPath };
    case "hypervisor-annotations":
      return { [SHARED_FS_KEY]: NO_SHARED_FS, [ENABLE_HUGEPAGES_KEY]: HUGE_PAGES_OFF };
    default:
      return by satisfies never;
  }
}

/** In UTF-8, which is what Go counts; half of a surrogate pair becomes U+FFFD there, three bytes. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
