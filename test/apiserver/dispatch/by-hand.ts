// Pods as their user would have written them: what a patched one is compared with.
import type { ComparablePod } from "./pods.ts";
import { podOf } from "./pods.ts";
import type { ClassPair, ClassShape } from "./cluster-objects.ts";
import type { Scene } from "./scene.ts";

export const SMALL: ClassShape = { overhead: { podFixed: { cpu: "250m", memory: "160Mi" } } };
export const LARGE: ClassShape = { overhead: { podFixed: { cpu: "500m", memory: "320Mi" } } };

/** Both classes' overheads, where the variant costs no more. */
export const OVERHEADS: Readonly<Record<string, ClassPair>> = {
  equal: { target: SMALL, variant: SMALL },
  // The same amount in other words, which the API server takes for the same.
  "equal-amount": { target: SMALL, variant: { overhead: { podFixed: { cpu: "0.25", memory: "163840Ki" } } } },
  smaller: { target: LARGE, variant: SMALL },
  "no-more": { target: SMALL, variant: {} },
  none: { target: {}, variant: {} },
};

/** The same, where it costs more. */
export const LARGER_OVERHEADS: Readonly<Record<string, ClassPair>> = {
  larger: { target: SMALL, variant: LARGE },
  "first-one": { target: {}, variant: SMALL },
};

export function toleration(key: string): object {
  return { key, operator: "Exists", effect: "NoSchedule" };
}

/** A class for nodes with that label, and with that taint. */
export function scheduled(key: string): ClassShape {
  return { scheduling: { nodeSelector: { [key]: "true" }, tolerations: [toleration(key)] } };
}

/** Which the API server adds to every pod, before the class's own. */
const DEFAULT_TOLERATIONS = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

/** The stored spec of a pod that was written with `runtimeClassName`, and with what these classes schedule by. */
export async function storedByHand(
  scene: Scene,
  runtimeClassName: string,
  classes: readonly ClassShape[],
  spec: object = {},
): Promise<ComparablePod["spec"]> {
  const own: { readonly nodeSelector?: object; readonly tolerations?: readonly object[] } = spec;
  const nodeSelector: object = Object.assign(
    {},
    own.nodeSelector,
    ...classes.map((each) => each.scheduling?.nodeSelector),
  );
  const written = {
    ...spec,
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    tolerations: [
      ...(own.tolerations ?? []),
      ...DEFAULT_TOLERATIONS,
      ...classes.flatMap((each) => each.scheduling?.tolerations ?? []),
    ],
  };
  return (await scene.storeUnasked(podOf(runtimeClassName, written))).spec;
}
