// A RuntimeClass object (node.k8s.io/v1) → what decisions need of it.
import type { RuntimeClassFacts } from "../engine/facts.ts";
import type { Toleration } from "../engine/pod.ts";
import { VARIANT_OF_KEY } from "../engine/status.ts";
import { type ObjectShape, shapeCheck } from "../engine/object-shape.ts";

/** Written by kata-deploy's chart from 3.32.0 on (kata-containers 8549d71c6f, _helpers.tpl:50). */
export const KATA_VERSION_KEY = "katacontainers.io/kata-version";

interface RuntimeClassObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> | null };
  readonly handler: string;
  readonly overhead?: { readonly podFixed?: Readonly<Record<string, string | number>> | null } | null;
  readonly scheduling?: {
    readonly nodeSelector?: Readonly<Record<string, string>> | null;
    readonly tolerations?: readonly Toleration[] | null;
  } | null;
}

export const RUNTIME_CLASS_SHAPE: ObjectShape = {
  required: ["metadata", "handler"],
  fields: {
    metadata: { required: ["name"], fields: { name: "string", annotations: { values: "string" } } },
    handler: "string",
    overhead: { fields: { podFixed: { values: "quantity" } } },
    scheduling: {
      fields: {
        nodeSelector: { values: "string" },
        tolerations: { list: { fields: { key: "string", operator: "string", value: "string", effect: "string" } } },
      },
    },
  },
};

const mismatch = shapeCheck(RUNTIME_CLASS_SHAPE);

/** null for what is no RuntimeClass that can be read; RUNTIME_CLASS_SHAPE tells which field it is. */
export function runtimeClassFacts(object: unknown): RuntimeClassFacts | null {
  if (object == null || mismatch(object) !== null) return null;
  const { metadata, handler, overhead, scheduling } = object as RuntimeClassObject;
  const annotations = new Map(Object.entries(metadata.annotations ?? {}));
  // An empty podFixed is the same as none: the API server's RuntimeClass plugin then sets no overhead.
  const podFixed = Object.entries(overhead?.podFixed ?? {}).filter(([, quantity]) => quantity !== null);
  return {
    name: metadata.name,
    handler,
    variantOf: annotations.get(VARIANT_OF_KEY) || null,
    kataVersion: annotations.get(KATA_VERSION_KEY) || null,
    overhead:
      podFixed.length === 0 ? null : Object.fromEntries(podFixed.map(([name, amount]) => [name, String(amount)])),
    nodeSelector: scheduling?.nodeSelector ?? {},
    tolerations: (scheduling?.tolerations ?? []).map(({ key, operator, value, effect, tolerationSeconds }) => {
      const said = Object.entries({ key, operator, value, effect }).filter(([, text]) => text != null);
      return {
        ...Object.fromEntries(said),
        // An int64 that a double cannot hold is some 300 million years: for ever, as without it.
        ...(Number.isSafeInteger(tolerationSeconds) ? { tolerationSeconds } : {}),
      };
    }),
  };
}
