// Policies that parsePolicy would take.
import fc, { type Arbitrary } from "fast-check";
import {
  BARE_PODS,
  type KataStatement,
  type Policy,
  type PolicyTarget,
  RULE_SETTINGS,
  SELECTIONS,
  TRUSTS,
} from "../../src/engine/policy.ts";
import { BLOCKING_RULE_REASONS, type BlockingRuleReason, DEGRADING_REASONS } from "../../src/engine/reasons.ts";
import { policyFaults } from "../../src/policy/policy-checks.ts";
import { PRIVATE_FILE } from "./annotation-arbitrary.ts";

const ENABLED = fc.constantFrom([""], ["shared_fs", "enable_hugepages"], ["enable_"], []);

const KATA: Arbitrary<KataStatement> = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      version: fc.constantFrom("3.11.0", "3.12.0", "3.30.0", "3.32.0", "4.0.0-rc0", "4.0.0", "4.1.0", "4.2.0"),
      runtime: fc.constantFrom("go", "go", "go", "runtime-rs"),
      enableAnnotations: ENABLED,
      acceptsSharedFsNone: fc.boolean(),
      rootfs: fc.constantFrom("block", "erofs", "guest-pull", "shared"),
      kubeletRoot: fc.constantFrom("/var/lib/kubelet", "/data"),
      emptydirMode: fc.constantFrom("shared-fs", "block-plain"),
      disableBlockDeviceUse: fc.boolean(),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  // The three ways that are open, so that each is taken often.
  fc.constantFrom<KataStatement>(
    { version: "3.32.0", runtime: "go", rootfs: "erofs" },
    {
      runtime: "go",
      rootfs: "block",
      disableBlockDeviceUse: false,
      acceptsSharedFsNone: true,
      enableAnnotations: ["shared_fs", "enable_hugepages", "enable_iommu"],
    },
    { version: "4.1.0", runtime: "go" },
  ),
);

/** What only the private configuration has. */
const OF_THE_FILE: Arbitrary<KataStatement> = fc.record(
  { enableAnnotations: ENABLED, emptydirMode: fc.constantFrom("shared-fs", "block-plain") },
  { requiredKeys: [], noNullPrototype: true },
);

const TARGET: Arbitrary<PolicyTarget> = fc.record({
  runtimeClass: fc.constant("kata-clh"),
  selection: fc.constantFrom("auto", "auto", ...SELECTIONS),
  trust: fc.constantFrom(...TRUSTS),
  variant: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(null, "kata-clh-thp") },
    { weight: 1, arbitrary: fc.constant("missing") },
  ),
  configPath: fc.constantFrom(null, PRIVATE_FILE),
  maxImageLayers: fc.integer({ min: 1, max: 127 }),
  kata: KATA,
  private: fc.oneof(KATA, OF_THE_FILE),
});

const OTHER_TARGET: Arbitrary<PolicyTarget> = fc.record({
  runtimeClass: fc.constantFrom("kata-other", "kata-clh-thp"),
  selection: fc.constantFrom("auto", "runtime-class"),
  trust: fc.constantFrom(...TRUSTS),
  variant: fc.constant(null),
  configPath: fc.constant(null),
  maxImageLayers: fc.constant(10),
  kata: KATA,
  private: KATA,
});

const ALLOWED: Arbitrary<readonly BlockingRuleReason[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.subarray([...BLOCKING_RULE_REASONS]) },
);

export const POLICIES: Arbitrary<Policy> = fc
  .record({
    targets: fc.oneof(
      { weight: 4, arbitrary: TARGET.map((each) => [each]) },
      { weight: 1, arbitrary: fc.tuple(TARGET, OTHER_TARGET) },
    ),
    rules: fc.oneof(
      fc.constant({}),
      fc.dictionary(fc.constantFrom(...DEGRADING_REASONS), fc.constantFrom(...RULE_SETTINGS), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
    dangerouslyAllow: ALLOWED,
    barePods: fc.constantFrom(...BARE_PODS),
    harmlessResources: fc.constantFrom([], ["example.com/port"]),
    status: fc.record({
      annotatePatched: fc.constantFrom(true, true, false),
      annotateSkipped: fc.constantFrom(true, true, false),
      warn: fc.boolean(),
    }),
    rollout: fc.record({
      percent: fc.oneof({ weight: 12, arbitrary: fc.constant(100) }, { weight: 1, arbitrary: fc.constantFrom(50, 0) }),
    }),
  })
  .filter((policy) => policyFaults(policy).length === 0);
