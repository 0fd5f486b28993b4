// How many reviews may be under way, and how much of their bodies: beyond it one is sent away before its body is read.

export interface PlacesOptions {
  /** Reviews at once. */
  readonly most: number;
  /** Bytes of all bodies that are under way; default 32 MiB. */
  readonly mostBytes?: number;
  /** A clock that only goes forward, in milliseconds; default performance.now. */
  readonly clockMs?: () => number;
}

export interface Place {
  /** The body is complete: nobody takes this place any more. */
  bodyCame(): void;
  /** Any number of times. */
  leave(): void;
}

export interface Places {
  /**
   * A place for a body of so many bytes; null where there is none. `giveUp` is called where it is needed for somebody
   * else and the body is still not there after a second; the place is gone then.
   */
  enter(bytes: number, giveUp: () => void): Place | null;
  /** How many there are. */
  taken(): number;
}

/** Twenty pods as large as etcd takes them, and a twelfth of the memory that the chart gives. */
const MOST_BYTES = 32 * 1024 * 1024;
/** The API server sends headers and body at once; whoever is refused for want of a place comes back after a second. */
const SLOW_BODY_MS = 1_000;

/** Without taking places from slow bodies, clients that send a byte now and then could hold all of them for ever. */
export function createPlaces(options: PlacesOptions): Places {
  const { most, mostBytes = MOST_BYTES, clockMs = (): number => performance.now() } = options;
  /** Places whose bodies are on their way, oldest first: when they were taken, and what to do to have them back. */
  const reading = new Map<Place, { readonly sinceMs: number; readonly giveUp: () => void }>();
  let taken = 0;
  let takenBytes = 0;

  const hasRoom = (bytes: number): boolean => taken < most && (taken === 0 || takenBytes + bytes <= mostBytes);

  const takeFromSlowest = (): boolean => {
    const [slowest] = reading;
    if (slowest === undefined) return false;
    const [place, { sinceMs, giveUp }] = slowest;
    if (clockMs() - sinceMs < SLOW_BODY_MS) return false;
    place.leave();
    giveUp();
    return true;
  };

  return {
    taken: () => taken,
    enter(bytes, giveUp) {
      while (!hasRoom(bytes)) if (!takeFromSlowest()) return null;
      let isTaken = true;
      taken += 1;
      takenBytes += bytes;
      const place: Place = {
        bodyCame() {
          reading.delete(place);
        },
        leave() {
          if (!isTaken) return;
          isTaken = false;
          taken -= 1;
          takenBytes -= bytes;
          reading.delete(place);
        },
      };
      reading.set(place, { sinceMs: clockMs(), giveUp });
      return place;
    },
  };
}
