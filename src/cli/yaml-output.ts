// Loaded only for -o yaml.
import { stringify } from "yaml";

/** One YAML document without anchors, and without the last line's end. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false }).trimEnd();
}
