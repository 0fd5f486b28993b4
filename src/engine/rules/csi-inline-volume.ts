import type { Finding, Rule } from "../rule.ts";

/** An inline CSI volume is a mounted directory: a one-way copy that never refreshes (kata-facts §5). */
export const csiInlineVolume: Rule = {
  name: "csi-inline-volume",
  reasons: ["CsiInlineVolume"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path }): Finding[] =>
      volume.csi == null ? [] : [{ reason: "CsiInlineVolume", severity: "blocks", path: `${path}/csi` }],
    ),
};
