import type { Finding, Rule } from "../rule.ts";

/** A copy propagates no mounts (kata-facts §5). None is Kubernetes' default and asks for nothing. */
export const mountPropagation: Rule = {
  name: "mount-propagation",
  reasons: ["MountPropagation"],
  check: ({ volumes }) =>
    volumes.flatMap(({ mounts }) =>
      mounts
        .filter(({ mount }) => mount.mountPropagation != null && mount.mountPropagation !== "None")
        .map(({ mount, path }): Finding => {
          const detail = mount.mountPropagation === "Bidirectional" ? "Bidirectional" : "HostToContainer";
          return { reason: "MountPropagation", severity: "blocks", path: `${path}/mountPropagation`, detail };
        }),
    ),
};
