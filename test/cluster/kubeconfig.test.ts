import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConnection, type OpenedConnection } from "../../src/cluster/api-connection.ts";

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kata-thp-kubeconfig-"));
});

afterAll(async () => {
  await rm(dir, { recursive: true });
});

const CONFIG = {
  clusters: [
    { name: "one", cluster: { server: "https://one.example:6443/prefix", "certificate-authority-data": "Q0E=" } },
    { name: "broken", cluster: { server: "not a URL" } },
  ],
  users: [{ name: "me", user: { token: "secret" } }],
  contexts: [
    { name: "first", context: { cluster: "one", user: "me" } },
    { name: "broken", context: { cluster: "broken", user: "me" } },
    { name: "no-cluster", context: { cluster: "gone", user: "me" } },
    { name: "no-user", context: { cluster: "one", user: "gone" } },
  ],
  "current-context": "first",
};

async function open(config: unknown, context: string | null = null): Promise<OpenedConnection> {
  const kubeconfig = join(dir, "config");
  await writeFile(kubeconfig, typeof config === "string" ? config : JSON.stringify(config));
  return openConnection({ kubeconfig, context, env: {} });
}

it("opens the current context, or the one that is named", async () => {
  const opened = await open(CONFIG);
  if (opened.kind === "refused") throw new Error(opened.why);
  expect(opened.connection.server.href).toBe("https://one.example:6443/prefix");
  expect(await opened.connection.credentials()).toEqual({
    ca: Buffer.from("CA"),
    headers: { Authorization: "Bearer secret" },
  });
  expect(await open({ ...CONFIG, "current-context": "broken" }, "first")).toMatchObject({ kind: "open" });
});

it.each([
  ["a current context", { ...CONFIG, "current-context": "" }, null, "has no current-context: set one, or name"],
  ["the context", CONFIG, "nowhere", 'has no context "nowhere"; it has first, broken, no-cluster, no-user'],
  ["its cluster", CONFIG, "no-cluster", 'context "no-cluster" names a cluster that it has not'],
  ["its user", CONFIG, "no-user", 'context "no-user" names a user that it has not'],
  ["a server", CONFIG, "broken", 'cluster "broken": server must be a URL such as https://10.0.0.1:6443'],
  ["a name", { ...CONFIG, clusters: [{ cluster: {} }] }, null, "clusters[0].name is missing"],
  ["YAML", "a: [", null, "cannot be read as a kubeconfig: "],
])("says that it lacks %s", async (_what, config, context, why) => {
  const opened = await open(config, context);
  expect(opened).toEqual({ kind: "refused", why: expect.stringContaining(why) });
  expect(opened).toEqual({ kind: "refused", why: expect.stringContaining(join(dir, "config")) });
});

it("says that the file is not there, and that this is no pod", async () => {
  expect(await openConnection({ kubeconfig: join(dir, "nowhere"), context: null, env: {} })).toEqual({
    kind: "refused",
    why: expect.stringMatching(/nowhere cannot be read as a kubeconfig: ENOENT/),
  });
  expect(await openConnection({ kubeconfig: null, context: null, env: {} })).toEqual({
    kind: "refused",
    why: expect.stringContaining("this is no pod: name a kubeconfig"),
  });
});
