// Quantities as resource.k8s.io writes them, for comparing and for telling zero from more.
// Source: k8s.io/apimachinery pkg/api/resource/quantity.go (grammar in the doc comment of Quantity).

/** Powers of ten. They are parsed with the digits, not multiplied: 700 * 1e-3 is not 0.7. */
const DECIMAL: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);

/** Powers of two, by which a multiplication is exact. */
const BINARY: ReadonlyMap<string, number> = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);

/** As in a list of resources: names and quantities. */
type Quantities = Readonly<Record<string, string | number | null>>;

/** The amount in base units (bytes, cores), or null for what is no quantity; JSON null is zero, as in Go. Exact up to 2^53. */
export function parseQuantity(quantity: string | number | null): number | null {
  if (quantity === null) return 0;
  if (typeof quantity === "number") return Number.isFinite(quantity) ? quantity : null;
  if (quantity.length > 64) return null;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(quantity);
  if (match === null) return null;
  const [, digits = "", exponent, suffix = ""] = match;
  const binary = BINARY.get(suffix);
  return binary === undefined
    ? Number(`${digits}e${exponent ?? DECIMAL.get(suffix) ?? 0}`)
    : Number(digits) * 2 ** binary;
}

/**
 * Names of resources of which `a` has more than `b`; what either has not is zero. What is no quantity may be any amount,
 * so it counts as more.
 */
export function exceeding(a: Quantities, b: Quantities): string[] {
  return Object.keys(a)
    .sort()
    .filter((key) => {
      const [left, right] = [a[key] ?? null, Object.hasOwn(b, key) ? (b[key] ?? null) : null];
      if (left === right) return false;
      const [more, less] = [parseQuantity(left), parseQuantity(right)];
      return more === null || less === null || more > less;
    });
}

/** Do both sets name the same resources in the same amounts? Absent and empty are the same. */
export function equalQuantities(a: Quantities, b: Quantities): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const left = a[key];
    const right = Object.hasOwn(b, key) ? b[key] : undefined;
    if (left === undefined || right === undefined) return false;
    return left === right || (parseQuantity(left) !== null && parseQuantity(left) === parseQuantity(right));
  });
}
