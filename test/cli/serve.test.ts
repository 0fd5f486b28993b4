import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { Agent } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { makePair } from "../support/certificates.ts";
import { makeClient, makeSigner } from "../support/client-certificates.ts";
import { ask, post } from "../support/https-client.ts";
import { reviewOf } from "../support/running-server.ts";
import { createMount, temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT, runKataThp } from "./run-kata-thp.ts";

const EXAMPLE = ["--policy", "examples/runtime-class/policy.yaml", "--snapshot", "examples/runtime-class/snapshot"];
const FREE = ["--port", "0", "--metrics-port", "0"];

interface Serving {
  readonly child: ChildProcessWithoutNullStreams;
  readonly port: number;
  readonly metricsPort: number;
  readonly code: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  /** Waits until the log has a line with this text. */
  logged(text: string): Promise<void>;
  /** Waits until standard output matches. */
  printed(pattern: RegExp): Promise<string>;
}

async function serve(...args: string[]): Promise<Serving> {
  // What a killed server leaves behind goes with the test's own folder.
  const env = { ...process.env, TMPDIR: await temporaryFolder() };
  const child = spawn(process.execPath, ["bin/kata-thp.js", "serve", ...FREE, ...args], { cwd: ROOT, env });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const code = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await code;
  });
  const found = async (which: "stdout" | "stderr", pattern: RegExp): Promise<string> =>
    await new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output[which]);
        if (match !== null) resolve(match[0]);
      };
      child[which].on("data", look);
      child.once("close", () => reject(new Error(`ended before ${String(pattern)}:\n${output.stderr}`)));
      look();
    });
  const listening = JSON.parse(await found("stderr", /^.*"msg":"listening".*$/m)) as {
    port: number;
    metricsPort: number;
  };
  return {
    child,
    ...listening,
    code,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    logged: async (text) => {
      await found("stderr", new RegExp(`"msg":"${text}.*\\n`));
    },
    printed: async (pattern) => await found("stdout", pattern),
  };
}

it("prints a curl line that, pasted, prints a review with the patch", async () => {
  const server = await serve("--dev", ...EXAMPLE, "--example-pod", "examples/runtime-class/pods/eligible.yaml");
  const line = await server.printed(/^curl .*$/m);
  const { stdout } = await promisify(execFile)("bash", ["-c", line], {
    env: { ...process.env, https_proxy: "http://127.0.0.1:1" },
  });
  const { response } = JSON.parse(stdout) as { response: { allowed: boolean; patchType: string; patch: string } };
  expect(response).toMatchObject({ allowed: true, patchType: "JSONPatch" });
  expect(JSON.parse(Buffer.from(response.patch, "base64").toString())).toContainEqual({
    op: "replace",
    path: "/spec/runtimeClassName",
    value: "kata-clh-thp",
  });
  // Standard output holds the line and a word around it; the log is elsewhere, one JSON a line.
  expect(server.stdout()).toBe(`\nPaste this in another terminal:\n\n${line}\n\n`);
  for (const each of server.stderr().trim().split("\n")) expect(() => JSON.parse(each) as unknown, each).not.toThrow();

  const caFile = /--cacert (\S+)/.exec(line)?.[1] ?? "";
  const ca = await readFile(caFile, "utf8");
  expect((await ask({ ...server, ca, path: "/readyz" })).body).toBe("ok\n");
  server.child.kill("SIGTERM");
  expect(await server.code).toBe(0);
  expect(existsSync(caFile)).toBe(false);
});

it("follows its policy and certificate files while it serves", async () => {
  const first = await makePair();
  const secret = await createMount({ "tls.crt": first.cert, "tls.key": first.key });
  const text = await readFile(join(ROOT, "examples/runtime-class/policy.yaml"), "utf8");
  const config = await createMount({ "policy.yaml": text });
  const args = ["--snapshot", "examples/runtime-class/snapshot", "--drain-delay", "0"];
  const files = ["--tls-cert", join(secret.folder, "tls.crt"), "--tls-key", join(secret.folder, "tls.key")];
  const server = await serve(...args, ...files, "--policy", join(config.folder, "policy.yaml"));
  const decide = async (ca: string): Promise<unknown> => {
    const { body } = await post({ ...server, ca, path: "/mutate/enforce", body: reviewOf() });
    return (JSON.parse(body) as { response: { auditAnnotations: unknown } }).response.auditAnnotations;
  };
  expect(await decide(first.cert)).toMatchObject({ decision: "patch" });

  const second = await makePair();
  await secret.update({ "tls.crt": second.cert, "tls.key": second.key });
  await server.logged("certificate reloaded");
  expect(await decide(second.cert)).toMatchObject({ decision: "patch" });

  await config.update({ "policy.yaml": "kind: Nonsense\n" });
  await server.logged("policy refused");
  expect(await decide(second.cert)).toMatchObject({ decision: "patch" });
  expect(await scrape(server.metricsPort)).toMatch(/^kata_thp_policy_is_current 0$/m);

  await config.update({ "policy.yaml": text.replace("runtimeClass: kata-clh", "runtimeClass: other") });
  await server.logged("policy reloaded");
  expect(await decide(second.cert)).toMatchObject({ decision: "skip", reasons: "NotTarget" });
  expect(await scrape(server.metricsPort)).toMatch(/^kata_thp_policy_is_current 1$/m);

  server.child.kill("SIGTERM");
  expect(await server.code).toBe(0);
});

