// What the chart renders, as objects.
import { parseAllDocuments } from "yaml";
import { ciValuesFile, helm, type HelmOptions, TEMPLATE_ARGS } from "./helm.ts";

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has a shape of its own, and tests look deep into it
  readonly [field: string]: any;
}

/** The objects of `helm template` with a file of ci/, or with values. */
export async function render(values: string | object = {}, options: HelmOptions = {}): Promise<readonly KubeObject[]> {
  const { stdout } =
    typeof values === "string"
      ? await helm([...TEMPLATE_ARGS, "--values", ciValuesFile(values)], options)
      : await helm(TEMPLATE_ARGS, { ...options, values });
  return parseObjects(stdout);
}

/** @throws Error on what is no YAML, a key that an object has twice among it: who post-renders with kustomize meets that */
export function parseObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as KubeObject | null;
    })
    .filter((object) => object !== null);
}

/** The only object of a kind, hooks left out. @throws Error where there is none or more than one */
export function only(objects: readonly KubeObject[], kind: string): KubeObject {
  const found = ofKind(objects, kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0] as KubeObject;
}

export function ofKind(objects: readonly KubeObject[], kind: string): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind && !isHook(object));
}

export function isHook(object: KubeObject): boolean {
  return object.metadata.annotations?.["helm.sh/hook"] !== undefined;
}
