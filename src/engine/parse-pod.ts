// unknown → Pod. The API server sends well-formed pods only; a file, or whoever else reaches the port, may not.
import { renderFieldPath } from "./object-path.ts";
import { type ObjectShape, shapeCheck } from "./object-shape.ts";
import type { Pod, Volume } from "./pod.ts";

export type ParsedPod =
  | { readonly kind: "pod"; readonly pod: Pod }
  /** `path`: the field, as in spec.volumes[0].name; "" is the pod itself. `expected`: what is allowed there. */
  | { readonly kind: "malformed"; readonly path: string; readonly expected: string };

const strings: ObjectShape = { values: "string" };
const items: ObjectShape = { fields: { items: { list: { fields: { key: "string", path: "string" } } } } };
const resources: ObjectShape = {
  fields: { limits: { values: "quantity" }, requests: { values: "quantity" }, claims: { list: "any-object" } },
};
const requirements: ObjectShape = {
  list: { fields: { key: "string", operator: "string", values: { list: "string" } }, required: ["key"] },
};

const amongPods: ObjectShape = {
  fields: { requiredDuringSchedulingIgnoredDuringExecution: { list: "any-object" } },
};

const volume: ObjectShape = {
  required: ["name"],
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

const container: ObjectShape = {
  fields: {
    name: "string",
    ports: { list: { fields: { hostPort: "number" } } },
    securityContext: { fields: { runAsUser: "number", runAsNonRoot: "boolean" } },
    env: { list: { fields: { valueFrom: { fields: { fileKeyRef: "any-object" } } } } },
    volumeMounts: {
      list: {
        required: ["name"],
        fields: {
          name: "string",
          mountPath: "string",
          readOnly: "boolean",
          subPath: "string",
          subPathExpr: "string",
          mountPropagation: "string",
        },
      },
    },
    volumeDevices: { list: { fields: { name: "string" }, required: ["name"] } },
    terminationMessagePolicy: "string",
    resources,
  },
};

const podMismatch = shapeCheck({
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
        securityContext: { fields: { fsGroup: "number", runAsUser: "number", runAsNonRoot: "boolean" } },
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
            podAffinity: amongPods,
            podAntiAffinity: amongPods,
          },
        },
        schedulingGates: { list: "any-object" },
        topologySpreadConstraints: { list: { fields: { whenUnsatisfiable: "string" } } },
        volumes: { list: volume },
        initContainers: { list: container },
        containers: { list: container },
        ephemeralContainers: { list: container },
        resources,
        resourceClaims: { list: "any-object" },
      },
    },
  },
});

/** Checks every field that decisions read; null counts as absent, as in the API server's decoder. */
export function parsePod(value: unknown): ParsedPod {
  if (value === null || value === undefined) return { kind: "malformed", path: "", expected: "an object" };
  const wrong = podMismatch(value);
  if (wrong !== null) return { kind: "malformed", path: renderFieldPath(wrong.path), expected: wrong.expected };
  const pod: Pod = value;
  const twice = volumeNamedTwice(pod);
  if (twice === null) return { kind: "pod", pod };
  return { kind: "malformed", path: `spec.volumes[${twice}].name`, expected: "a name that no other volume has" };
}

/**
 * The first volume whose name another one before it has, or null. The API server refuses such a pod, but asks us before; and
 * all its volumes of one name would have all its mounts, by which every rule would go over their product.
 */
function volumeNamedTwice({ spec }: Pod): number | null {
  const volumes = spec?.volumes ?? [];
  if (volumes.length < 2) return null;
  const names = new Set<string>();
  for (let index = 0; index < volumes.length; index += 1) {
    names.add((volumes[index] as Volume).name);
    if (names.size <= index) return index;
  }
  return null;
}
