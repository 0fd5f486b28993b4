import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkKeyPair } from "../../src/tls/key-pair.ts";
import { makePair } from "../support/certificates.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const VALID = { notBefore: new Date("2026-11-23T11:00:00Z"), notAfter: new Date("2026-11-23T13:00:00Z") };

it("takes a pair that belongs together and is valid now", async () => {
  const { cert, key } = await makePair(VALID);
  expect(checkKeyPair(cert, key, NOW)).toMatchObject({
    kind: "pair",
    pair: { cert, key, ...VALID, fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) as string },
  });
});

it("takes a chain behind the server's certificate", async () => {
  const [own, other] = [await makePair(VALID), await makePair(VALID)];
  expect(checkKeyPair(`${own.cert}\n${other.cert}\n`, own.key, NOW).kind).toBe("pair");
  expect(checkKeyPair(`${other.cert}\n${own.cert}\n`, own.key, NOW).kind).toBe("refused");
});

it.each([
  ["at the last second", "2026-11-23T12:59:59Z", "pair"],
  [
    "when it ends",
    "2026-11-23T13:00:00Z",
    "the certificate expired at 2026-11-23T13:00:00.000Z (now 2026-11-23T13:00:00.000Z)",
  ],
  ["when it begins", "2026-11-23T11:00:00Z", "pair"],
  [
    "before",
    "2026-11-23T10:59:59Z",
    "the certificate is valid only from 2026-11-23T11:00:00.000Z (now 2026-11-23T10:59:59.000Z)",
  ],
])("judges the time %s", async (_, now, expected) => {
  const { cert, key } = await makePair(VALID);
  const checked = checkKeyPair(cert, key, new Date(now));
  expect(checked.kind === "pair" ? "pair" : checked.why).toBe(expected);
});

it("refuses a key of another certificate, and what is no PEM, without a word of the key", async () => {
  const [one, other] = [await makePair(VALID), await makePair(VALID)];
  const whys = (
    [
      [one.cert, other.key],
      ["", one.key],
      ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", one.key],
      [one.key, one.key],
      [one.cert, ""],
      [one.cert, one.cert],
      [one.cert, `${one.key.slice(0, 60)}\n-----END PRIVATE KEY-----\n`],
    ] as const
  ).map(([cert, key]) => {
    const checked = checkKeyPair(cert, key, NOW);
    return checked.kind === "refused" ? checked.why : "taken";
  });
  const badCert = "the certificate is not readable; allowed: PEM with the server's certificate first";
  const badKey = "the key is not readable; allowed: PEM of a private key without a passphrase";
  expect(whys).toEqual([
    "the key does not belong to the certificate; the two files must come from the same issue",
    badCert,
    badCert,
    badCert,
    badKey,
    badKey,
    badKey,
  ]);
});

it("refuses an encrypted key, and one that is too short for OpenSSL", async () => {
  const folder = await temporaryFolder();
  const [cert, key] = [join(folder, "crt"), join(folder, "key")];
  const make = (...more: string[]): void => {
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:1024",
        "-keyout",
        key,
        "-out",
        cert,
        "-subj",
        "/CN=localhost",
        "-days",
        "1",
        ...more,
      ],
      { stdio: "ignore" },
    );
  };
  make("-passout", "pass:secret");
  const read = (): readonly [string, string] => [readFileSync(cert, "utf8"), readFileSync(key, "utf8")];
  expect(checkKeyPair(...read(), new Date())).toMatchObject({
    kind: "refused",
    why: expect.stringContaining("without a passphrase") as string,
  });
  make("-nodes");
  expect(checkKeyPair(...read(), new Date())).toMatchObject({
    kind: "refused",
    why: expect.stringMatching(/^OpenSSL does not take the pair \(.*key too small.*\)$/) as string,
  });
});

it("takes names from the alternative names alone, as the API server does", async () => {
  const { cert, key } = await makePair(VALID);
  expect(checkKeyPair(cert, key, NOW, "localhost").kind).toBe("pair");
  expect(checkKeyPair(cert, key, NOW, "hook.ns.svc")).toEqual({
    kind: "refused",
    why: "the certificate is not for hook.ns.svc, which the API server asks for; its names: DNS:localhost, IP Address:127.0.0.1",
  });
});
