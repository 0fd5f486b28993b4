import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/**
 * A claim of volumeMode Filesystem is copied one way, a claim of volumeMode Block is plugged in as a disk
 * (kata-facts §5, rows "PVC Filesystem" and "PVC Block"). A mode that could not be read is not Block.
 */
export const persistentVolumeClaim: Rule = {
  name: "persistent-volume-claim",
  occasion: { sources: ["persistentVolumeClaim"] },
  reasons: ["FilesystemClaim", "ClaimModeUnknown"],
  check: ofEachVolume(({ volume, path }, { facts }) => {
    if (volume.persistentVolumeClaim == null) return NOTHING;
    const claimName = volume.persistentVolumeClaim.claimName ?? "";
    const mode = Object.hasOwn(facts.claims, claimName) ? facts.claims[claimName] : undefined;
    const at = `${path}/persistentVolumeClaim`;
    if (mode === undefined || mode.kind === "unknown") {
      return [{ reason: "ClaimModeUnknown", severity: "blocks", path: at, detail: mode?.why ?? "not found" }];
    }
    return mode.value === "Block"
      ? NOTHING
      : [{ reason: "FilesystemClaim", severity: "blocks", path: at, detail: "Filesystem" }];
  }),
};
