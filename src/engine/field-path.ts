// RFC 6901 pointer → the dotted form that kubectl prints.
import {
  CC_INIT_DATA_KEY,
  CONFIDENTIAL_GUEST_KEY,
  CONFIG_PATH_KEY,
  hypervisorBaseName,
  SHARED_FS_KEY,
} from "../kata/annotations.ts";
import { hypervisorKeyCheck } from "../kata/hypervisor-keys.ts";
import { KATA_RUNTIMES, NEWEST_KNOWN } from "../kata/releases.ts";
import { parseKataVersion } from "../kata/version.ts";
import { MODE_LABEL, SKIPPED_KEY, STATUS_KEY } from "./status.ts";

/** Fields whose keys are a tenant's text. */
const FREE_KEYS: ReadonlySet<string> = new Set(["annotations", "labels", "limits", "nodeSelector", "requests"]);

/** Keys under those fields that are ours, or that say something about memory to Kata. */
const OUR_KEYS: ReadonlySet<string> = new Set([
  STATUS_KEY,
  SKIPPED_KEY,
  MODE_LABEL,
  CONFIG_PATH_KEY,
  SHARED_FS_KEY,
  CC_INIT_DATA_KEY,
  CONFIDENTIAL_GUEST_KEY,
]);

/** The page sizes that Linux has on the architectures that Kata runs on; anybody may write another. */
const HUGE_PAGES = /^hugepages-(?:64Ki|1Mi|2Mi|16Mi|32Mi|256Mi|512Mi|1Gi|2Gi|16Gi)$/;

/**
 * /spec/volumes/0/hostPath → spec.volumes[0].hostPath. With `audience` "public" (warnings, audit log) a key that a
 * tenant chose becomes `*`; "owner" (explain) shows it.
 */
export function toFieldPath(pointer: string, audience: "public" | "owner"): string {
  const tokens = pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return tokens
    .map((token, index) => {
      if (FREE_KEYS.has(tokens[index - 1] ?? "")) {
        return audience === "owner" || isKnownKey(token) ? `[${JSON.stringify(token)}]` : "[*]";
      }
      if (/^\d+$/.test(token)) return `[${token}]`;
      return index === 0 ? token : `.${token}`;
    })
    .join("");
}

/** A prefix of Kata's or ours says nothing: anybody may write what they like after it. Only whole keys are known. */
function isKnownKey(key: string): boolean {
  const base = hypervisorBaseName(key);
  const newest = parseKataVersion(NEWEST_KNOWN);
  return (
    OUR_KEYS.has(key) ||
    HUGE_PAGES.test(key) ||
    (base !== null &&
      newest !== null &&
      KATA_RUNTIMES.some((runtime) => hypervisorKeyCheck(base, newest, runtime) !== null))
  );
}
