// The README's commands that install and remove, and those that change the certificate's source, word for word, on a real
// API server; kwok stands for the kubelet.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createNamespace, kubectl } from "../../apiserver/control-plane/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../../apiserver/control-plane/start.ts";
import { makePair } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { helmPrograms, ROOT } from "../helm.ts";
import { inventory } from "./inventory.ts";

const run = promisify(execFile);

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ withControllers: ["controller-manager", "scheduler", "kwok"] });
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } };
  await kubectl(plane.access, ["apply", "-f", "-"], { input: node });
  await kubectl(plane.access, ["wait", "--for=condition=Ready", "node/node-1", "--timeout=30s"]);
  await createNamespace(plane.access, "payments");
}, 60_000);

afterAll(async () => {
  await plane?.stop();
});

/** The lines of the blocks of shell below a heading. */
function commandsBelow(heading: string, file = "README.md"): readonly string[] {
  const page = readFileSync(join(ROOT, file), "utf8");
  const from = page.indexOf(`\n${heading}\n`);
  const section = from < 0 ? "" : (page.slice(from + heading.length + 1).split(/\n#+ /)[0] as string);
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => (block as string).trim());
  if (blocks.length === 0) throw new Error(`${file} has no block of shell below "${heading}"`);
  return blocks.flatMap((block) => block.split("\n"));
}

async function paste(command: string): Promise<string> {
  const path = [dirname(helmPrograms()[0].path), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path, KUBECONFIG: plane.access.kubeconfigPath };
  const filled = command
    .replace("NAMESPACE", "payments")
    .replace("=REPOSITORY", "=registry.example/kata-thp-webhook")
    .replace("=TAG", "=1.2.3");
  const { stdout } = await run("bash", ["-c", filled], { cwd: ROOT, env });
  return stdout;
}

async function caFile(): Promise<string> {
  const file = join(await temporaryFolder(), "ca.crt");
  await writeFile(file, (await makePair()).cert);
  return file;
}

it("the commands install it, its certificates come from elsewhere and back, and what removes it leaves nothing", async () => {
  const before = await inventory(plane.access);
  const [image, install, label, test, ...others] = commandsBelow("## Install");
  // No registry here: kwok runs pods without their images.
  expect(image).toBe("docker build -t REPOSITORY:TAG . && docker push REPOSITORY:TAG");
  expect(others).toEqual([]);
  expect(await paste(install as string)).toContain("STATUS: deployed");
  expect(await paste(label as string)).toContain("labeled");
  expect(await paste(test as string)).toMatch(/Phase:\s+Succeeded/);

  const sources: string[] = [];
  for (const command of commandsBelow("## Changing the source", "docs/certificates.md")) {
    expect(await paste(command.replace("ca.crt", await caFile()))).toContain("STATUS: deployed");
    sources.push(await paste("helm get values kata-thp -n kata-thp --all -o json"));
  }
  expect(sources.map((values) => JSON.parse(values).certificate.source)).toEqual(["secret", "secret", "self-signed"]);

  for (const command of commandsBelow("### Remove")) await paste(command);
  await expect
    .poll(async () => (await inventory(plane.access)).filter((line) => !before.includes(line)), { timeout: 30_000 })
    .toEqual([]);
  const { stdout } = await kubectl(plane.access, ["get", "namespace", "payments", "-o", "jsonpath={.metadata.labels}"]);
  expect(stdout).not.toContain("kata-thp.dev");
}, 120_000);
