// Client verification over real TLS: on the reviews' paths, and nowhere else.
import { writeFile } from "node:fs/promises";
import { Agent, type AgentOptions } from "node:https";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  type ClientAuthority,
  openClientAuthority,
  type ReadClientAuthorities,
} from "../../src/tls/client-authority.ts";
import { type ClientPair, makeClient, makeSigner, type Signer } from "../support/client-certificates.ts";
import { type EventQueue, eventQueue } from "../support/event-queue.ts";
import { type Answer, ask, post } from "../support/https-client.ts";
import { metric, reviewOf, type RunningServer, startServer } from "../support/running-server.ts";
import { createMount, type Mount } from "../support/temporary-folder.ts";

const ABSENT = "This webhook asks for a client certificate of a CA in its --client-ca, and there was none.\n";
const UNTRUSTED = "The client certificate does not chain to a CA in --client-ca.\n";
const UNNAMED = "The client certificate has no name that --client-name allows.\n";
const EXPIRED = "The client certificate is not valid now.\n";

interface Gated {
  readonly server: RunningServer;
  readonly mount: Mount;
  readonly reloads: EventQueue<ReadClientAuthorities>;
  readonly authority: ClientAuthority;
}

async function startGated(
  authorities: string,
  names: readonly string[] = [],
  now: () => Date = () => new Date(),
): Promise<Gated> {
  const mount = await createMount({ "ca.crt": authorities });
  const reloads = eventQueue<ReadClientAuthorities>();
  const opened = await openClientAuthority({ file: join(mount.folder, "ca.crt"), now, onReload: reloads.push });
  if (opened.kind === "refused") throw new Error(opened.why);
  onTestFinished(async () => opened.authority.close());
  const server = await startServer({ clients: { authority: opened.authority, names, now } });
  return { server, mount, reloads, authority: opened.authority };
}

function agentOf(client: ClientPair | null, more: AgentOptions = {}): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...client, ...more });
  onTestFinished(() => agent.destroy());
  return agent;
}

async function review(server: RunningServer, client: ClientPair | null | Agent, body = reviewOf()): Promise<Answer> {
  const agent = client instanceof Agent ? client : agentOf(client);
  return await post({ ...server, path: "/mutate/enforce", body, agent });
}

async function refusals(server: RunningServer, reason: string): Promise<number | null> {
  return await metric(server, `kata_thp_client_certificates_refused_total{reason="${reason}"}`);
}

it("asks for a certificate on the reviews' paths, and on no other", async () => {
  const root = await makeSigner("root");
  const { server } = await startGated(root.cert);
  for (const path of ["/livez", "/readyz"]) expect((await ask({ ...server, path })).status).toBe(200);
  for (const path of ["/mutate/enforce", "/mutate/observe"]) {
    const answer = await post({ ...server, path, body: reviewOf() });
    expect([answer.status, answer.body, answer.headers["connection"]]).toEqual([403, ABSENT, "close"]);
  }
  expect(await refusals(server, "absent")).toBe(2);
  expect(await metric(server, 'kata_thp_refused_requests_total{code="403"}')).toBe(2);
  const allowed = await review(server, await makeClient(root));
  expect([allowed.status, JSON.parse(allowed.body)]).toMatchObject([200, { response: { allowed: true } }]);
});

it.each<[string, (root: Signer) => Promise<ClientPair>, string, string]>([
  ["of another CA of the same name", async () => makeClient(await makeSigner("root")), "untrusted", UNTRUSTED],
  ["for servers", async (root) => makeClient(root, { usage: "serverAuth" }), "untrusted", UNTRUSTED],
  ["that is over", async (root) => makeClient(root, { notAfter: new Date(Date.now() - 1000) }), "expired", EXPIRED],
  ["of another name", async (root) => makeClient(root, { name: "kubelet" }), "name", UNNAMED],
  [
    "whose name only contains the allowed one",
    async (root) => makeClient(root, { name: "kube-apiserver, DNS:x\nCN=kube-apiserver" }),
    "name",
    UNNAMED,
  ],
  [
    "whose alternative name is spelled as two",
    async (root) => makeClient(root, { name: "x", alternatives: [{ type: "url", value: "a, DNS:kube-apiserver" }] }),
    "name",
    UNNAMED,
  ],
])("refuses a certificate %s", async (_, make, reason, sentence) => {
  const root = await makeSigner("root");
  const { server } = await startGated(root.cert, ["kube-apiserver"]);
  const answer = await review(server, await make(root));
  expect([answer.status, answer.body]).toEqual([403, sentence]);
  expect(await refusals(server, reason)).toBe(1);
});

it.each([
  ["common name", { name: "kube-apiserver" }],
  ["DNS name", { name: "x", alternatives: [{ type: "dns", value: "kube-apiserver" }] as const }],
  [
    "second DNS name",
    {
      name: "x",
      alternatives: [
        { type: "dns", value: "y" },
        { type: "dns", value: "kube-apiserver" },
      ] as const,
    },
  ],
])("allows a certificate by its %s", async (_, wanted) => {
  const root = await makeSigner("root");
  const { server } = await startGated(root.cert, ["other", "kube-apiserver"]);
  expect((await review(server, await makeClient(root, wanted))).status).toBe(200);
});

