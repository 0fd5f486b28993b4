import { hasSubPath, mountPath } from "../mounted-volumes.ts";
import { type Finding, NOTHING, ofEachVolume, type Rule } from "../rule.ts";
import { isEmptyDir } from "../volume-sources.ts";

/** A part of an emptyDir is a private copy for each container, on every medium (kata-facts §5). */
export const emptyDirSubPath: Rule = {
  name: "empty-dir-sub-path",
  occasion: { sources: ["emptyDir"] },
  reasons: ["EmptyDirSubPath"],
  check: ofEachVolume(({ sources, mounts }) => {
    if (!isEmptyDir({ sources })) return NOTHING;
    const found: Finding[] = [];
    for (const use of mounts) {
      const { mount } = use;
      if (!hasSubPath(mount)) continue;
      const field = mount.subPath ? "subPath" : "subPathExpr";
      found.push({ reason: "EmptyDirSubPath", severity: "blocks", path: `${mountPath(use)}/${field}`, detail: field });
    }
    return found;
  }),
};
