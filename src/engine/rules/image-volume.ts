import type { Finding, Rule } from "../rule.ts";

/** An image volume is copied into guest memory, file by file (kata-facts §5, inferred there). */
export const imageVolume: Rule = {
  name: "image-volume",
  reasons: ["ImageVolume"],
  check: ({ volumes }) =>
    volumes.flatMap(({ volume, path }): Finding[] =>
      volume.image == null ? [] : [{ reason: "ImageVolume", severity: "degrades", path: `${path}/image` }],
    ),
};
