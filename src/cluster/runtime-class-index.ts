// RuntimeClasses in memory, by name and by what they stand in for.
import type { RuntimeClassFacts } from "../engine/facts.ts";
import { createObjectStore, type ObjectSink } from "./object-store.ts";
import { runtimeClassFacts } from "./runtime-class.ts";

export interface RuntimeClassIndex {
  readonly sink: ObjectSink;
  get(name: string): RuntimeClassFacts | undefined;
  /** Those whose kata-thp.dev/variant-of names `target`, itself excluded, by name. */
  variantsOf(target: string): readonly RuntimeClassFacts[];
  size(): number;
}

export function createRuntimeClassIndex(): RuntimeClassIndex {
  let variants: ReadonlyMap<string, readonly RuntimeClassFacts[]> | null = null;
  const store = createObjectStore<RuntimeClassFacts>({
    keep: (object) => runtimeClassFacts(object),
    onChange: () => {
      variants = null;
    },
  });
  const byTarget = (): ReadonlyMap<string, readonly RuntimeClassFacts[]> => {
    const claiming = [...store.values()].filter(({ name, variantOf }) => variantOf !== null && variantOf !== name);
    const sorted = claiming.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return Map.groupBy(sorted, ({ variantOf }) => variantOf ?? "");
  };
  return {
    sink: store,
    get: (name) => store.get(name),
    variantsOf(target) {
      variants ??= byTarget();
      return variants.get(target) ?? [];
    },
    size: () => store.size(),
  };
}
