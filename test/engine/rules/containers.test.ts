// mount-propagation, termination-message, huge-pages and device-passthrough: what is asked for by containers.
import { describe, expect, it } from "vitest";
import type { Pod, Resources } from "../../../src/engine/pod.ts";
import { devicePassthrough } from "../../../src/engine/rules/device-passthrough.ts";
import { hugePages } from "../../../src/engine/rules/huge-pages.ts";
import { mountPropagation } from "../../../src/engine/rules/mount-propagation.ts";
import { terminationMessage } from "../../../src/engine/rules/termination-message.ts";
import { mounting, podOf } from "../sample-facts.ts";
import { findingsOf } from "./rule-input.ts";

function withResources(resources: Resources): Pod {
  return podOf({ containers: [{ name: "c", resources }] });
}

describe("mountPropagation", () => {
  it.each([
    [undefined, []],
    [null, []],
    ["None", []],
    ["HostToContainer", ["HostToContainer"]],
    ["Bidirectional", ["Bidirectional"]],
    // A tenant's text is no detail.
    ["Anything", ["HostToContainer"]],
    ["", ["HostToContainer"]],
  ])("%j", (propagation, expected) => {
    const volumeMounts = [{ name: "v", mountPropagation: propagation }];
    const pod = podOf({ volumes: [{ name: "v" }], containers: [{ volumeMounts }] });
    expect(findingsOf(mountPropagation, pod)).toEqual(
      expected.map(
        (detail) => `MountPropagation blocks /spec/containers/0/volumeMounts/0/mountPropagation (${detail})`,
      ),
    );
  });
});

describe("terminationMessage", () => {
  const pod = podOf({ initContainers: [{}], containers: [{}, {}], ephemeralContainers: [{}] });
  it.each([
    [undefined, 0],
    ["3.12.0", 4],
    ["3.28.9", 4],
    ["3.29.0-rc0", 4],
    ["3.29.0", 0],
    ["4.1.0", 0],
  ])("Kata %s: %d containers lose theirs", (version, count) => {
    const found = findingsOf(terminationMessage, pod, { kata: version === undefined ? {} : { version } });
    expect(found).toHaveLength(count);
    expect(found.every((text) => / degrades .*\/terminationMessagePath \(before 3\.29\.0\)$/.test(text))).toBe(true);
  });

  it.each([
    ["3.28.0", "FallbackToLogsOnError", ["Path (before 3.29.0)"]],
    ["3.29.0", "FallbackToLogsOnError", ["Policy (FallbackToLogsOnError)"]],
    ["4.1.0", "FallbackToLogsOnError", ["Policy (FallbackToLogsOnError)"]],
    [undefined, "FallbackToLogsOnError", ["Policy (FallbackToLogsOnError)"]],
    ["4.1.0", "File", []],
    ["4.1.0", null, []],
  ])("Kata %s with the policy %s", (version, terminationMessagePolicy, expected) => {
    const kata = version === undefined ? {} : { version };
    const found = findingsOf(terminationMessage, podOf({ containers: [{ terminationMessagePolicy }] }), { kata });
    const prefix = "TerminationMessage degrades /spec/containers/0/terminationMessage";
    expect(found).toEqual(expected.map((rest) => `${prefix}${rest}`));
  });

  it("counts an unknown version where the policy leaves pods alone that would lose theirs", () => {
    const one = podOf({ containers: [{}] });
    const found = findingsOf(terminationMessage, one, { policy: { rules: { TerminationMessage: "skip" } } });
    expect(found).toEqual(["TerminationMessage degrades /spec/containers/0/terminationMessagePath (version unknown)"]);
    expect(findingsOf(terminationMessage, one, { policy: { rules: { TerminationMessage: "warn" } } })).toEqual([]);
  });
});

const hugePagesAt = (path: string, detail: string): string => `HugePages blocks /spec/${path} (${detail})`;

