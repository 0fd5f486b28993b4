import { expect, it } from "vitest";
import { decodeManifest } from "../../src/cluster/manifest-files.ts";

const TEXT = "kind: Pod # ä\n";
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

it.each<[string, Buffer]>([
  ["UTF-8", Buffer.from(TEXT)],
  ["UTF-16LE", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(TEXT, "utf16le")])],
  ["UTF-16BE", Buffer.concat([Buffer.from([0xfe, 0xff]), swapped(Buffer.from(TEXT, "utf16le"))])],
])("decodeManifest reads %s", (_, bytes) => {
  expect(decodeManifest(bytes)).toBe(TEXT);
});

it("decodeManifest leaves what is shorter than a mark as it is", () => {
  expect(decodeManifest(Buffer.from([0x41]))).toBe("A");
  expect(decodeManifest(Buffer.alloc(0))).toBe("");
});
