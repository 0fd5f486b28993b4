import { execFileSync, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { issueLeaf, makeAuthority, readAuthority } from "../../src/tls/authority.ts";
import { toAuthorityCertificate } from "../../src/tls/ca-bundle.ts";
import { isDistrustAlert } from "../../src/tls/distrust-alert.ts";
import { tlsOptions } from "../../src/tls/options.ts";
import { type DialTarget, dialCertificate, type SelfDial, startSelfDial } from "../../src/tls/self-dial.ts";
import type { TrustingEntry } from "../../src/tls/sightings.ts";
import { findServedProblem } from "../../src/tls/served-certificate.ts";
import type { CertificateSource, KeyPair } from "../../src/tls/source.ts";
import { eventQueue } from "../support/event-queue.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const VALIDITY = { notBefore: NOW - HOUR, notAfter: NOW + 7 * DAY };
const [ours, theirs] = await Promise.all([makeAuthority(VALIDITY), makeAuthority(VALIDITY)]);
const [pair, another] = await Promise.all([leafOf(), leafOf()]);
const served = new X509Certificate(pair.cert);

async function leafOf(): Promise<KeyPair> {
  return await issueLeaf(ours, ["localhost"], VALIDITY, new Date(NOW));
}

describe("the certificate that is served", () => {
  const entries = [{ name: "enforce.kata-thp.dev", authorities: [theirs, ours] }];
  const good = { served, current: pair, isShared: false, entries, now: new Date(NOW) };
  const shared = { ...good, isShared: true };
  const distrusting = [...entries, { name: "observe.kata-thp.dev", authorities: [theirs] }];
  it.each([
    ["is the current one, and trusted", good, null],
    ["is not the current one", { ...good, current: another }, /and not the current one/],
    ["is trusted by one entry of two", { ...good, entries: distrusting }, /caBundle of observe\.kata-thp\.dev$/],
    ["is trusted by nobody", { ...good, entries: [{ name: "a", authorities: [] }] }, /does not chain/],
    ["is called by no entry", { ...good, entries: [] }, /no entry/],
    ["is nobody's to look up", { ...good, entries: null }, null],
    ["has a tenth of its life left", { ...good, now: new Date(NOW + 6.2 * DAY) }, null],
    ["has less than a tenth left", { ...good, now: new Date(NOW + 6.4 * DAY) }, /less than a tenth/],
    ["has ended", { ...good, now: new Date(NOW + 7 * DAY) }, /has ended at/],
    // All replicas would get no reviews, and no other has a better one.
    ["has less than a tenth left, as all replicas' has", { ...shared, now: new Date(NOW + 6.99 * DAY) }, null],
    ["has ended, as all replicas' has", { ...shared, now: new Date(NOW + 7 * DAY) }, /has ended at/],
    ["is not valid yet", { ...good, now: new Date(NOW - 2 * HOUR) }, /valid only from/],
  ])("%s", (_name, question, expected) => {
    const problem = findServedProblem(question);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem).toMatch(expected);
  });

  it("hangs on a CA that has expired", async () => {
    const short = await makeAuthority({ notBefore: NOW - HOUR, notAfter: NOW + HOUR });
    const leaf = await issueLeaf(short, ["localhost"], VALIDITY, new Date(NOW));
    const question = {
      served: new X509Certificate(leaf.cert),
      current: leaf,
      isShared: false,
      entries: [{ name: "a", authorities: [short] }],
    };
    expect(findServedProblem({ ...question, now: new Date(NOW) })).toBeNull();
    expect(findServedProblem({ ...question, now: new Date(NOW + 2 * HOUR) })).toMatch(/does not chain/);
  });
});

