/** A Kata release, ordered as semver: `4.1.0-rc0` stands before `4.1.0`. Build metadata is not kept. */
export interface KataVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The pre-release identifiers, joined by dots; empty for a release. */
  readonly pre: string;
}

/** semver 2.0.0, with the `v` that some tags carry. Linear: each part is one run of characters that the next cannot start with. */
const SEMVER =
  /^v?(?<major>0|[1-9]\d*)\.(?<minor>0|[1-9]\d*)\.(?<patch>0|[1-9]\d*)(?:-(?<pre>[0-9A-Za-z.-]+))?(?:\+(?<build>[0-9A-Za-z.-]+))?$/;

/** A version comes from annotations and reports; no release needs more, and what is longer is no release. */
const LONGEST_VERSION = 64;

/** Reads `3.32.0`, `v3.32.0`, `4.1.0-rc0` or `3.32.0+build`; anything else, `3.32` and `latest` included, is null. */
export function parseKataVersion(text: string): KataVersion | null {
  const groups = text.length > LONGEST_VERSION ? undefined : SEMVER.exec(text)?.groups;
  if (groups === undefined) return null;
  const pre = groups["pre"] ?? "";
  if (pre !== "" && !pre.split(".").every(isPreReleaseIdentifier)) return null;
  if (groups["build"]?.split(".").includes("") === true) return null;
  const [major, minor, patch] = [Number(groups["major"]), Number(groups["minor"]), Number(groups["patch"])];
  if (![major, minor, patch].every(Number.isSafeInteger)) return null;
  return { major, minor, patch, pre };
}

/** Negative where `a` is before `b`, positive where it is after, 0 where semver gives them the same precedence. */
export function compareKataVersions(a: KataVersion, b: KataVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePreReleases(a.pre, b.pre);
}

/** Our own literals, read once: each review asks for some dozens of them. */
const boundaries = new Map<string, KataVersion>();

/** Whether `version` stands before `release`, which is one of our own literals: a malformed one is a bug and throws. */
export function isBefore(version: KataVersion, release: string): boolean {
  let boundary = boundaries.get(release) ?? null;
  if (boundary === null) {
    boundary = parseKataVersion(release);
    if (boundary === null) throw new TypeError(`not a Kata release: ${release}`);
    boundaries.set(release, boundary);
  }
  return compareKataVersions(version, boundary) < 0;
}

/** The canonical text, without `v`. */
export function formatKataVersion(version: KataVersion): string {
  const release = `${version.major}.${version.minor}.${version.patch}`;
  return version.pre === "" ? release : `${release}-${version.pre}`;
}

/** semver 9: not empty, and a number has no leading zero. */
function isPreReleaseIdentifier(identifier: string): boolean {
  return identifier !== "" && !/^0\d+$/.test(identifier);
}

/** semver 11.3 and 11.4: a release after its pre-releases; numbers numerically and before words; a longer list after its prefix. */
function comparePreReleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "") return 1;
  if (b === "") return -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (const [index, identifier] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(a: string, b: string): number {
  if (a === b) return 0;
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  // Without leading zeros the longer number is the larger one, and equally long ones order as text: exact at any size.
  if (isNumberA && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
