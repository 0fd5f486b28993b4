import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { issueLeaf, makeAuthority, readAuthority } from "../../src/tls/authority.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeStrangers } from "./damages.ts";

const NOW = Date.parse("2026-11-23T12:00:00.700Z");
const VALIDITY = { notBefore: NOW - 3_600_000, notAfter: NOW + 86_400_000 };
const NAMES = ["kata-thp-webhook.kata-thp.svc", "10.0.0.7", "::1"];

describe("a CA and its leaf", () => {
  it("verify strictly by OpenSSL, for every name", async () => {
    const folder = await temporaryFolder();
    const authority = await makeAuthority(VALIDITY);
    const leaf = await issueLeaf(authority, NAMES, VALIDITY, new Date(NOW));
    await writeFile(join(folder, "ca.pem"), authority.pem);
    await writeFile(join(folder, "leaf.pem"), leaf.cert);
    const verify = ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", String(Math.floor(NOW / 1000))];
    const said = execFileSync("openssl", [...verify, "-CAfile", "ca.pem", "leaf.pem"], { cwd: folder });
    expect(said.toString().trim()).toBe("leaf.pem: OK");
    const parsed = new X509Certificate(leaf.cert);
    expect(parsed.checkHost("kata-thp-webhook.kata-thp.svc")).toBeDefined();
    expect(parsed.checkIP("10.0.0.7")).toBeDefined();
    expect(parsed.checkIP("::1")).toBeDefined();
    expect(parsed.checkHost("other.kata-thp.svc")).toBeUndefined();
  });

  it("are on P-256, end on whole seconds, and the CA signs no other CA", async () => {
    const authority = await makeAuthority(VALIDITY);
    const leaf = await issueLeaf(authority, NAMES, VALIDITY, new Date(NOW));
    const [ca, served] = [new X509Certificate(authority.pem), new X509Certificate(leaf.cert)];
    for (const certificate of [ca, served]) {
      expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
      expect(certificate.validToDate.getTime()).toBe(Math.floor(VALIDITY.notAfter / 1000) * 1000);
    }
    expect([ca.ca, served.ca]).toEqual([true, false]);
    expect(authority.id).toBe(ca.fingerprint256);
    expect((await makeAuthority(VALIDITY)).id).not.toBe(authority.id);
  });

  it.each([
    ["RSA, a printable and a nested name", ["-newkey", "rsa:2048"], "/C=DE/O=Example Corp/OU=a+OU=b/CN=Example Root"],
    [
      "P-384, no key identifier",
      ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-addext", "subjectKeyIdentifier=none"],
      "/CN=Ünïcode",
    ],
    [
      "an identifier of its own",
      ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-addext", "subjectKeyIdentifier=0102030405"],
      "/CN=x",
    ],
  ])("work for a CA that a person has made: %s", async (_name, options, subject) => {
    const folder = await temporaryFolder();
    const files = ["-keyout", "ca.key", "-out", "ca.crt", "-noenc", "-days", "3650", "-subj", subject, "-utf8"];
    execFileSync("openssl", ["req", "-x509", ...options, ...files], { cwd: folder, stdio: "ignore" });
    const read = readAuthority(
      execFileSync("cat", [join(folder, "ca.crt")]).toString(),
      execFileSync("cat", [join(folder, "ca.key")]).toString(),
    );
    if (read.kind === "refused") throw new Error(read.why);
    const validity = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
    const leaf = await issueLeaf(read.authority, NAMES, validity, new Date());
    await writeFile(join(folder, "leaf.pem"), leaf.cert);
    expect(
      execFileSync("openssl", ["verify", "-partial_chain", "-CAfile", "ca.crt", "leaf.pem"], {
        cwd: folder,
      }).toString(),
    ).toContain("OK");
  });
});

describe("what is no CA of ours to sign with", async () => {
  const authority = await makeAuthority(VALIDITY);
  const other = await makeAuthority(VALIDITY);
  const { leaf } = await makeStrangers(NOW);
  const encrypted = createPrivateKey(authority.key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString();
  it.each([
    ["garbage", "garbage", authority.key, /certificate is not readable/],
    ["a certificate cut short", authority.pem.slice(0, 300), authority.key, /certificate is not readable/],
    ["no key", authority.pem, "", /key is not readable/],
    ["a key cut short", authority.pem, authority.key.slice(0, 100), /key is not readable/],
    ["a key with a passphrase", authority.pem, encrypted, /without a passphrase/],
    ["a key of another CA", authority.pem, other.key, /key does not belong/],
    ["a leaf", leaf.cert, leaf.key, /no CA/],
  ])("%s", (_name, certificate, key, why) => {
    expect(readAuthority(certificate, key)).toEqual({ kind: "refused", why: expect.stringMatching(why) });
  });

  it.each([
    ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature", /keyCertSign/],
    ["extendedKeyUsage=clientAuth", "keyUsage=critical,keyCertSign", /serverAuth/],
    ["nameConstraints=critical,permitted;DNS:.example", "keyUsage=critical,keyCertSign", /some names/],
  ])("a CA with %s, %s", async (one, two, why) => {
    const folder = await temporaryFolder();
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=x"];
    const files = ["-keyout", "ca.key", "-out", "ca.crt"];
    execFileSync("openssl", ["req", "-x509", ...curve, ...files, "-addext", one, "-addext", two], {
      cwd: folder,
      stdio: "ignore",
    });
    const read = readAuthority(
      execFileSync("cat", [join(folder, "ca.crt")]).toString(),
      execFileSync("cat", [join(folder, "ca.key")]).toString(),
    );
    expect(read).toEqual({ kind: "refused", why: expect.stringMatching(why) });
  });
});
