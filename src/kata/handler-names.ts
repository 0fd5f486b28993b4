// What the name of a handler says of the Kata behind it.
import type { KataRuntime } from "./releases.ts";

/**
 * kata-deploy's handlers of runtime-rs for Cloud Hypervisor: kata-cloud-hypervisor up to 3.29.x, later those that end in
 * -runtime-rs (e4fbddb91a; kata-clh and kata-clh-azure are Go's up to 4.1.0: kd/binary/src/utils/system.rs:9-23), each
 * with a suffix where there are several installations.
 */
const RUNTIME_RS = /^kata-(?:cloud-hypervisor|clh(?:-azure)?-runtime-rs)(?:-|$)/;

/** The runtime that a handler of kata-deploy's has by its name, null where the name says nothing. */
export function runtimeByHandler(handler: string | null): KataRuntime | null {
  return handler !== null && RUNTIME_RS.test(handler) ? "runtime-rs" : null;
}
