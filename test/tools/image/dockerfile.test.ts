import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { copiesOf, imageConfigOf } from "../../../tools/image/dockerfile.ts";

const DOCKERFILE = readFileSync(new URL("../../../Dockerfile", import.meta.url), "utf8");

describe("what the Dockerfile says of the image", () => {
  it("is all of its last stage", () => {
    expect(imageConfigOf(DOCKERFILE, "/bin")).toEqual({
      WorkingDir: "/app",
      User: "65532:65532",
      Env: [
        "PATH=/bin",
        "NODE_ENV=production",
        expect.stringMatching(/^NODE_OPTIONS=--/),
        expect.stringMatching(/^MALLOC_TRIM_THRESHOLD_=\d+$/),
      ],
      ExposedPorts: { "10250/tcp": {}, "8080/tcp": {} },
      Entrypoint: ["/usr/local/bin/node", "dist/main.js"],
      Cmd: ["serve"],
    });
  });

  it("names what is copied, and where to", () => {
    expect(copiesOf(DOCKERFILE)).toEqual([
      ["/build/node", "/usr/local/bin/node"],
      ["/build/package.json", "./package.json"],
      ["/build/dist", "./dist"],
    ]);
  });

  it.each(["RUN true", "VOLUME /data", "HEALTHCHECK NONE"])(
    "%s in the last stage is refused, not passed over",
    (line) => {
      expect(() => imageConfigOf(`${DOCKERFILE}${line}\n`, "/bin")).toThrow(
        `Dockerfile: "${line}" is not understood by tools/image/dockerfile.ts`,
      );
    },
  );
});