it("chains over an intermediate CA that the server sends along", async () => {
  const folder = await temporaryFolder();
  const run = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  run("req", "-x509", ...curve, "-subj", "/CN=root", "-keyout", "root.key", "-out", "root.pem");
  const ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-CA", "root.pem", "-CAkey", "root.key"];
  run("req", "-x509", ...curve, "-subj", "/CN=middle", ...ca, "-keyout", "middle.key", "-out", "middle.pem");
  const [root, middle, key] = await Promise.all(
    ["root.pem", "middle.pem", "middle.key"].map(async (name) => await readFile(join(folder, name), "utf8")),
  );
  const read = readAuthority(middle ?? "", key ?? "");
  if (read.kind === "refused") throw new Error(read.why);
  const leaf = await issueLeaf(read.authority, ["localhost"], VALIDITY, new Date(NOW));
  const question = {
    isShared: false,
    served: new X509Certificate(leaf.cert),
    entries: [{ name: "a", authorities: [toAuthorityCertificate(new X509Certificate(root ?? ""))] }],
    now: new Date(NOW),
  };
  expect(findServedProblem({ ...question, current: leaf })).toMatch(/does not chain/);
  expect(findServedProblem({ ...question, current: { ...leaf, cert: leaf.cert + middle } })).toBeNull();
});

describe("the server dials itself", () => {
  /** When it is asked to, and not by its timer. */
  const dialing = (target: DialTarget, source: CertificateSource, entries: readonly TrustingEntry[] | null): SelfDial =>
    startSelfDial({ target, source, isShared: false, entries: () => entries, now: () => new Date(NOW), everyMs: HOUR });

  async function start(): Promise<{
    readonly source: CertificateSource & { replace(next: KeyPair): void };
    readonly target: { host: string; port: number; servername: string };
    readonly server: ReturnType<typeof createServer>;
  }> {
    let current = pair;
    const listeners: ((next: KeyPair) => void)[] = [];
    const server = createServer(tlsOptions(current));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return {
      server,
      target: { host: "127.0.0.1", port: (server.address() as AddressInfo).port, servername: "localhost" },
      source: {
        current: () => current,
        onChange: (listener) => void listeners.push(listener),
        close: async () => {},
        replace(next) {
          current = next;
          for (const listener of listeners) listener(next);
        },
      },
    };
  }

  it("and is not ready until it has, nor while the server did not take a new pair", async () => {
    const { source, target, server } = await start();
    const entries = [{ name: "a", authorities: [ours] }];
    const dial = dialing(target, source, entries);
    onTestFinished(async () => await dial.close());
    expect(dial.problem()).toMatch(/not dialled yet/);
    await dial.dial();
    expect(dial.problem()).toBeNull();
    source.replace(another);
    await dial.dial();
    expect(dial.problem()).toMatch(/and not the current one/);
    server.setSecureContext(tlsOptions(another));
    await dial.dial();
    expect(dial.problem()).toBeNull();
    entries.splice(0, 1, { name: "a", authorities: [theirs] });
    expect(dial.problem()).toMatch(/does not chain/);
  });

  it("and is not ready when nobody answers", async () => {
    const { source, target, server } = await start();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const dial = dialing(target, source, null);
    await dial.dial();
    expect(dial.problem()).toMatch(/cannot be dialled: .*ECONNREFUSED/);
    await dial.close();
  });

  it("without a trace of trouble on the server", async () => {
    const { server, target } = await start();
    const errors: Error[] = [];
    server.on("tlsClientError", (error) => errors.push(error));
    for (let count = 0; count < 20; count += 1) {
      expect((await dialCertificate(target, 5_000)).kind).toBe("served");
    }
    expect(errors).toEqual([]);
  });

  it.each([["-tls1_2"], ["-tls1_3"]])("and knows a client that does not trust it (openssl %s)", async (version) => {
    const { server, target } = await start();
    const errors = eventQueue<Error>();
    server.on("tlsClientError", errors.push);
    const args = ["s_client", "-connect", `127.0.0.1:${target.port}`, "-verify_return_error", "-no-CAfile", version];
    const client = spawn("openssl", args, { stdio: "ignore" });
    onTestFinished(() => void client.kill());
    expect(isDistrustAlert(await errors.next())).toBe(true);
  });

  it("and takes a client that just goes away for nothing", async () => {
    const { server, target } = await start();
    const errors = eventQueue<Error>();
    server.on("tlsClientError", errors.push);
    const socket = connectTcp(target.port, target.host, () => socket.destroy());
    expect(isDistrustAlert(await errors.next())).toBe(false);
  });
});
