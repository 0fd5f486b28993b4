import { expect, it } from "vitest";
import { runtimeByHandler } from "../../src/kata/handler-names.ts";

it.each([
  ["kata-cloud-hypervisor", "runtime-rs"],
  ["kata-clh-runtime-rs", "runtime-rs"],
  ["kata-clh-azure-runtime-rs", "runtime-rs"],
  ["kata-clh-runtime-rs-second", "runtime-rs"],
  ["kata-clh", null],
  ["kata-clh-azure", null],
  ["kata-clh-thp", null],
  ["my-kata-clh-runtime-rs", null],
  ["kata-clh-runtime-rsx", null],
  [null, null],
])("runtimeByHandler %s: %s", (handler, expected) => {
  expect(runtimeByHandler(handler)).toBe(expected);
});
