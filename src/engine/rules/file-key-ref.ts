import { NOTHING, ofEachContainer, type Finding, type Rule } from "../rule.ts";

/**
 * env that comes from a file in an emptyDir: the kubelet reads the volume's folder on the node before the container is
 * made (pkg/kubelet/kubelet_pods.go 1.37:948-985; feature gate EnvFiles, on since 1.35). What an init container writes gets
 * there over the shared filesystem alone. A missing file keeps the container from starting, `optional` or not.
 */
export const fileKeyRef: Rule = {
  name: "file-key-ref",
  occasion: "any pod",
  reasons: ["FileKeyRef"],
  check: ofEachContainer(({ container, path }) => {
    if (container.env == null || container.env.length === 0) return NOTHING;
    const found: Finding[] = [];
    for (const [index, { valueFrom }] of container.env.entries()) {
      if (valueFrom?.fileKeyRef == null) continue;
      found.push({ reason: "FileKeyRef", severity: "blocks", path: `${path}/env/${index}/valueFrom/fileKeyRef` });
    }
    return found;
  }),
};
