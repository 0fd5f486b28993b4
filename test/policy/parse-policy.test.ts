import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_IN_POLICY } from "../../src/engine/policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { errorsOf, HEAD } from "./policy-text.ts";

/** Every field there is, as the documentation shows it. */
const FULL = `apiVersion: kata-thp.dev/v1alpha1
kind: Policy
targets:
  - runtimeClass: kata-clh
    selection: auto              # auto | hypervisor-annotations | config-path | runtime-class
    trust: evidence              # evidence | operator (an explicit selection against evidence, said everywhere)
    variant: kata-clh-thp        # for runtime-class, where no RuntimeClass says kata-thp.dev/variant-of
    configPath: /opt/kata/share/defaults/kata-containers/configuration-clh-thp.toml   # the operator's word that nodes have it
    maxImageLayers: 30           # with EROFS each layer is a disk
    kata:                        # what the operator knows of the class's Kata; every field optional
      version: 3.32.0
      runtime: go                # go | runtime-rs
      enableAnnotations: [shared_fs, enable_hugepages]
      acceptsSharedFsNone: false # true for a build of one's own that takes the value
      rootfs: shared             # block | erofs | guest-pull | shared
      kubeletRoot: /var/lib/kubelet
    private:                     # the same of the variant's handler, or of the configPath file, where it differs
      enableAnnotations: [enable_iommu, kernel_params]
      rootfs: erofs
      emptydirMode: block-plain  # shared-fs | block-plain
      disableBlockDeviceUse: false
rules: { DefaultEmptyDir: warn } # allow | warn | skip for a rule that degrades
dangerouslyAllow: []             # rules that block, switched off by name
barePods: skip
harmlessResources: [example.com/rdma]
status: { annotatePatched: true, annotateSkipped: true, warn: true }
rollout: { percent: 100 }
`;

describe("what is valid", () => {
  it("reads every field", () => {
    expect(parsePolicy(FULL, "p.yaml")).toEqual({
      kind: "policy",
      warnings: [],
      policy: {
        targets: [
          {
            runtimeClass: "kata-clh",
            selection: "auto",
            trust: "evidence",
            variant: "kata-clh-thp",
            configPath: "/opt/kata/share/defaults/kata-containers/configuration-clh-thp.toml",
            maxImageLayers: 30,
            kata: {
              version: "3.32.0",
              runtime: "go",
              enableAnnotations: ["shared_fs", "enable_hugepages"],
              acceptsSharedFsNone: false,
              rootfs: "shared",
              kubeletRoot: "/var/lib/kubelet",
            },
            private: {
              enableAnnotations: ["enable_iommu", "kernel_params"],
              rootfs: "erofs",
              emptydirMode: "block-plain",
              disableBlockDeviceUse: false,
            },
          },
        ],
        rules: { DefaultEmptyDir: "warn" },
        dangerouslyAllow: [],
        barePods: "skip",
        harmlessResources: ["example.com/rdma"],
        status: { annotatePatched: true, annotateSkipped: true, warn: true },
        rollout: { percent: 100 },
      },
    });
  });

  it("takes the built-in policy for what is absent", () => {
    expect(parsePolicy(HEAD, "p.yaml")).toEqual({ kind: "policy", warnings: [], policy: BUILT_IN_POLICY });
    expect(
      parsePolicy(`${HEAD}targets: [{runtimeClass: kata-clh}]\nstatus: {warn: false}\nrollout: {}\n`, "p.yaml"),
    ).toEqual({
      kind: "policy",
      warnings: [],
      policy: { ...BUILT_IN_POLICY, status: { ...BUILT_IN_POLICY.status, warn: false } },
    });
  });

  it.each([
    ["a byte order mark", `\ufeff${HEAD}`],
    ["CRLF", HEAD.replaceAll("\n", "\r\n")],
    ["JSON", '{"apiVersion": "kata-thp.dev/v1alpha1", "kind": "Policy"}'],
    ["an end marker", `---\n${HEAD}---\n`],
    ["comments around it", `# a\n---\n${HEAD}...\n# b\n`],
    ["an alias", `${HEAD}targets:\n  - {runtimeClass: a, kata: &k {runtime: go}}\n  - {runtimeClass: b, kata: *k}\n`],
    ["a rollout of less than a percent", `${HEAD}rollout: {percent: 0.5}\n`],
  ])("reads a file with %s", (_, text) => {
    expect(errorsOf(text)).toEqual(["valid"]);
  });
});

