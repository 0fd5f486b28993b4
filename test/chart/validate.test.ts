import { describe, expect, it } from "vitest";
import { TEMPLATE_ARGS, tryHelm } from "./helm.ts";

const CA = "-----BEGIN CERTIFICATE-----\nMIIB+/A=\n-----END CERTIFICATE-----\n";

const INJECTED = { "cert-manager.io/inject-ca-from-secret": "kata-thp/ca" };

/** What is refused, and the part of the message that says what to do. */
const REFUSED: readonly (readonly [what: string, values: object, fix: string])[] = [
  [
    "one port for both servers",
    { server: { metricsPort: 10250 } },
    "server.port and server.metricsPort are both 10250: give them different ports.",
  ],
  [
    "hostNetwork on the kubelet's port",
    { hostNetwork: true },
    "hostNetwork with server.port 10250: that is the kubelet's port on the node. Set server.port to a free one, such as 9443.",
  ],
  [
    "hostNetwork with metrics on the kubelet's port",
    { hostNetwork: true, server: { port: 9443, metricsPort: 10250 } },
    "Set server.metricsPort to a free one, such as 9080.",
  ],
  [
    "a NetworkPolicy on the host's network",
    { hostNetwork: true, server: { port: 9443 }, networkPolicy: { enabled: true } },
    "Set networkPolicy.enabled to false.",
  ],
  [
    "Fail with one pod",
    { replicaCount: 1, webhook: { failurePolicy: "Fail" } },
    "Set replicaCount to 2 or more, or failurePolicy to Ignore.",
  ],
  [
    "a Secret of one's own without its name",
    { certificate: { source: "secret", caBundle: CA } },
    "name the Secret with tls.crt and tls.key in the release's namespace.",
  ],
  [
    "a Secret of one's own without its CA",
    { certificate: { source: "secret", secretName: "mine" } },
    "Set it to the CA's PEM, or set the annotation cert-manager.io/inject-ca-from-secret in webhook.annotations.",
  ],
  [
    "a CA where the source brings its own",
    { certificate: { caBundle: CA } },
    "Leave caBundle empty, or set source to secret.",
  ],
  [
    "client CAs from two places",
    { tls: { clientCA: { configMap: "a", secret: "b" } } },
    "tls.clientCA.configMap and tls.clientCA.secret: name one of the two.",
  ],
  [
    "client names without CAs",
    { tls: { clientCA: { names: ["kube-apiserver"] } } },
    "Set tls.clientCA.configMap or tls.clientCA.secret.",
  ],
  [
    "a CA that is not PEM",
    { certificate: { source: "secret", secretName: "mine", caBundle: "LS0tLS1CRUdJTg==" } },
    "If it is base64 of that, decode it.",
  ],
  [
    "an issuer without a name",
    { certificate: { source: "cert-manager", certManager: { issuerRef: { kind: "ClusterIssuer" } } } },
    "name the issuer, or leave issuerRef empty to have a CA made for this release.",
  ],
  [
    "both monitors",
    { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } },
    "every pod would be scraped twice. Leave one of them off.",
  ],
  [
    "too little memory",
    { resources: { limits: { memory: "96Mi" } } },
    "resources.limits.memory is 96Mi: the webhook needs 128Mi at least.",
  ],
  [
    "a ServiceAccount that nobody gives its rights",
    { rbac: { create: false } },
    "Set serviceAccount.create to false and serviceAccount.name to the one that has them.",
  ],
  [
    "one Service port for both servers",
    { service: { port: 8080 } },
    "service.port and server.metricsPort are both 8080: the Service has a port of each. Give them different ports.",
  ],
  [
    "a port that only root may listen on",
    { server: { port: 443 } },
    "Set server.port to 1024 or more; service.port, which API servers call, may stay 443.",
  ],
  [
    "more memory reserved than may be used",
    { resources: { requests: { memory: "1Gi" } } },
    "resources.requests.memory 1Gi is more than resources.limits.memory 384Mi: raise the limit, or lower the request.",
  ],
  [
    "Fail with a budget that lets a drain take every pod",
    { webhook: { failurePolicy: "Fail" }, podDisruptionBudget: { maxUnavailable: 2 } },
    "Set podDisruptionBudget.maxUnavailable to 1, or replicaCount to more.",
  ],
  [
    "Fail with a budget that is rounded up to all pods",
    { replicaCount: 3, webhook: { failurePolicy: "Fail" }, podDisruptionBudget: { maxUnavailable: "67%" } },
    "Set podDisruptionBudget.maxUnavailable to 1, or replicaCount to more.",
  ],
  [
    "an injected CA beside a source that fills in its own",
    { webhook: { annotations: { "cert-manager.io/inject-ca-from": "a/b" } } },
    "webhook.annotations cert-manager.io/inject-ca-from with certificate.source self-signed: that source fills in the caBundle itself.",
  ],
  [
    "an issuer that nobody asks",
    { certificate: { certManager: { issuerRef: { name: "internal" } } } },
    "Set source to cert-manager, or leave issuerRef empty.",
  ],
  [
    "the CA's Secret for the certificate",
    { certificate: { source: "cert-manager", secretName: "kata-thp-webhook-ca" } },
    "certificate.secretName kata-thp-webhook-ca is the Secret of the CA that is made for this release: choose another name",
  ],
  [
    "NODE_OPTIONS of one's own",
    { server: { extraEnv: [{ name: "NODE_OPTIONS", value: "x" }] } },
    "server.extraEnv has NODE_OPTIONS, which is made from resources.limits.memory: set that.",
  ],
  [
    "a variable twice",
    { server: { extraEnv: [{ name: "A" }, { name: "B" }, { name: "A" }] } },
    "server.extraEnv has A twice: leave one of them.",
  ],
  [
    "a private key in the caBundle",
    {
      certificate: {
        source: "secret",
        secretName: "m",
        caBundle: `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${CA}`,
      },
    },
    "certificate.caBundle holds a private key, and everybody may read the webhook configuration",
  ],
  [
    "a caBundle that is cut off",
    { certificate: { source: "secret", secretName: "m", caBundle: `${CA}-----BEGIN CERTIFICATE-----foo` } },
    "certificate.caBundle has a certificate that is not PEM from",
  ],
  [
    "a test of a RuntimeClass that the policy does not name",
    { test: { runtimeClass: "kata-qemu" } },
    "Add it to policy.targets, or leave test.runtimeClass empty.",
  ],
  [
    "a policy whose targets are null",
    { policy: { targets: null } },
    "policy.targets is empty: name at least one RuntimeClass.",
  ],
  [
    "a policy whose targets are null, with a test of a RuntimeClass",
    { policy: { targets: null }, test: { runtimeClass: "kata-clh" } },
    "policy.targets is empty: name at least one RuntimeClass.",
  ],
  [
    "a RuntimeClass that is two targets",
    { policy: { targets: [{ runtimeClass: "kata-clh" }, { runtimeClass: "kata-clh" }] } },
    "policy.targets[1].runtimeClass is kata-clh, as is an earlier target's: make them one.",
  ],
  [
    "a variant that is its own target",
    { policy: { targets: [{ runtimeClass: "kata-clh", variant: "kata-clh" }] } },
    "policy.targets[0].variant is kata-clh, which is itself a target: name the RuntimeClass that stands in for it.",
  ],
  [
    "a variant of two targets",
    { policy: { targets: ["a", "b"].map((runtimeClass) => ({ runtimeClass, variant: "thp" })) } },
    "policy.targets[1].variant is thp, as is an earlier target's: a variant stands in for one RuntimeClass.",
  ],
  [
    "a pod label of the Service's selector",
    { podLabels: { "app.kubernetes.io/name": "mine" } },
    "podLabels has app.kubernetes.io/name, by which the Service and the Deployment find their pods: take it out.",
  ],
  [
    "a CA of one's own that cainjector would write over",
    { certificate: { source: "secret", secretName: "mine", caBundle: CA }, webhook: { annotations: INJECTED } },
    "cainjector and helm would write the same field in turns. Leave one of them out.",
  ],
  [
    "an injection without a namespace",
    {
      certificate: { source: "secret", secretName: "mine" },
      webhook: { annotations: { "cert-manager.io/inject-ca-from-secret": "" } },
    },
    'webhook.annotations cert-manager.io/inject-ca-from-secret is "": cainjector wants NAMESPACE/NAME there.',
  ],
  [
    "rights of nobody's",
    { rbac: { create: false }, serviceAccount: { create: false } },
    "name the ServiceAccount that has the rights, `default` if it is that one.",
  ],
  [
    "a config-path without its file",
    { policy: { targets: [{ runtimeClass: "kata-clh", selection: "config-path" }] } },
    "policy.targets[0].selection is config-path without configPath: name the file that every node has.",
  ],
];

