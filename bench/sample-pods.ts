// Pods to have reviews of: a small service, and one that a mesh, an agent and a team with many settings have made big.

/** A pod template, as a Deployment has it. */
export interface PodTemplate {
  readonly metadata: { readonly labels: object; readonly annotations: object };
  readonly spec: object;
}

/** Their reviews are about 6 and 60 KB, as bench/record.ts says when it has recorded them. */
export const SAMPLE_PODS: Readonly<Record<"6k" | "60k", PodTemplate>> = {
  "6k": {
    metadata: { labels: { app: "orders", team: "shop" }, annotations: { "prometheus.io/scrape": "true" } },
    spec: {
      runtimeClassName: "kata-clh",
      containers: [container("orders", 2)],
      volumes: volumes(2),
    },
  },
  "60k": {
    metadata: {
      labels: { app: "platform", team: "shop", "topology.istio.io/network": "network1", version: "v42" },
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8080",
        "sidecar.istio.io/status": JSON.stringify({ revision: "default", containers: ["istio-proxy"] }),
        ...Object.fromEntries(range(20, (index) => [`example.com/setting-${index}`, `value ${index} `.repeat(12)])),
      },
    },
    spec: {
      runtimeClassName: "kata-clh",
      serviceAccountName: "default",
      priorityClassName: "",
      initContainers: range(2, (index) => container(`migrate-${index}`, 10)),
      containers: range(7, (index) => container(`service-${index}`, 24)),
      volumes: volumes(16),
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: range(4, (index) => ({
            weight: 100 - index,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: [`platform-${index}`] }] },
            },
          })),
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { app: "platform" } },
        },
      ],
    },
  },
};

function container(name: string, settings: number): object {
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  return {
    name,
    image: `registry.example.com/platform/${name}:1.42.0`,
    args: ["--listen=:8080", "--config=/etc/settings-0/config.yaml"],
    env: [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ...range(settings, (index) => ({
        name: `SETTING_NUMBER_${index}`,
        value: `https://backend-${index}.shop.svc.cluster.local:8443/api/v1`,
      })),
    ],
    ...(name.startsWith("migrate")
      ? {}
      : { ports: [{ name: "http", containerPort: 8080 }], livenessProbe: probe, readinessProbe: probe }),
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "settings-0", mountPath: "/etc/settings-0", readOnly: true },
      { name: "scratch", mountPath: "/tmp" },
    ],
  };
}

/** Nothing that speaks against private memory: every rule is asked about each, and none finds anything. */
function volumes(count: number): object[] {
  return [
    { name: "scratch", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
    ...range(count, (index) => ({ name: `settings-${index}`, configMap: { name: `settings-${index}` } })),
    { name: "credentials", secret: { secretName: "credentials" } },
  ];
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
