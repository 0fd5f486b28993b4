// The objects of one resource, as much of them as is kept.

/** What every object has that the API server sends. */
export interface ApiObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
}

/** What a list and its watch write to. */
export interface ObjectSink {
  put(object: ApiObject): void;
  remove(name: string): void;
  /** A list begins. What is added to it is seen after commit(), all at once, and what it lacks is gone then. */
  relist(): Relist;
}

export interface Relist {
  add(object: ApiObject): void;
  commit(): void;
}

export interface ObjectStore<T> extends ObjectSink {
  get(name: string): T | undefined;
  values(): Iterable<T>;
  size(): number;
}

export interface ObjectStoreOptions<T> {
  /** Object → what is kept of it; null: nothing. `before` is what was kept until now. */
  readonly keep: (object: ApiObject, before: T | undefined) => T | null;
  /** Something that is kept is another now. Not called for an object that changed in nothing of it: most heartbeats. */
  readonly onChange: () => void;
}

interface Kept<T> {
  readonly resourceVersion: string;
  readonly value: T;
}

export function createObjectStore<T>({ keep, onChange }: ObjectStoreOptions<T>): ObjectStore<T> {
  let kept = new Map<string, Kept<T>>();
  /** With the old value wherever it is the same, which a list then neither makes anew nor doubles. */
  const keptOf = (object: ApiObject): Kept<T> | null => {
    const { name, resourceVersion = "" } = object.metadata;
    const before = kept.get(name);
    if (before !== undefined && before.resourceVersion === resourceVersion && resourceVersion !== "") return before;
    const value = keep(object, before?.value);
    if (value === null) return null;
    const isSame = before !== undefined && JSON.stringify(before.value) === JSON.stringify(value);
    return { resourceVersion, value: isSame ? before.value : value };
  };
  return {
    get: (name) => kept.get(name)?.value,
    *values() {
      for (const { value } of kept.values()) yield value;
    },
    size: () => kept.size,
    put(object) {
      const { name } = object.metadata;
      const before = kept.get(name);
      const after = keptOf(object);
      if (after === null) kept.delete(name);
      else kept.set(name, after);
      if (before?.value !== after?.value) onChange();
    },
    remove(name) {
      if (kept.delete(name)) onChange();
    },
    relist() {
      const listed = new Map<string, Kept<T>>();
      return {
        add(object) {
          const after = keptOf(object);
          if (after !== null) listed.set(object.metadata.name, after);
        },
        commit() {
          const before = kept;
          kept = listed;
          const isSame =
            listed.size === before.size && [...listed].every(([name, { value }]) => before.get(name)?.value === value);
          if (!isSame) onChange();
        },
      };
    },
  };
}