it("ends at once on a second signal", async () => {
  const server = await serve("--dev", ...EXAMPLE, "--drain-delay", "600");
  server.child.kill("SIGTERM");
  await server.logged("draining");
  // A signal within half a second counts as the first one's echo.
  const again = setInterval(() => server.child.kill("SIGTERM"), 50);
  expect(await server.code).toBe(1);
  clearInterval(again);
});

it("knows nothing without a snapshot, says so, and lets every pod pass", async () => {
  const folder = await temporaryFolder();
  const pod = join(folder, "pod.json");
  await writeFile(
    pod,
    JSON.stringify({ apiVersion: "v1", kind: "Pod", spec: { runtimeClassName: "kata-clh", containers: [] } }),
  );
  const server = await serve("--dev", "--example-pod", pod);
  const line = await server.printed(/^curl .*$/m);
  const ca = await readFile(/--cacert (\S+)/.exec(line)?.[1] ?? "", "utf8");
  expect(await ask({ ...server, ca, path: "/readyz" })).toMatchObject({
    status: 503,
    body: expect.stringContaining("not synced") as string,
  });
  const { stdout } = await promisify(execFile)("bash", ["-c", line]);
  expect(JSON.parse(stdout)).toMatchObject({ response: { allowed: true, auditAnnotations: { decision: "skip" } } });
});

it.each<[string, string[], RegExp]>([
  [
    "a bad flag",
    ["--dev", "--port", "http"],
    /^kata-thp: --port must be a whole number from 0 to 65535, not "http"\n$/,
  ],
  [
    "a missing policy",
    ["--dev", ...FREE, "--policy", "none.yaml"],
    /^kata-thp: none\.yaml:1: the file cannot be read: ENOENT: no such file or directory\n$/,
  ],
  [
    "a wrong policy",
    ["--dev", ...FREE, "--policy", "package.json"],
    /^kata-thp: package\.json:2: name is an unknown field; .*\n/m,
  ],
  ["a missing snapshot", ["--dev", ...FREE, "--snapshot", "none"], /^kata-thp: none: a snapshot must be a folder/],
  [
    "a missing certificate",
    [...FREE, "--snapshot", "examples/runtime-class/snapshot", "--tls-cert", "none.crt", "--tls-key", "none.key"],
    /^kata-thp: --tls-cert and --tls-key: none\.crt cannot be read: ENOENT: no such file or directory\n$/,
  ],
  [
    "an example without a pod",
    ["--dev", ...FREE, "--example-pod", "examples/runtime-class/snapshot/runtime-classes.yaml"],
    /^kata-thp: --example-pod: .* holds no Pod; name a manifest with one\n/,
  ],
])("ends with 2 and a sentence for %s", async (_, args, sentence) => {
  const { code, stdout, stderr } = await runKataThp(["serve", ...args]);
  expect(stderr).toMatch(sentence);
  expect([code, stdout]).toEqual([2, ""]);
});

it("ends with 2 where its port is taken", async () => {
  const first = await serve("--dev");
  const { code, stderr } = await runKataThp(["serve", "--dev", "--metrics-port", "0", "--port", String(first.port)]);
  expect(stderr).toContain(`port ${first.port} on :: is taken; choose another, or 0 for a free one`);
  expect(code).toBe(2);
});

it("tells its flags", async () => {
  const { code, stdout } = await runKataThp(["serve", "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("--max-in-flight N");
});

async function scrape(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/metrics", agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
    }).on("error", reject);
  });
}

it("takes TLS 1.3 alone, and clients by their certificate, where the flags say so", async () => {
  const root = await makeSigner("root");
  const mount = await createMount({ "ca.crt": root.cert });
  const file = join(mount.folder, "ca.crt");
  const server = await serve("--dev", "--tls-min-version=1.3", "--client-ca", file, "--client-name=api");
  const protocol = async (maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string> =>
    await new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false, maxVersion });
      socket.once("secureConnect", () => resolve(socket.end().getProtocol() ?? "none"));
      socket.once("error", ({ message }) => resolve(message));
    });
  expect([await protocol("TLSv1.2"), await protocol("TLSv1.3")]).toEqual([
    expect.stringContaining("protocol version") as string,
    "TLSv1.3",
  ]);
  const statusOf = async (name: string): Promise<number> => {
    const agent = new Agent({ ...(await makeClient(root, { name })), rejectUnauthorized: false });
    const answer = await post({ port: server.port, ca: "", path: "/mutate/enforce", body: reviewOf(), agent });
    agent.destroy();
    return answer.status;
  };
  expect([await statusOf("api"), await statusOf("other")]).toEqual([200, 403]);

  await mount.update({ "ca.crt": "nothing" });
  await server.logged("client CAs refused: those from before go on counting");
  expect(await statusOf("api")).toBe(200);
  const { code, stderr } = await runKataThp(["serve", "--dev", "--client-ca", file]);
  expect([code, stderr]).toEqual([
    2,
    `kata-thp: --client-ca: ${file}: there is no certificate in it; allowed: PEM of one or more CAs\n`,
  ]);
});
