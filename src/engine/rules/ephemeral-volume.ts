import type { Finding, Rule } from "../rule.ts";

/** A generic ephemeral volume is a claim whose mode the pod itself tells; absent means Filesystem (kata-facts §5). */
export const ephemeralVolume: Rule = {
  name: "ephemeral-volume",
  reasons: ["EphemeralVolume"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path }): Finding[] => {
      if (volume.ephemeral == null || volume.ephemeral.volumeClaimTemplate?.spec?.volumeMode === "Block") return [];
      return [{ reason: "EphemeralVolume", severity: "blocks", path: `${path}/ephemeral`, detail: "Filesystem" }];
    }),
};
