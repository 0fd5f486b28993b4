import { isBefore, type KataVersion } from "./version.ts";

/** A row of a table by release: it holds from its release on, up to the next row's. */
export interface Since<T> {
  readonly since: string;
  readonly value: T;
}

/** Rows in the order of their releases; the first also speaks for everything older. */
export type ByRelease<T> = readonly [Since<T>, ...Since<T>[]];

/**
 * The value of the last row that `version` has reached. A pre-release stands before its release, so 4.0.0-rc0 still has
 * the row above 4.0.0: config_path went on the day of its tag (03cc670076), after any pre-release. Builds of main between 3.32.0
 * and 4.0.0 may have other changes of it already.
 */
export function valueAt<T>(rows: ByRelease<T>, version: KataVersion): T {
  let value = rows[0].value;
  for (const row of rows) if (!isBefore(version, row.since)) value = row.value;
  return value;
}
