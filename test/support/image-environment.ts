import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const ROOT = join(import.meta.dirname, "../..");

/** What the Dockerfile sets, and over it what the chart's manifests with default values set. */
export async function imageEnvironment(): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [, line = ""] of (await readFile(join(ROOT, "Dockerfile"), "utf8")).matchAll(/^ENV (.*)$/gm)) {
    for (const [, name = "", value = ""] of line.matchAll(/(\w+)=("[^"]*"|\S+)/g))
      env[name] = value.replaceAll('"', "");
  }
  const manifests = await readFile(join(ROOT, "deploy/manifests/kata-thp-webhook.yaml"), "utf8");
  for (const document of parseAllDocuments(manifests)) {
    const object = document.toJS() as ManifestShape | null;
    if (object?.kind !== "Deployment") continue;
    for (const { name, value } of object.spec.template.spec.containers[0]?.env ?? []) {
      if (value !== undefined) env[name] = value;
    }
  }
  return env;
}

interface ManifestShape {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
}
