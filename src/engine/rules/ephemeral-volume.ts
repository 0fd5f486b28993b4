import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/** A generic ephemeral volume is a claim whose mode the pod itself tells; absent means Filesystem (kata-facts §5). */
export const ephemeralVolume: Rule = {
  name: "ephemeral-volume",
  occasion: { sources: ["ephemeral"] },
  reasons: ["EphemeralVolume"],
  check: ofEachVolume(({ volume, path }) => {
    if (volume.ephemeral == null || volume.ephemeral.volumeClaimTemplate?.spec?.volumeMode === "Block") return NOTHING;
    return [{ reason: "EphemeralVolume", severity: "blocks", path: `${path}/ephemeral`, detail: "Filesystem" }];
  }),
};