const SYSCTLS = [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }];
const OWN_SECRET = { source: "secret", secretName: "mine" };
const TARGETS = [{ runtimeClass: "a" }, { runtimeClass: "b", selection: "config-path", configPath: "/opt/b.toml" }];

describe("the chart refuses", () => {
  it.each(REFUSED)("%s, and says what to do", async (_, values, fix) => {
    const { exitCode, stderr } = await tryHelm(TEMPLATE_ARGS, { values });

    expect(stderr).toContain("kata-thp-webhook cannot be installed with these values:");
    expect(stderr).toContain(fix);
    expect(exitCode).not.toBe(0);
  });

  it("and names everything that is wrong at once", async () => {
    const { stderr } = await tryHelm(TEMPLATE_ARGS, {
      values: { server: { port: 8080 }, resources: { limits: { memory: "64Mi" } } },
    });

    expect(stderr.match(/^ {2}- /gm)).toHaveLength(2);
  });
});

describe("the chart takes", () => {
  it.each([
    ["a low port where the pods may listen on it", { server: { port: 443 }, podSecurityContext: { sysctls: SYSCTLS } }],
    ["memory reserved in other units, for the API server to judge", { resources: { requests: { memory: "1e8" } } }],
    ["a CA that cainjector fills in", { certificate: OWN_SECRET, webhook: { annotations: INJECTED } }],
    ["a ServiceAccount that has the rights", { rbac: { create: false }, serviceAccount: { create: false, name: "a" } }],
    ["a test of any target", { policy: { targets: TARGETS }, test: { runtimeClass: "b" } }],
  ])("%s", async (_, values) => {
    expect(await tryHelm(TEMPLATE_ARGS, { values })).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
