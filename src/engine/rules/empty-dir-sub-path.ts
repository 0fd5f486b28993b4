import { hasSubPath } from "../mounted-volumes.ts";
import type { Finding, Rule } from "../rule.ts";
import { isEmptyDir } from "../volume-sources.ts";

/** A part of an emptyDir is a private copy for each container, on every medium (kata-facts §5). */
export const emptyDirSubPath: Rule = {
  name: "empty-dir-sub-path",
  reasons: ["EmptyDirSubPath"],
  check: ({ volumes }) =>
    volumes.flatMap(({ sources, mounts }) =>
      isEmptyDir({ sources })
        ? mounts
            .filter(({ mount }) => hasSubPath(mount))
            .map(({ mount, path }): Finding => {
              const field = mount.subPath ? "subPath" : "subPathExpr";
              return { reason: "EmptyDirSubPath", severity: "blocks", path: `${path}/${field}`, detail: field };
            })
        : [],
    ),
};