describe("hugePages", () => {
  const inLimits = "containers/0/resources/limits";
  it.each<[string, Pod, string[]]>([
    [
      "a limit",
      withResources({ limits: { "hugepages-2Mi": "4Mi", memory: "1Gi" } }),
      [hugePagesAt(`${inLimits}/hugepages-2Mi`, "limits")],
    ],
    [
      "a request",
      withResources({ requests: { "hugepages-1Gi": 1 } }),
      [hugePagesAt("containers/0/resources/requests/hugepages-1Gi", "requests")],
    ],
    [
      "zero",
      withResources({ limits: { "hugepages-2Mi": "0", "hugepages-1Gi": 0 }, requests: { "hugepages-2Mi": "0Mi" } }),
      [],
    ],
    [
      "what is no quantity",
      withResources({ limits: { "hugepages-2Mi": "odd" } }),
      [hugePagesAt(`${inLimits}/hugepages-2Mi`, "limits")],
    ],
    [
      "sorted",
      withResources({ limits: { "hugepages-2Mi": "1", "hugepages-1Gi": "1" } }),
      [hugePagesAt(`${inLimits}/hugepages-1Gi`, "limits"), hugePagesAt(`${inLimits}/hugepages-2Mi`, "limits")],
    ],
    [
      "an init container's",
      podOf({ initContainers: [{ resources: { limits: { "hugepages-2Mi": "1" } } }] }),
      [hugePagesAt("initContainers/0/resources/limits/hugepages-2Mi", "limits")],
    ],
    [
      "the pod's own",
      podOf({ resources: { limits: { "hugepages-2Mi": "1" } } }),
      [hugePagesAt("resources/limits/hugepages-2Mi", "limits")],
    ],
    [
      "an emptyDir",
      mounting({ emptyDir: { medium: "HugePages" } }),
      [hugePagesAt("volumes/0/emptyDir/medium", "emptyDir")],
    ],
    [
      "an emptyDir of a size",
      mounting({ emptyDir: { medium: "HugePages-1Gi" } }),
      [hugePagesAt("volumes/0/emptyDir/medium", "emptyDir")],
    ],
    ["an emptyDir on memory", mounting({ emptyDir: { medium: "Memory" } }), []],
    [
      "a name that only looks like it",
      withResources({ limits: { "example.com/hugepages-2Mi": "1", hugepages: "1" } }),
      [],
    ],
    ["nulls", withResources({ limits: null, requests: null }), []],
    ["a null amount", withResources({ limits: { "hugepages-2Mi": null } }), []],
  ])("%s", (_, pod, expected) => {
    expect(findingsOf(hugePages, pod)).toEqual(expected);
  });
});

const deviceAt = (path: string): string => `DevicePassthrough blocks /spec/${path} (extended resource)`;

describe("devicePassthrough", () => {
  const limit = (name: string, quantity: string | number = "1"): Pod => withResources({ limits: { [name]: quantity } });
  const found = (escaped: string): string[] => [deviceAt(`containers/0/resources/limits/${escaped}`)];
  it.each<[string, Pod, string[]]>([
    ["an extended resource", limit("nvidia.com/gpu"), found("nvidia.com~1gpu")],
    ["none of it", limit("nvidia.com/gpu", "0"), []],
    ["none of it, as a number", limit("nvidia.com/gpu", 0), []],
    ["what is no quantity", limit("nvidia.com/gpu", "one"), found("nvidia.com~1gpu")],
    ["Kubernetes' own", limit("kubernetes.io/x"), []],
    ["a domain of Kubernetes'", limit("storage.kubernetes.io/x"), []],
    ["a domain that only ends like it", limit("notkubernetes.io/x"), found("notkubernetes.io~1x")],
    ["a name without domain", limit("ephemeral-storage"), []],
    [
      "requested only",
      withResources({ requests: { "b.example/x": "1", "a.example/x": "1" } }),
      [
        deviceAt("containers/0/resources/requests/a.example~1x"),
        deviceAt("containers/0/resources/requests/b.example~1x"),
      ],
    ],
    [
      "requested and limited: once",
      withResources({ limits: { "a.example/x": "1" }, requests: { "a.example/x": "1" } }),
      found("a.example~1x"),
    ],
    [
      "by an ephemeral container",
      podOf({ ephemeralContainers: [{ resources: { limits: { "a.example/x": "1" } } }] }),
      [deviceAt("ephemeralContainers/0/resources/limits/a.example~1x")],
    ],
    [
      "pod-level",
      podOf({ resources: { limits: { "a.example/x": "1" } } }),
      [deviceAt("resources/limits/a.example~1x")],
    ],
    [
      "a resource claim",
      podOf({ resourceClaims: [{ name: "gpu" }, {}] }),
      [
        "DevicePassthrough blocks /spec/resourceClaims/0 (resource claim)",
        "DevicePassthrough blocks /spec/resourceClaims/1 (resource claim)",
      ],
    ],
  ])("%s", (_, pod, expected) => {
    expect(findingsOf(devicePassthrough, pod)).toEqual(expected);
  });

  it("leaves what the policy lists as harmless, by its whole name", () => {
    const policy = { harmlessResources: ["example.com/port"] };
    expect(findingsOf(devicePassthrough, limit("example.com/port"), { policy })).toEqual([]);
    expect(findingsOf(devicePassthrough, limit("example.com/port2"), { policy })).toEqual(found("example.com~1port2"));
  });
});
