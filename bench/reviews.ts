// The recorded reviews, by size. bench/record.ts makes them, bench/reviews/README.md says where they are from.
import { join } from "node:path";

export const REVIEW_SIZES = ["6k", "60k"] as const;
export type ReviewSize = (typeof REVIEW_SIZES)[number];

/** Where the recorded body of that size is. */
export function reviewFile(size: ReviewSize): string {
  return join(import.meta.dirname, "reviews", `pod-${size}.json`);
}
