import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/** An inline CSI volume is a mounted directory: a one-way copy that never refreshes (kata-facts §5). */
export const csiInlineVolume: Rule = {
  name: "csi-inline-volume",
  occasion: { sources: ["csi"] },
  reasons: ["CsiInlineVolume"],
  check: ofEachVolume(({ volume, path }) =>
    volume.csi == null ? NOTHING : [{ reason: "CsiInlineVolume", severity: "blocks", path: `${path}/csi` }],
  ),
};
