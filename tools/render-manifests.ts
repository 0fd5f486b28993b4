// Writes deploy/manifests and deploy/monitoring, which are the chart's default render for those who do not use helm.
// With --check it writes nothing and exits 1 if one of them is not what would be written. Needs helm.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Document, isMap, parseAllDocuments } from "yaml";
import { requireBinaries } from "../test/apiserver/control-plane/binaries.ts";
import { SetupError } from "../test/apiserver/control-plane/setup-error.ts";
import { KUBE_VERSIONS } from "../test/apiserver/control-plane/versions.ts";

const ROOT = join(import.meta.dirname, "..");
const NAMESPACE = "kata-thp";
/** What only helm has a use for. */
const HELM_LABELS = ["helm.sh/chart", "app.kubernetes.io/managed-by"];
const MONITORING_KINDS: ReadonlySet<string> = new Set(["ServiceMonitor", "PrometheusRule"]);
const COMMAND = "npx node tools/render-manifests.ts";
const HEAD = `# Rendered from charts/kata-thp-webhook by ${COMMAND}: do not edit.\n`;
const OWN_NAMESPACE = `---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${NAMESPACE}\n`;

function render(...settings: readonly string[]): Document[] {
  const helm = requireBinaries(["helm"]).get("helm") as string;
  const text = execFileSync(
    helm,
    [
      "template",
      "kata-thp",
      join(ROOT, "charts/kata-thp-webhook"),
      "--namespace",
      NAMESPACE,
      "--kube-version",
      KUBE_VERSIONS.newest,
      "--skip-tests",
      ...settings.flatMap((setting) => ["--set", setting]),
    ],
    {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: "node_modules/.cache/helm", KUBECONFIG: "/nonexistent" },
    },
  );
  return [...parseAllDocuments(text)].filter((document) => document.contents !== null);
}

/** Without helm's labels and its comments on where each came from. */
function plain(document: Document): string {
  const paths = [
    ["metadata", "labels"],
    ["spec", "template", "metadata", "labels"],
  ];
  for (const path of paths) {
    const labels = document.getIn(path);
    if (isMap(labels)) for (const label of HELM_LABELS) labels.delete(label);
  }
  const text = document.toString({ lineWidth: 0, directives: false, flowCollectionPadding: false });
  return `---\n${text.replaceAll(/^# Source: .*\n/gm, "").trim()}\n`;
}

function isOfMonitoring(document: Document): boolean {
  return MONITORING_KINDS.has(String(document.get("kind")));
}

function main(): number {
  const monitoring = render("serviceMonitor.enabled=true", "prometheusRule.enabled=true").filter(isOfMonitoring);
  const wanted = new Map([
    ["deploy/manifests/kata-thp-webhook.yaml", [HEAD, OWN_NAMESPACE, ...render().map(plain)].join("")],
    ["deploy/monitoring/prometheus-operator.yaml", [HEAD, ...monitoring.map(plain)].join("")],
    [
      "deploy/monitoring/grafana-dashboard.json",
      readFileSync(join(ROOT, "charts/kata-thp-webhook/files/dashboard.json"), "utf8"),
    ],
  ]);
  let stale = 0;
  for (const [name, text] of wanted) {
    const file = join(ROOT, name);
    if (currentOf(file) === text) continue;
    if (process.argv.includes("--check")) {
      console.error(`${name} does not fit the chart: run ${COMMAND}`);
      stale += 1;
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      console.log(`wrote ${name}`);
    }
  }
  return stale > 0 ? 1 : 0;
}

function currentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
