// The parts of a Pod that decisions look at, in Kubernetes' own field names (core/v1). JSON null counts as absent.

type Maybe<T> = T | null | undefined;
type Strings = Readonly<Record<string, string>>;
type Amounts = Readonly<Record<string, string | number | null>>;

export interface OwnerReference {
  readonly apiVersion?: Maybe<string>;
  readonly kind?: Maybe<string>;
  readonly name?: Maybe<string>;
  readonly controller?: Maybe<boolean>;
}

export interface ObjectMeta {
  readonly name?: Maybe<string>;
  readonly generateName?: Maybe<string>;
  readonly namespace?: Maybe<string>;
  readonly labels?: Maybe<Strings>;
  readonly annotations?: Maybe<Strings>;
  readonly ownerReferences?: Maybe<readonly OwnerReference[]>;
}

export interface KeyToPath {
  readonly key?: Maybe<string>;
  readonly path?: Maybe<string>;
}

/** configMap, secret or downwardAPI, as a volume or as a projected source. */
export interface ItemsSource {
  readonly items?: Maybe<readonly KeyToPath[]>;
}

export interface ProjectedSource {
  readonly [source: string]: Maybe<ItemsSource & { readonly path?: Maybe<string> }>;
}

export interface EmptyDir {
  readonly medium?: Maybe<string>;
  readonly sizeLimit?: Maybe<string | number>;
  /** KEP-5502, alpha in Kubernetes 1.37; only whether it is there is asked. */
  readonly mode?: unknown;
}

/** A volume: its name and one source under the source's own field name. */
export interface Volume {
  readonly name: string;
  readonly hostPath?: Maybe<{ readonly path?: Maybe<string>; readonly type?: Maybe<string> }>;
  readonly emptyDir?: Maybe<EmptyDir>;
  readonly persistentVolumeClaim?: Maybe<{ readonly claimName?: Maybe<string> }>;
  readonly ephemeral?: Maybe<{
    readonly volumeClaimTemplate?: Maybe<{ readonly spec?: Maybe<{ readonly volumeMode?: Maybe<string> }> }>;
  }>;
  readonly configMap?: Maybe<ItemsSource>;
  readonly secret?: Maybe<ItemsSource>;
  readonly downwardAPI?: Maybe<ItemsSource>;
  readonly projected?: Maybe<{ readonly sources?: Maybe<readonly ProjectedSource[]> }>;
  readonly csi?: Maybe<object>;
  readonly image?: Maybe<object>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath?: Maybe<string>;
  readonly readOnly?: Maybe<boolean>;
  readonly subPath?: Maybe<string>;
  readonly subPathExpr?: Maybe<string>;
  readonly mountPropagation?: Maybe<string>;
}

export interface Resources {
  readonly limits?: Maybe<Amounts>;
  readonly requests?: Maybe<Amounts>;
  readonly claims?: Maybe<readonly object[]>;
}

/** Only what comes from a volume: other values are dropped before anything is parsed. */
export interface EnvVar {
  readonly valueFrom?: Maybe<{ readonly fileKeyRef?: Maybe<object> }>;
}

export interface SecurityContext {
  readonly runAsUser?: Maybe<number>;
  readonly runAsNonRoot?: Maybe<boolean>;
}

export interface ContainerPort {
  readonly hostPort?: Maybe<number>;
}

export interface Container {
  readonly name?: Maybe<string>;
  readonly ports?: Maybe<readonly ContainerPort[]>;
  readonly securityContext?: Maybe<SecurityContext>;
  readonly env?: Maybe<readonly EnvVar[]>;
  readonly volumeMounts?: Maybe<readonly VolumeMount[]>;
  readonly volumeDevices?: Maybe<readonly { readonly name: string }[]>;
  readonly terminationMessagePolicy?: Maybe<string>;
  readonly resources?: Maybe<Resources>;
}

export interface Toleration {
  readonly key?: Maybe<string>;
  readonly operator?: Maybe<string>;
  readonly value?: Maybe<string>;
  readonly effect?: Maybe<string>;
  readonly tolerationSeconds?: Maybe<number>;
}

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: Maybe<readonly string[]>;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: Maybe<readonly NodeSelectorRequirement[]>;
  readonly matchFields?: Maybe<readonly NodeSelectorRequirement[]>;
}

export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: Maybe<readonly object[]>;
}

export interface PodSecurityContext extends SecurityContext {
  readonly fsGroup?: Maybe<number>;
}

export interface PodSpec {
  readonly runtimeClassName?: Maybe<string>;
  readonly securityContext?: Maybe<PodSecurityContext>;
  readonly overhead?: Maybe<Amounts>;
  readonly nodeName?: Maybe<string>;
  readonly nodeSelector?: Maybe<Strings>;
  readonly tolerations?: Maybe<readonly Toleration[]>;
  readonly affinity?: Maybe<{
    readonly nodeAffinity?: Maybe<{
      readonly requiredDuringSchedulingIgnoredDuringExecution?: Maybe<{
        readonly nodeSelectorTerms?: Maybe<readonly NodeSelectorTerm[]>;
      }>;
    }>;
    readonly podAffinity?: Maybe<PodAffinity>;
    readonly podAntiAffinity?: Maybe<PodAffinity>;
  }>;
  readonly schedulingGates?: Maybe<readonly object[]>;
  readonly topologySpreadConstraints?: Maybe<readonly { readonly whenUnsatisfiable?: Maybe<string> }[]>;
  readonly volumes?: Maybe<readonly Volume[]>;
  readonly initContainers?: Maybe<readonly Container[]>;
  readonly containers?: Maybe<readonly Container[]>;
  readonly ephemeralContainers?: Maybe<readonly Container[]>;
  readonly resources?: Maybe<Resources>;
  readonly resourceClaims?: Maybe<readonly object[]>;
}

export interface Pod {
  readonly metadata?: Maybe<ObjectMeta>;
  readonly spec?: Maybe<PodSpec>;
}

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** A container and the pointer to it, as in /spec/initContainers/0. */
export interface PlacedContainer {
  readonly container: Container;
  readonly path: string;
}

/** Every container of the pod with its pointer: init (sidecars among them), regular and ephemeral ones. */
export function eachContainer(pod: Pod): PlacedContainer[] {
  const found: PlacedContainer[] = [];
  for (const list of CONTAINER_LISTS) {
    const containers = pod.spec?.[list] ?? [];
    for (let index = 0; index < containers.length; index += 1) {
      found.push({ container: containers[index] as Container, path: `/spec/${list}/${index}` });
    }
  }
  return found;
}

/** The pod's annotation, or null. */
export function annotationOf(pod: Pod, key: string): string | null {
  const annotations = pod.metadata?.annotations;
  return annotations != null && Object.hasOwn(annotations, key) ? (annotations[key] ?? null) : null;
}

/** The pod's required node affinity, of which one term has to match; null when there is none. */
export function requiredNodeTerms({ spec }: Pod): readonly NodeSelectorTerm[] | null {
  return spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? null;
}

/** RFC 6901: `~` and `/` in a key are escaped. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Pointer to one of the pod's annotations. */
export function annotationPath(key: string): string {
  return `/metadata/annotations/${escapePointer(key)}`;
}

/** The owner that controls the pod, or null for a bare pod. */
export function controllerOf(pod: Pod): OwnerReference | null {
  return pod.metadata?.ownerReferences?.find((owner) => owner.controller === true) ?? null;
}
