// The policy file's JSON Schema: what parse-policy.ts checks, what editors read, what the chart embeds.
import {
  BARE_PODS,
  DEFAULT_MAX_IMAGE_LAYERS,
  defaultSetting,
  EMPTYDIR_MODES,
  type KataStatement,
  type Policy,
  POLICY_API_VERSION,
  type PolicyTarget,
  ROOTFS_KINDS,
  RULE_SETTINGS,
  SELECTIONS,
  TRUSTS,
} from "../engine/policy.ts";
import { BLOCKING_RULE_REASONS, DEGRADING_REASONS, REASONS } from "../engine/reasons.ts";
import { KATA_RUNTIMES } from "../kata/releases.ts";

/** The keywords that are used here: the same in draft-07 and 2020-12, and none refers to another schema's place. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: false;
}

/** DNS-1123 subdomain, in a form that RE2 and JavaScript both match in linear time. */
const DNS_SUBDOMAIN = "^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$";
/** src/kata/version.ts reads it; this is what a schema can say of it. */
const RELEASE = "^v?[0-9]+\\.[0-9]+\\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$";
const ABSOLUTE_PATH = "^/[^\\x00-\\x1f\\x7f]*$";
const ABSOLUTE_FILE = "^/(?:[^\\x00-\\x1f\\x7f]*[^/\\x00-\\x1f\\x7f])$";
/** A qualified resource name with its domain: a name without one is Kubernetes' own (cpu, memory). */
const EXTENDED_RESOURCE = "^[a-z0-9.-]+/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$";

/** What each pattern of the schema allows, in words for an error. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [DNS_SUBDOMAIN]: "a name of lower-case letters, digits, '-' and '.' that starts and ends with a letter or digit",
  [RELEASE]: "a Kata release such as 3.32.0 or 4.1.0-rc0",
  [ABSOLUTE_PATH]: "an absolute path, starting with '/'",
  [ABSOLUTE_FILE]: "the absolute path of a file, starting with '/' and not ending with one",
  [EXTENDED_RESOURCE]: "a resource name with its domain, such as example.com/device",
};

function objectOf(
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  required?: string[],
): JsonSchema {
  return {
    type: "object",
    description,
    additionalProperties: false,
    properties,
    ...(required === undefined ? {} : { required }),
  };
}

function className(description: string): JsonSchema {
  return { type: "string", description, pattern: DNS_SUBDOMAIN, maxLength: 253 };
}

/** The fields of `kata` and `private`; as many entries and characters as src/kata/allow-list.ts judges. */
const statementProperties: Readonly<Record<keyof KataStatement, JsonSchema>> = {
  version: {
    type: "string",
    pattern: RELEASE,
    description: "Kata release, such as 3.32.0. Quote a version that looks like a number.",
  },
  runtime: { type: "string", enum: KATA_RUNTIMES, description: "Which of Kata's two runtimes the handler runs." },
  enableAnnotations: {
    type: "array",
    maxItems: 256,
    items: { type: "string", maxLength: 256, description: "RE2 expression, unanchored, as Kata reads it." },
    description: "enable_annotations of the handler's configuration: which hypervisor annotations it accepts.",
  },
  acceptsSharedFsNone: {
    type: "boolean",
    description: "true for a Kata build of one's own that takes the value none for the annotation shared_fs.",
  },
  rootfs: {
    type: "string",
    enum: ROOTFS_KINDS,
    description:
      "What carries a container's root filesystem; shared needs the shared filesystem. erofs: with its writable layer on a disk.",
  },
  kubeletRoot: { type: "string", pattern: ABSOLUTE_PATH, description: "The kubelet's --root-dir on the nodes." },
  emptydirMode: { type: "string", enum: EMPTYDIR_MODES, description: "emptydir_mode of the handler's configuration." },
  disableBlockDeviceUse: {
    type: "boolean",
    description:
      "disable_block_device_use of its configuration; a block rootfs and block-plain need false, true is Kata's default from 3.26.0.",
  },
  disableGuestEmptyDir: {
    type: "boolean",
    description:
      "disable_guest_empty_dir of its configuration; true keeps pods with a default emptyDir as they are. State it for a distribution's build, whose default may not be Kata's.",
  },
};

