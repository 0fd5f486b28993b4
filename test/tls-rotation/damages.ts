// What people, tools and bad luck do to the Secret and the caBundles.
import { type Authority, issueLeaf, makeAuthority } from "../../src/tls/authority.ts";
import type { MemoryCluster } from "./memory-cluster.ts";

export type Damage = (cluster: MemoryCluster) => void;

/** Certificates that have nothing to do with ours, made once. */
export interface Strangers {
  readonly authority: Authority;
  /** Of a leaf, which is no CA, with its own key. */
  readonly leaf: { readonly cert: string; readonly key: string };
}

/** Valid from a year before `at` to a year after it. */
export async function makeStrangers(at: number): Promise<Strangers> {
  const year = 365 * 24 * 3_600_000;
  const validity = { notBefore: at - year, notAfter: at + year };
  const authority = await makeAuthority(validity);
  return { authority, leaf: await issueLeaf(authority, ["stranger.example"], validity, new Date(at)) };
}

/** Changes of the Secret, by name. */
export function secretDamages({ authority, leaf }: Strangers): Readonly<Record<string, Damage>> {
  return {
    "Secret deleted": (cluster) => cluster.setSecret(null),
    "Secret emptied": (cluster) => cluster.setSecret({}),
    "certificate truncated": edit((data) => ({ ...data, "ca.crt": half(data["ca.crt"]) })),
    "key truncated": edit((data) => ({ ...data, "ca.key": half(data["ca.key"]) })),
    "key missing": edit((data) => without(data, "ca.key")),
    "garbage in every field": edit((data) =>
      Object.fromEntries(Object.keys(data).map((key) => [key, base64("garbage")])),
    ),
    "not base64 of text": edit((data) => ({ ...data, "ca.crt": Buffer.from([0xff, 0x00, 0xfe]).toString("base64") })),
    "a CA that is no CA": edit((data) => ({ ...data, "ca.crt": base64(leaf.cert), "ca.key": base64(leaf.key) })),
    "a key that does not match": edit((data) => ({ ...data, "ca.key": base64(authority.key) })),
    "a foreign CA with our key": edit((data) => ({ ...data, "ca.crt": base64(authority.pem) })),
    "a foreign CA with its key": edit((data) => ({
      ...data,
      "ca.crt": base64(authority.pem),
      "ca.key": base64(authority.key),
    })),
    "next CA removed": edit((data) => without(data, "next-ca.crt", "next-ca.key")),
    "next CA truncated": edit((data) =>
      "next-ca.crt" in data ? { ...data, "next-ca.crt": half(data["next-ca.crt"]) } : data,
    ),
    "retired CAs removed": edit((data) => without(data, "retired-ca.json")),
    "retired CAs garbled": edit((data) => ({ ...data, "retired-ca.json": base64('[{"certificate": 3}, null]') })),
    "a newer version's field": edit((data) => ({ ...data, "from-the-future": "/////w==" })),
  };
}

/** Changes of the caBundles, by name. */
export function bundleDamages({ authority, leaf }: Strangers): Readonly<Record<string, Damage>> {
  return {
    "caBundles emptied": (cluster) => cluster.setBundles(""),
    "one caBundle emptied": (cluster) => {
      let index = 0;
      cluster.setBundles(({ caBundle }) => ((index += 1) === 1 ? "" : caBundle));
    },
    "caBundles garbled": (cluster) =>
      cluster.setBundles(base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
    "caBundles truncated": (cluster) => cluster.setBundles(({ caBundle }) => half(caBundle)),
    "a foreign CA alone": (cluster) => cluster.setBundles(base64(authority.pem)),
    "a foreign leaf beside ours": (cluster) =>
      cluster.setBundles(({ caBundle }) => base64(`${Buffer.from(caBundle, "base64").toString()}\n${leaf.cert}`)),
    "configuration made anew": (cluster) =>
      cluster.setWebhooks((cluster.webhooks() ?? []).toReversed().map((webhook) => ({ ...webhook, caBundle: "" }))),
  };
}

function edit(change: (data: Readonly<Record<string, string>>) => Readonly<Record<string, string>>): Damage {
  return (cluster) => {
    const secret = cluster.secret();
    if (secret !== null) cluster.setSecret(change(secret.data));
  };
}

function without(data: Readonly<Record<string, string>>, ...keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}

function half(value: string | undefined): string {
  const text = Buffer.from(value ?? "", "base64").toString();
  return base64(text.slice(0, text.length / 2));
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
