import { expect, it } from "vitest";
import { parseServeFlags } from "../../src/cli/serve-flags.ts";

const FILES = ["--tls-cert", "c", "--tls-key", "k", "--snapshot", "s"];

it("fills in what is absent, in a cluster and with --dev", () => {
  expect(parseServeFlags(FILES)).toEqual({
    kind: "serve",
    policy: null,
    cluster: { kind: "snapshot", dir: "s" },
    tls: {
      kind: "files",
      certFile: "c",
      keyFile: "k",
      service: null,
      webhookConfiguration: null,
      cluster: { kubeconfig: null, context: null },
    },
    minTlsVersion: "1.2",
    clients: null,
    port: 8443,
    metricsPort: 8080,
    host: null,
    logLevel: "info",
    drainDelayMs: 10_000,
    maxInFlight: 256,
    examplePod: null,
  });
  expect(parseServeFlags(["--dev"])).toMatchObject({
    cluster: { kind: "none" },
    tls: { kind: "dev" },
    drainDelayMs: 0,
  });
});

it("reads every flag", () => {
  const flags =
    "--dev --policy p --snapshot s --port 0 --metrics-port 9 --host ::1 --log-level warn --drain-delay 3 --max-in-flight 7 --example-pod e --tls-min-version 1.3 --client-ca ca --client-name a --client-name b";
  expect(parseServeFlags(flags.split(" "))).toEqual({
    kind: "serve",
    policy: "p",
    cluster: { kind: "snapshot", dir: "s" },
    tls: { kind: "dev" },
    minTlsVersion: "1.3",
    clients: { caFile: "ca", names: ["a", "b"] },
    port: 0,
    metricsPort: 9,
    host: "::1",
    logLevel: "warn",
    drainDelayMs: 3_000,
    maxInFlight: 7,
    examplePod: "e",
  });
});

it("reads what the chart gives it for certificates of its own", () => {
  const flags =
    "--tls-source=self-signed --tls-secret=ns/hook-ca --webhook-configuration=hook --service=hook.ns --kubeconfig k --context c";
  expect(parseServeFlags(flags.split(" "))).toMatchObject({
    cluster: { kind: "live", kubeconfig: "k", context: "c" },
    tls: {
      kind: "self-signed",
      secret: { namespace: "ns", name: "hook-ca" },
      webhookConfiguration: "hook",
      service: { namespace: "ns", name: "hook" },
      cluster: { kubeconfig: "k", context: "c" },
    },
  });
});

it("reads what the chart gives it for files", () => {
  const flags =
    "--tls-source=files --tls-cert=c --tls-key=k --webhook-configuration=hook --service=hook.ns --snapshot s";
  expect(parseServeFlags(flags.split(" "))).toMatchObject({
    tls: { kind: "files", service: { namespace: "ns", name: "hook" }, webhookConfiguration: "hook" },
  });
});

it("helps, whatever else is there", () => {
  expect(parseServeFlags(["--port", "x", "--help"])).toEqual({ kind: "help" });
  expect(parseServeFlags(["-h"])).toEqual({ kind: "help" });
});

it.each<[string, string[]]>([
  ["", ["a certificate is missing: give --tls-cert and --tls-key, or --tls-source self-signed, or --dev"]],
  [
    "--tls-cert c --tls-key k --snapshot s --kubeconfig f",
    ["--snapshot and --kubeconfig are two sources of facts: leave one out"],
  ],
  ["--tls-cert c --tls-key k --context x", ["--context names a context of a kubeconfig: give --kubeconfig too"]],
  ["--tls-cert c --snapshot s", ["--tls-key is missing: --tls-cert needs the key that belongs to it"]],
  ["--tls-key k --snapshot s", ["--tls-cert is missing: --tls-key needs the certificate that belongs to it"]],
  [
    "--tls-cert= --tls-key= --snapshot s",
    ["a certificate is missing: give --tls-cert and --tls-key, or --tls-source self-signed, or --dev"],
  ],
  // Of a source that there is not, nothing else is asked.
  ["--tls-source=foo", ['--tls-source must be files or self-signed, not "foo"']],
  ["--dev --tls-key k", ["--dev brings its own certificate: leave out --tls-cert and --tls-key"]],
  ["--dev --port 65536", ['--port must be a whole number from 0 to 65535, not "65536"']],
  ["--dev --port=-1", ['--port must be a whole number from 0 to 65535, not "-1"']],
  ["--dev --port 0x10", ['--port must be a whole number from 0 to 65535, not "0x10"']],
  ["--dev --port=", ['--port must be a whole number from 0 to 65535, not ""']],
  ["--dev --metrics-port http", ['--metrics-port must be a whole number from 0 to 65535, not "http"']],
  ["--dev --max-in-flight 0", ['--max-in-flight must be a whole number from 1 to 100000, not "0"']],
  ["--dev --drain-delay 1.5", ['--drain-delay must be a whole number from 0 to 600, not "1.5"']],
  ["--dev --log-level loud", ['--log-level must be trace, debug, info, warn, error or fatal, not "loud"']],
  ["--dev --tls-min-version 1.1", ['--tls-min-version must be 1.2 or 1.3, not "1.1"; did you mean 1.2?']],
  ["--dev --client-name x", ["--client-name is about a client's certificate: give --client-ca too"]],
  ["--dev --client-ca=", ["--client-ca is empty: name one, or leave the flag out"]],
  ["--dev --client-ca c --client-name=", ["--client-name is empty: name one, or leave the flag out"]],
  ["--tls-cert c --tls-key k --snapshot s --service hook", ['--service must be NAME.NAMESPACE, not "hook"']],
  [
    "--tls-cert c --tls-key k --snapshot s --webhook-configuration hook",
    ["--webhook-configuration is read for the entries that call one Service: give --service too"],
  ],
  ["--dev --policy=", ["--policy is empty: name one, or leave the flag out"]],
  ["--dev now", ['serve takes flags only, not "now"']],
  ["--dev --polcy p", ["unknown flag --polcy; did you mean --policy?", "kata-thp serve --help tells its flags"]],
  [
    "--tls-cert c --tls-key k --snapshot s --example-pod e",
    ["--example-pod needs --dev, whose certificate curl can verify"],
  ],
])("refuses %j", (argv, errors) => {
  expect(parseServeFlags(argv.split(" ").filter((word) => word !== ""))).toEqual({ kind: "invalid", errors });
});
