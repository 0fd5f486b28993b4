import { mountPath } from "../mounted-volumes.ts";
import { type Finding, ofEachVolume, type Rule } from "../rule.ts";

/** A copy propagates no mounts (kata-facts §5). None is Kubernetes' default and asks for nothing. */
export const mountPropagation: Rule = {
  name: "mount-propagation",
  occasion: "any pod",
  reasons: ["MountPropagation"],
  check: ofEachVolume(({ mounts }) => {
    const found: Finding[] = [];
    for (const use of mounts) {
      const { mount } = use;
      if (mount.mountPropagation == null || mount.mountPropagation === "None") continue;
      const detail = mount.mountPropagation === "Bidirectional" ? "Bidirectional" : "HostToContainer";
      found.push({
        reason: "MountPropagation",
        severity: "blocks",
        path: `${mountPath(use)}/mountPropagation`,
        detail,
      });
    }
    return found;
  }),
};