it.each(["TLSv1.2", "TLSv1.3"] as const)("takes a chain that ends at a root, over %s", async (maxVersion) => {
  const root = await makeSigner("root");
  const middle = await makeSigner("middle", root);
  const client = await makeClient(middle, {}, [middle]);
  const { server } = await startGated(root.cert);
  // Two connections: a resumed session would bring its verdict along.
  for (const agent of [agentOf(client, { maxVersion }), agentOf(client, { maxVersion })]) {
    expect((await review(server, agent)).status).toBe(200);
  }
  const alone = await startGated(middle.cert);
  expect((await review(alone.server, agentOf(client, { maxVersion }))).body).toBe(UNTRUSTED);
});

it("reads a large body to its end before it refuses, so that the answer is read", async () => {
  const root = await makeSigner("root");
  const { server } = await startGated(root.cert);
  const answer = await review(server, null, reviewOf({ x: "x".repeat(3_000_000) }));
  expect([answer.status, answer.body]).toEqual([403, ABSENT]);
});

it("follows the file: an open connection of a CA that is gone is closed, one of a CA that stays goes on", async () => {
  const [old, next] = [await makeSigner("old"), await makeSigner("next")];
  const { server, mount, reloads } = await startGated(old.cert);
  const [oldAgent, nextClient] = [agentOf(await makeClient(old)), await makeClient(next)];
  expect((await review(server, oldAgent)).status).toBe(200);
  expect((await review(server, nextClient)).body).toBe(UNTRUSTED);

  await mount.update({ "ca.crt": old.cert + next.cert });
  expect((await reloads.next()).kind).toBe("authorities");
  const nextAgent = agentOf(nextClient);
  expect((await review(server, oldAgent)).status).toBe(200);
  expect((await review(server, nextAgent)).status).toBe(200);

  await mount.update({ "ca.crt": next.cert });
  expect((await reloads.next()).kind).toBe("authorities");
  // As the API server does it: it tries again on another connection.
  const again = await review(server, oldAgent);
  expect([again.status, again.headers["retry-after"], again.headers["connection"]]).toEqual([503, "1", "close"]);
  expect((await review(server, oldAgent)).body).toBe(UNTRUSTED);
  expect((await review(server, nextAgent)).status).toBe(200);
});

it("has a client whose chain it cannot see connect again when the CAs change", async () => {
  const [root, other] = [await makeSigner("root"), await makeSigner("other")];
  const middle = await makeSigner("middle", root);
  const { server, mount, reloads } = await startGated(root.cert);
  const agent = agentOf(await makeClient(middle, {}, [middle]));
  expect((await review(server, agent)).status).toBe(200);
  await mount.update({ "ca.crt": root.cert + other.cert });
  await reloads.next();
  expect((await review(server, agent)).status).toBe(503);
  expect((await review(server, agent)).status).toBe(200);
  expect((await review(server, agent)).status).toBe(200);
});

it("keeps the CAs from before where the file is broken", async () => {
  const root = await makeSigner("root");
  const { server, mount, reloads, authority } = await startGated(root.cert);
  const before = authority.current();
  const { cert: leaf } = await makeClient(root);
  const over = await makeSigner("over", null, new Date(Date.now() - 1000));
  for (const [text, why] of [
    ["", "there is no certificate in it; allowed: PEM of one or more CAs"],
    [`${root.cert}${root.cert.slice(0, 200)}`, "certificate 2 of 2 is not readable; allowed: PEM of one or more CAs"],
    [leaf, /certificate 1 of 1 is no CA/],
    [over.cert, "every CA in it has expired"],
  ] as const) {
    await mount.update({ "ca.crt": text });
    expect(await reloads.next()).toEqual({ kind: "refused", why: expect.stringMatching(why) as string });
    expect(authority.current()).toBe(before);
    expect((await review(server, await makeClient(root))).status).toBe(200);
  }
  await mount.update({ "ca.crt": over.cert + root.cert });
  expect((await reloads.next()).kind).toBe("authorities");
});

it("does not go on with a connection whose certificate ends meanwhile", async () => {
  const root = await makeSigner("root");
  let now = new Date();
  const { server } = await startGated(root.cert, [], () => now);
  const agent = agentOf(await makeClient(root, { notAfter: new Date(Date.now() + 600_000) }));
  expect((await review(server, agent)).status).toBe(200);
  now = new Date(Date.now() + 601_000);
  expect((await review(server, agent)).body).toBe(EXPIRED);
});

it("says at the start what is wrong with the file", async () => {
  const { folder } = await createMount({});
  const file = join(folder, "none.crt");
  const options = { file, now: () => new Date(), onReload: () => {} };
  expect(await openClientAuthority(options)).toEqual({
    kind: "refused",
    why: `${file} cannot be read: ENOENT: no such file or directory`,
  });
  await writeFile(file, "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
  expect(await openClientAuthority(options)).toEqual({
    kind: "refused",
    why: `${file}: certificate 1 of 1 is not readable; allowed: PEM of one or more CAs`,
  });
});
