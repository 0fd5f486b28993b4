import { describe, expect, it } from "vitest";
import { toFieldPath } from "../../src/engine/field-path.ts";

const HYPERVISOR = "io.katacontainers.config.hypervisor.";

describe("toFieldPath", () => {
  it.each([
    ["", ""],
    ["/spec", "spec"],
    ["/spec/runtimeClassName", "spec.runtimeClassName"],
    ["/spec/volumes/0/hostPath", "spec.volumes[0].hostPath"],
    ["/spec/initContainers/12/volumeMounts/3/subPathExpr", "spec.initContainers[12].volumeMounts[3].subPathExpr"],
    [
      "/spec/volumes/1/projected/sources/2/secret/items/0/path",
      "spec.volumes[1].projected.sources[2].secret.items[0].path",
    ],
    ["/metadata/annotations", "metadata.annotations"],
    ["/metadata/labels/kata-thp.dev~1mode", 'metadata.labels["kata-thp.dev/mode"]'],
    ["/metadata/annotations/kata-thp.dev~1status", 'metadata.annotations["kata-thp.dev/status"]'],
    ["/metadata/annotations/kata-thp.dev~1skipped", 'metadata.annotations["kata-thp.dev/skipped"]'],
    ["/metadata/annotations/io.katacontainers.config_path", 'metadata.annotations["io.katacontainers.config_path"]'],
    [`/metadata/annotations/${HYPERVISOR}shared_fs`, `metadata.annotations["${HYPERVISOR}shared_fs"]`],
    [`/metadata/annotations/${HYPERVISOR}virtio_fs_cache`, `metadata.annotations["${HYPERVISOR}virtio_fs_cache"]`],
    [`/metadata/annotations/${HYPERVISOR}msize_9p`, `metadata.annotations["${HYPERVISOR}msize_9p"]`],
    ["/spec/containers/0/resources/limits/hugepages-2Mi", 'spec.containers[0].resources.limits["hugepages-2Mi"]'],
    ["/spec/containers/0/resources/requests/hugepages-1Gi", 'spec.containers[0].resources.requests["hugepages-1Gi"]'],
  ])("%s → %s for everybody", (pointer, expected) => {
    expect(toFieldPath(pointer, "public")).toBe(expected);
    expect(toFieldPath(pointer, "owner")).toBe(expected);
  });

  it.each([
    [
      "/spec/containers/0/resources/limits/example.com~1gpu",
      "spec.containers[0].resources.limits[*]",
      'limits["example.com/gpu"]',
    ],
    ["/spec/resources/requests/example.com~1gpu", "spec.resources.requests[*]", 'requests["example.com/gpu"]'],
    ["/spec/nodeSelector/tenant~1a~0b", "spec.nodeSelector[*]", 'nodeSelector["tenant/a~b"]'],
    ["/metadata/annotations/odd", "metadata.annotations[*]", 'annotations["odd"]'],
    ["/metadata/annotations/42", "metadata.annotations[*]", 'annotations["42"]'],
    ['/metadata/labels/a"b', "metadata.labels[*]", 'labels["a\\"b"]'],
    // Prefixes of Kata's and ours are anybody's to write; what comes after them is a tenant's text unless it is known.
    [
      `/metadata/annotations/${HYPERVISOR}virtio_fs_my_secret`,
      "metadata.annotations[*]",
      `annotations["${HYPERVISOR}virtio_fs_my_secret"]`,
    ],
    [
      "/metadata/annotations/io.katacontainers.tenant.text",
      "metadata.annotations[*]",
      'annotations["io.katacontainers.tenant.text"]',
    ],
    ["/metadata/annotations/kata-thp.dev~1tenant", "metadata.annotations[*]", 'annotations["kata-thp.dev/tenant"]'],
    [
      "/spec/containers/0/resources/limits/hugepages-tenant",
      "spec.containers[0].resources.limits[*]",
      'limits["hugepages-tenant"]',
    ],
    [
      "/spec/containers/0/resources/limits/hugepages-12345678Mi",
      "spec.containers[0].resources.limits[*]",
      'limits["hugepages-12345678Mi"]',
    ],
  ])("%s → %s for the public", (pointer, expected, ownersEnd) => {
    expect(toFieldPath(pointer, "public")).toBe(expected);
    expect(toFieldPath(pointer, "owner")).toBe(expected.slice(0, expected.lastIndexOf(".") + 1) + ownersEnd);
  });
});