describe("what is not one policy", () => {
  it.each<[string, string, string[]]>([
    ["empty", "", ["p.yaml:1: the file is empty; allowed: one policy (apiVersion, kind, targets, …)"]],
    [
      "comments alone",
      "# nothing\n---\n",
      ["p.yaml:1: the file is empty; allowed: one policy (apiVersion, kind, targets, …)"],
    ],
    [
      "several documents",
      `${HEAD}---\n${HEAD}`,
      ["p.yaml:3: the file goes on with another document; allowed: one policy"],
    ],
    [
      "a broken bracket",
      `${HEAD}targets: [\n`,
      [
        "p.yaml:4: the file is not readable as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
    [
      "a tab",
      `${HEAD}rollout:\n\tpercent: 1\n`,
      ["p.yaml:4: the file is not readable as YAML: Tabs are not allowed as indentation"],
    ],
    [
      "a key twice",
      `${HEAD}barePods: skip\nbarePods: patch\n`,
      ["p.yaml:4: the file is not readable as YAML: Map keys must be unique"],
    ],
    [
      "a tag",
      `${HEAD}barePods: !!js/function x\n`,
      ["p.yaml:3: the file is not readable as YAML: Unresolved tag: tag:yaml.org,2002:js/function"],
    ],
    [
      "an alias of nothing",
      `${HEAD}barePods: *x\n`,
      ["p.yaml:1: the file cannot be unfolded: Unresolved alias (the anchor must be set before the alias): x"],
    ],
    [
      "a word",
      "kata-clh\n",
      [
        'p.yaml:1: the file is "kata-clh"; allowed: a map of apiVersion, kind, targets, rules, dangerouslyAllow, barePods, harmlessResources, status or rollout',
      ],
    ],
    [
      "another kind",
      "apiVersion: v1\nkind: ConfigMap\n",
      [
        'p.yaml:1: apiVersion is "v1"; allowed: kata-thp.dev/v1alpha1',
        'p.yaml:2: kind is "ConfigMap"; allowed: Policy',
      ],
    ],
    [
      "no head",
      "rollout: {percent: 1}\n",
      ["p.yaml:1: apiVersion is missing; allowed: kata-thp.dev/v1alpha1", "p.yaml:1: kind is missing; allowed: Policy"],
    ],
  ])("refuses %s", (_, text, errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });

  it("refuses a file that unfolds into gigabytes, at once", () => {
    const rows = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [name, before] of ["ba", "cb", "dc", "ed", "fe", "gf", "hg", "ih"].map((pair) => pair.split(""))) {
      rows.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`);
    }
    expect(errorsOf(`${HEAD}${rows.join("\n")}\n`)).toEqual([
      "p.yaml:1: the file cannot be unfolded: Excessive alias count indicates a resource exhaustion attack",
    ]);
  });

  it("refuses nesting that would end the parser's stack, and shows five errors of the many", () => {
    const errors = errorsOf("[".repeat(100_000));
    expect(errors.length).toBeLessThanOrEqual(5);
    expect(errors[0]).toMatch(/^p\.yaml:1: the file is not readable as YAML/);
  });

  it("refuses what no ConfigMap could hold", () => {
    expect(errorsOf(`${HEAD}#${"x".repeat(1024 * 1024)}`)).toEqual([
      `p.yaml:1: the file has ${HEAD.length + 1 + 1024 * 1024} characters; allowed: 1048576`,
    ]);
  });
});

it("never throws and always has a sentence, whatever it is given", () => {
  const piece = oneof(
    string({ maxLength: 8 }),
    constantFrom(
      "\n",
      "  ",
      "- ",
      ": ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a ",
      "!!",
      "---\n",
      "|\n",
      "\t",
      "targets",
      "kata",
      "null",
      HEAD,
    ),
  );
  assert(
    property(array(piece, { maxLength: 30 }), (pieces) => {
      const parsed = parsePolicy(pieces.join(""), "p.yaml");
      if (parsed.kind === "policy") return;
      expect(parsed.errors.length).toBeGreaterThan(0);
      for (const { line, message } of parsed.errors) {
        expect(line).toBeGreaterThan(0);
        expect(message).toMatch(/^(?:is|the file) [^\n]+$/);
      }
    }),
    { numRuns: 500 },
  );
});
