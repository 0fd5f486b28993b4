/** Edits (a letter added, removed or changed) after which a word is taken for another word and not for a slip. */
const MOST_EDITS = 2;

/** The one of `names` that `name` was probably meant to be, or null where none is close. */
export function nearName(name: string, names: readonly string[]): string | null {
  if (name.length > 64) return null; // no field is half as long, and the distance costs length times length
  const wanted = name.toLowerCase().replaceAll(/[-_]/g, "");
  let best: string | null = null;
  let bestEdits = MOST_EDITS + 1;
  for (const candidate of names) {
    const edits = editDistance(wanted, candidate.toLowerCase());
    // A short word is two edits away from everything.
    if (edits < bestEdits && edits * 2 < candidate.length) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + change, //
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
