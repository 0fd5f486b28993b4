import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { toAuthorityCertificate } from "../../src/tls/ca-bundle.ts";
import { findAuthorityEnd } from "../../src/tls/served-certificate.ts";
import type { TrustingEntry } from "../../src/tls/sightings.ts";
import type { KeyPair } from "../../src/tls/source.ts";
import { makeClient, makeSigner, type Signer } from "../support/client-certificates.ts";

const NOW = new Date();

function inMinutes(minutes: number): Date {
  return new Date(Math.floor(NOW.getTime() / 1000) * 1000 + minutes * 60_000);
}

function entry(name: string, ...signers: readonly Signer[]): TrustingEntry {
  return { name, authorities: signers.map(({ cert }) => toAuthorityCertificate(new X509Certificate(cert))) };
}

async function servedBy(signer: Signer, ...sent: readonly Signer[]): Promise<KeyPair> {
  const { cert, key } = await makeClient(signer, { usage: "serverAuth" }, sent);
  return { cert, key, notBefore: NOW, notAfter: inMinutes(30), fingerprint: "" };
}

it("is the CA's that the served certificate leads to, of the entry that trusts it the least long", async () => {
  const root = await makeSigner("root", null, inMinutes(60));
  const other = await makeSigner("other", null, inMinutes(90));
  const middle = await makeSigner("middle", root, inMinutes(10));
  const direct = await servedBy(root);
  const over = await servedBy(middle, middle);
  expect(findAuthorityEnd(direct, [entry("a", other, root)], NOW)).toEqual(inMinutes(60));
  // Whoever trusts the intermediate CA itself trusts it for less long than who trusts its root.
  expect(findAuthorityEnd(over, [entry("a", root), entry("b", middle)], NOW)).toEqual(inMinutes(10));
  expect(findAuthorityEnd(over, [entry("a", root)], NOW)).toEqual(inMinutes(60));
});

it("is unknown where an entry does not trust it, and where nobody reads the entries", async () => {
  const [root, other] = [await makeSigner("root"), await makeSigner("other")];
  const served = await servedBy(root);
  expect(findAuthorityEnd(served, [entry("a", root), entry("b", other)], NOW)).toBeNull();
  expect(findAuthorityEnd(served, [], NOW)).toBeNull();
  expect(findAuthorityEnd(served, null, NOW)).toBeNull();
});
