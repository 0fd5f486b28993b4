// Since when every webhook entry trusts a CA, as far as this process has read it.
import type { AuthorityCertificate } from "./ca-bundle.ts";

/** A webhook entry that calls us. */
export interface TrustingEntry {
  readonly name: string;
  readonly authorities: readonly AuthorityCertificate[];
}

export interface Sighting {
  /** Monotonic milliseconds of the first and the last reading in which every entry had it. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The very first reading of this process had it: it may have been there for months. */
  readonly isFromStart: boolean;
}

/** By the CA's id. */
export type Sightings = ReadonlyMap<string, Sighting>;

export function isInEveryEntry(entries: readonly TrustingEntry[], id: string): boolean {
  // Without an entry nobody trusts anything.
  return entries.length > 0 && entries.every(({ authorities }) => authorities.some((authority) => authority.id === id));
}

/**
 * Takes in one reading of the API server; what it says after a write of ours is none.
 *
 * An entry that trusts others and not this CA ends its sighting: an API server may still see that entry a while later,
 * and a leaf of this CA would fail there where another one would do. An entry that trusts nobody does not: no leaf
 * would do, so waiting would only let a tool that empties caBundles again and again hold a rotation up for ever.
 */
export function withReading(
  before: Sightings | null,
  entries: readonly TrustingEntry[],
  monotonicMs: number,
): Sightings {
  const after = new Map<string, Sighting>();
  const ids = new Set([
    ...(before?.keys() ?? []),
    ...entries.flatMap(({ authorities }) => authorities.map(({ id }) => id)),
  ]);
  for (const id of ids) {
    const sighting = before?.get(id);
    if (isInEveryEntry(entries, id)) {
      after.set(id, {
        sinceMs: sighting?.sinceMs ?? monotonicMs,
        untilMs: monotonicMs,
        isFromStart: sighting?.isFromStart ?? before === null,
      });
    } else if (sighting !== undefined && entries.every((entry) => trustsNobodyElse(entry, id))) {
      after.set(id, sighting);
    }
  }
  return after;
}

function trustsNobodyElse({ authorities }: TrustingEntry, id: string): boolean {
  return authorities.length === 0 || authorities.some((authority) => authority.id === id);
}
