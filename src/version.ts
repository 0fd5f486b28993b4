import manifest from "../package.json" with { type: "json" };

/** The package's version, as `kata-thp version` and the status annotation say it. */
export const VERSION: string = manifest.version;
