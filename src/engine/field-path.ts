// RFC 6901 pointer → the dotted form that kubectl prints.

/** Fields whose keys are a tenant's text. */
const FREE_KEYS: ReadonlySet<string> = new Set(["annotations", "labels", "limits", "nodeSelector", "requests"]);

/** Keys under those fields that are Kata's or ours, and so are no tenant's text. */
const OUR_KEY = /^(?:io\.katacontainers\.[a-z_.]{1,80}|kata-thp\.dev\/[a-z-]{1,20}|hugepages-[0-9A-Za-z]{1,8})$/;

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
      if (/^\d+$/.test(token)) return `[${token}]`;
      if (FREE_KEYS.has(tokens[index - 1] ?? "")) {
        return audience === "owner" || OUR_KEY.test(token) ? `[${JSON.stringify(token)}]` : "[*]";
      }
      return index === 0 ? token : `.${token}`;
    })
    .join("");
}
