import { describe, expect, it } from "vitest";
import { makeAuthority } from "../../src/tls/authority.ts";
import { buildBundle, parseBundle } from "../../src/tls/ca-bundle.ts";
import { type AgreedAuthorities, parseCaSecret, type RetiredAuthority, toSecretData } from "../../src/tls/ca-secret.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const VALIDITY = { notBefore: NOW, notAfter: NOW + 86_400_000 };
const [current, next, old] = await Promise.all([1, 2, 3].map(async () => await makeAuthority(VALIDITY)));
if (current === undefined || next === undefined || old === undefined) throw new Error("no authorities");
const { key: _, ...oldCertificate } = old;
const retired: RetiredAuthority = { ...oldCertificate, retiredAt: NOW, isDropping: true, extra: { note: "theirs" } };
const agreed: AgreedAuthorities = { current, next, retired: [retired] };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the Secret", () => {
  it("says what was written", () => {
    expect(parseCaSecret(toSecretData({}, agreed))).toEqual({ kind: "agreed", agreed });
    const plain = { current, next: null, retired: [] };
    expect(parseCaSecret(toSecretData({}, plain))).toEqual({ kind: "agreed", agreed: plain });
    expect(Object.keys(toSecretData({}, plain)).sort()).toEqual(["ca.crt", "ca.key"]);
  });

  it("keeps what a newer version wrote, byte for byte", () => {
    const future = { "future.bin": "/////w==", "note.txt": base64("x") };
    expect(toSecretData({ ...future, "next-ca.crt": base64("old") }, { ...agreed, next: null })).toMatchObject(future);
  });

  it("has no key of a CA that is retired", () => {
    const text = Object.values(toSecretData({}, agreed)).map((value) => Buffer.from(value, "base64").toString());
    expect(text.filter((value) => value.includes("PRIVATE KEY"))).toHaveLength(2);
  });

  it("is empty where nothing in it is ours", () => {
    expect(parseCaSecret({})).toEqual({ kind: "empty" });
    expect(parseCaSecret({ "tls.crt": base64("x") })).toEqual({ kind: "empty" });
  });

  it("names the field that cannot be used", () => {
    expect(parseCaSecret({ ...toSecretData({}, agreed), "ca.key": base64(old.key) })).toEqual({
      kind: "unusable",
      why: "ca.crt, ca.key: the key does not belong to the certificate",
    });
  });

  it.each([
    ["a next CA with another's key", { "next-ca.key": base64(old.key) }, { next: null }],
    [
      "the current CA as the next one too",
      { "next-ca.crt": base64(current.pem), "next-ca.key": base64(current.key) },
      { next: null },
    ],
    ["retired CAs that are no JSON", { "retired-ca.json": base64("[{") }, { retired: [] }],
    ["retired CAs that are no list", { "retired-ca.json": base64("{}") }, { retired: [] }],
    [
      "retired CAs of which one can be read",
      {
        "retired-ca.json": base64(
          JSON.stringify([
            1,
            { certificate: "x", retiredAt: "now" },
            { certificate: old.pem, retiredAt: "2026-11-23T12:00:00Z" },
          ]),
        ),
      },
      { retired: [{ ...retired, isDropping: false, extra: {} }] },
    ],
    [
      "a retired CA that is the current one again",
      {
        "retired-ca.json": base64(
          JSON.stringify([{ certificate: current.pem, retiredAt: "2026-11-23T12:00:00Z", dropping: true }]),
        ),
      },
      { retired: [] },
    ],
  ])("goes on without %s", (_name, damage, expected) => {
    const parsed = parseCaSecret({ ...toSecretData({}, agreed), ...damage });
    expect(parsed).toEqual({ kind: "agreed", agreed: { ...agreed, ...expected } });
  });
});

describe("a caBundle", () => {
  it("says what was written", () => {
    expect(parseBundle(buildBundle([current, old])).map(({ id }) => id)).toEqual([current.id, old.id]);
  });

  it.each([
    ["nothing", "", []],
    ["no base64", "%%%", []],
    ["garbage before, between and behind", base64(`x\n${current.pem}y\n${old.pem}z`), [current.id, old.id]],
    ["Windows' line ends", base64(current.pem.replaceAll("\n", "\r\n")), [current.id]],
    ["the same CA twice", base64(current.pem + current.pem), [current.id]],
    [
      "a block that is no certificate",
      base64(`-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${old.pem}`),
      [old.id],
    ],
    ["a block that is cut off", base64(`${current.pem}${old.pem.slice(0, 200)}`), [current.id]],
    // Go leaves out blocks with headers, so such a CA is not trusted.
    ["a block with a header", base64(current.pem.replace("-----\n", "-----\nComment: x\n\n")), []],
  ])("with %s", (_name, caBundle, expected) => {
    expect(parseBundle(caBundle).map(({ id }) => id)).toEqual(expected);
  });
});
