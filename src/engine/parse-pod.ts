// unknown → Pod. The API server sends well-formed pods only; a file, or whoever else reaches the port, may not.
import type { Pod } from "./pod.ts";

/** What a value has to be. An object names the fields that decisions read; fields that it doesn't name may be anything. */
type Shape =
  | "string"
  | "boolean"
  | "quantity"
  | "any-object"
  | { readonly list: Shape }
  | { readonly values: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly required?: string };

export type ParsedPod =
  | { readonly kind: "pod"; readonly pod: Pod }
  /** `path`: the field, as in spec.volumes[0].name; "" is the pod itself. `expected`: what is allowed there. */
  | { readonly kind: "malformed"; readonly path: string; readonly expected: string };

const strings: Shape = { values: "string" };
const items: Shape = { fields: { items: { list: { fields: { key: "string", path: "string" } } } } };
const resources: Shape = {
  fields: { limits: { values: "quantity" }, requests: { values: "quantity" }, claims: { list: "any-object" } },
};
const requirements: Shape = {
  list: { fields: { key: "string", operator: "string", values: { list: "string" } }, required: "key" },
};

const volume: Shape = {
  required: "name",
  fields: {
    name: "string",
    hostPath: { fields: { path: "string", type: "string" } },
    emptyDir: { fields: { medium: "string", sizeLimit: "quantity" } },
    persistentVolumeClaim: { fields: { claimName: "string" } },
    ephemeral: {
      fields: { volumeClaimTemplate: { fields: { spec: { fields: { volumeMode: "string" } } } } },
    },
    configMap: items,
    secret: items,
    downwardAPI: items,
    projected: {
      fields: {
        sources: {
          list: {
            fields: {
              configMap: items,
              secret: items,
              downwardAPI: items,
              serviceAccountToken: { fields: { path: "string" } },
              clusterTrustBundle: { fields: { path: "string" } },
            },
          },
        },
      },
    },
  },
};

const container: Shape = {
  fields: {
    name: "string",
    volumeMounts: {
      list: {
        required: "name",
        fields: {
          name: "string",
          readOnly: "boolean",
          subPath: "string",
          subPathExpr: "string",
          mountPropagation: "string",
        },
      },
    },
    volumeDevices: { list: { fields: { name: "string" }, required: "name" } },
    resources,
  },
};

const pod: Shape = {
  fields: {
    metadata: {
      fields: {
        name: "string",
        generateName: "string",
        namespace: "string",
        labels: strings,
        annotations: strings,
        ownerReferences: {
          list: { fields: { apiVersion: "string", kind: "string", name: "string", controller: "boolean" } },
        },
      },
    },
    spec: {
      fields: {
        runtimeClassName: "string",
        overhead: { values: "quantity" },
        nodeName: "string",
        nodeSelector: strings,
        tolerations: { list: { fields: { key: "string", operator: "string", value: "string", effect: "string" } } },
        affinity: {
          fields: {
            nodeAffinity: {
              fields: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  fields: {
                    nodeSelectorTerms: {
                      list: { fields: { matchExpressions: requirements, matchFields: requirements } },
                    },
                  },
                },
              },
            },
          },
        },
        volumes: { list: volume },
        initContainers: { list: container },
        containers: { list: container },
        ephemeralContainers: { list: container },
        resources,
        resourceClaims: { list: "any-object" },
      },
    },
  },
};

/** Checks every field that decisions read; null counts as absent, as in the API server's decoder. */
export function parsePod(value: unknown): ParsedPod {
  const wrong = value === null ? { path: "", expected: "an object" } : mismatch(value, pod, "");
  return wrong === null ? { kind: "pod", pod: value as Pod } : { kind: "malformed", ...wrong };
}

interface Mismatch {
  readonly path: string;
  readonly expected: string;
}

function mismatch(value: unknown, shape: Shape, path: string): Mismatch | null {
  if (value === null || value === undefined) return null;
  if (typeof shape === "string") return isSimple(value, shape) ? null : { path, expected: NAMES[shape] };
  if ("list" in shape) {
    if (!Array.isArray(value)) return { path, expected: "a list" };
    for (const [index, each] of value.entries()) {
      const at = `${path}[${index}]`;
      // A list's element has no "absent": null would be a volume without a name.
      const wrong = each === null ? { path: at, expected: "a value, not null" } : mismatch(each, shape.list, at);
      if (wrong !== null) return wrong;
    }
    return null;
  }
  if (typeof value !== "object" || Array.isArray(value)) return { path, expected: "an object" };
  const fields = value as Readonly<Record<string, unknown>>;
  if ("values" in shape) {
    for (const key of Object.keys(fields)) {
      const wrong = mismatch(fields[key], shape.values, `${path}[${JSON.stringify(key)}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  }
  if (shape.required !== undefined && typeof fields[shape.required] !== "string") {
    return { path: `${path}.${shape.required}`, expected: "a string" };
  }
  for (const key of Object.keys(shape.fields)) {
    const inner = shape.fields[key];
    if (inner === undefined || !Object.hasOwn(fields, key)) continue;
    const wrong = mismatch(fields[key], inner, path === "" ? key : `${path}.${key}`);
    if (wrong !== null) return wrong;
  }
  return null;
}

const NAMES = {
  string: "a string",
  boolean: "true or false",
  quantity: "a quantity such as 128Mi",
  "any-object": "an object",
} as const;

function isSimple(value: unknown, shape: keyof typeof NAMES): boolean {
  switch (shape) {
    case "string":
    case "boolean":
      return typeof value === shape;
    case "quantity":
      return typeof value === "string" || typeof value === "number";
    case "any-object":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return shape satisfies never;
  }
}
