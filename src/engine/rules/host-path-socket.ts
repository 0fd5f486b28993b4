import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/** A socket at the root of a mount is taken out of the container's spec without a word (kata-facts §5, ShareFile). */
export const hostPathSocket: Rule = {
  name: "host-path-socket",
  occasion: { sources: ["hostPath"] },
  reasons: ["HostPathSocket"],
  check: ofEachVolume(({ volume, path }) =>
    volume.hostPath?.type === "Socket"
      ? [{ reason: "HostPathSocket", severity: "blocks", path: `${path}/hostPath`, detail: "Socket" }]
      : NOTHING,
  ),
};