const targetProperties: Readonly<Record<keyof PolicyTarget, JsonSchema>> = {
  runtimeClass: className("RuntimeClass whose pods may get private memory."),
  selection: {
    type: "string",
    enum: ["auto", ...SELECTIONS],
    description: "How private memory is asked for; auto takes the first way that the evidence supports.",
  },
  trust: {
    type: "string",
    enum: TRUSTS,
    description: "operator: an explicit selection is done against evidence that contradicts it.",
  },
  variant: className("RuntimeClass that stands in for this one, where no RuntimeClass says kata-thp.dev/variant-of."),
  configPath: {
    type: "string",
    pattern: ABSOLUTE_FILE,
    maxLength: 4096,
    description: "Kata configuration file with shared_fs none: the operator's word that every node has it.",
  },
  maxImageLayers: {
    type: "integer",
    minimum: 1,
    maximum: 127,
    description: `The most layers that an image of its pods has; with EROFS each is a disk. Default: ${DEFAULT_MAX_IMAGE_LAYERS}.`,
  },
  kata: objectOf("What is known of this class's Kata; it speaks for the variant too.", statementProperties),
  private: objectOf(
    "The same of the variant's handler, or of the configPath file, where it differs.",
    statementProperties,
  ),
};

const statusProperties: Readonly<Record<keyof Policy["status"], JsonSchema>> = {
  annotatePatched: {
    type: "boolean",
    description:
      "Write kata-thp.dev/status on patched pods. Without it none is put back when another webhook changes it later.",
  },
  annotateSkipped: { type: "boolean", description: "Write kata-thp.dev/skipped with the reasons on skipped pods." },
  warn: { type: "boolean", description: "Return warnings, which kubectl prints, for reasons that a user can act on." },
};

const ruleProperties: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  DEGRADING_REASONS.map((reason) => [
    reason,
    {
      type: "string",
      enum: RULE_SETTINGS,
      description: `${REASONS[reason].sentence} Default: ${defaultSetting(reason)}.`,
    },
  ]),
);

const policyProperties: Readonly<Record<keyof Policy | "apiVersion" | "kind", JsonSchema>> = {
  apiVersion: { type: "string", const: POLICY_API_VERSION, description: "Version of this format." },
  kind: { type: "string", const: "Policy", description: "Always Policy." },
  targets: {
    type: "array",
    minItems: 1,
    items: objectOf("One RuntimeClass and how its pods are given private memory.", targetProperties, ["runtimeClass"]),
    description: "RuntimeClasses whose pods may be changed. Default: kata-clh with auto.",
  },
  rules: objectOf("What a finding that only degrades does: allow, warn or skip.", ruleProperties),
  dangerouslyAllow: {
    type: "array",
    uniqueItems: true,
    items: { type: "string", enum: BLOCKING_RULE_REASONS, description: "Reason of a rule that blocks." },
    description: "Rules that block, switched off by name. Such pods can lose data or break silently.",
  },
  barePods: {
    type: "string",
    enum: BARE_PODS,
    description:
      "Pods without a controller: once their class is switched, a second kubectl apply of the same manifest fails.",
  },
  harmlessResources: {
    type: "array",
    uniqueItems: true,
    items: { type: "string", pattern: EXTENDED_RESOURCE, maxLength: 317, description: "Extended resource name." },
    description: "Extended resources whose device plugin is known to add no host mounts.",
  },
  status: objectOf("What is told to whoever looks at a pod.", statusProperties),
  rollout: objectOf("How many workloads take part.", {
    percent: {
      type: "number",
      minimum: 0,
      maximum: 100,
      description: "Share of owners whose pods are changed. Who is in stays in when it grows.",
    },
  }),
};

/** JSON Schema of the policy file, valid as draft-07 and as 2020-12; docs/policy.schema.json is this object. */
export const POLICY_SCHEMA: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "kata-thp policy",
  ...objectOf(
    "Which pods get private guest memory, and how this cluster's Kata is told.",
    policyProperties,
    ["apiVersion", "kind"], //
  ),
};
