import { NOTHING, ofEachVolume, type Rule } from "../rule.ts";

/** An image volume is copied into guest memory, file by file (kata-facts §5, inferred there). */
export const imageVolume: Rule = {
  name: "image-volume",
  occasion: { sources: ["image"] },
  reasons: ["ImageVolume"],
  check: ofEachVolume(({ volume, path }) =>
    volume.image == null ? NOTHING : [{ reason: "ImageVolume", severity: "degrades", path: `${path}/image` }],
  ),
};
