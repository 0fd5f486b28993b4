import { describe, expect, it } from "vitest";
import { painter, printable, wantsColour } from "../../src/cli/print.ts";

describe("wantsColour", () => {
  it.each([
    ["a terminal", { isTTY: true }, {}, true],
    ["an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, true],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["a terminal that knows none", { isTTY: true }, { TERM: "dumb" }, false],
    ["a pipe", {}, {}, false],
  ])("on %s", (_, stream, env, expected) => {
    expect(wantsColour(stream, env)).toBe(expected);
  });
});

describe("painter", () => {
  it("colours, or leaves the text as it is", () => {
    expect(painter(true)("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(painter(false)("red", "x")).toBe("x");
  });
});

describe("printable", () => {
  it("lets no character through that moves the cursor, colours or breaks the line", () => {
    expect(printable("a\u001b[2Jb\nc\r\u0007\u009bd\u2028é✓")).toBe("a\ufffd[2Jb\ufffdc\ufffd\ufffd\ufffdd\ufffdé✓");
  });
});
