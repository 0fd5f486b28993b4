import fc, { type Arbitrary } from "fast-check";
import { maybe } from "./tenant-text.ts";
import type { Volumes } from "./volume-arbitrary.ts";

export function resources(text: Arbitrary<string>, isPlain: boolean): Arbitrary<object> {
  const ordinary = fc.record(
    { cpu: fc.constantFrom("100m", 1), memory: fc.constantFrom("64Mi", "1Gi", "odd") },
    { requiredKeys: [] },
  );
  if (isPlain) return fc.record({ limits: ordinary, requests: ordinary }, { requiredKeys: [] });
  const special = fc.dictionary(
    fc.oneof(
      fc.constantFrom("hugepages-2Mi", "nvidia.com/gpu", "example.com/port", "kubernetes.io/x"),
      text.map((each) => `example.com/${each}`),
      text.map((each) => `hugepages-${each}`),
    ),
    fc.constantFrom("0", "1", 0, 2, "odd"),
    { maxKeys: 2, noNullPrototype: true },
  );
  const list = fc.oneof(
    ordinary,
    special,
    fc.tuple(ordinary, special).map(([a, b]) => ({ ...a, ...b })),
    fc.constant(null),
  );
  return fc.record(
    { limits: list, requests: list, claims: fc.constantFrom(null, [], [{ name: "gpu" }]) },
    { requiredKeys: [] },
  );
}

/** Containers of all kinds; each volume's mounts are dealt out among them. */
export function containers(text: Arbitrary<string>, isPlain: boolean, { volumes, mounts }: Volumes): Arbitrary<object> {
  const lists = ["containers", "initContainers", "ephemeralContainers"] as const;
  return fc
    .tuple(
      fc.array(
        fc.record({ list: fc.constantFrom(...lists), resources: maybe(resources(text, isPlain)), name: maybe(text) }),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(fc.nat(2), { minLength: mounts.length, maxLength: mounts.length }),
    )
    .map(([made, places]) => {
      const spec: Record<string, unknown> = { volumes };
      for (const [index, { list, ...container }] of made.entries()) {
        const own = mounts.filter((_, mount) => (places[mount] ?? 0) % made.length === index);
        const filled = {
          ...container,
          image: "busybox",
          volumeMounts: own.flatMap(({ isDevice, ...mount }) => (isDevice ? [] : [mount])),
          volumeDevices: own.flatMap(({ isDevice, name }) => (isDevice ? [{ name }] : [])),
        };
        spec[list] = [...((spec[list] as unknown[] | undefined) ?? []), filled];
      }
      return spec;
    });
}
