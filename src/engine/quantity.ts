// Quantities as resource.k8s.io writes them, for comparing and for telling zero from more.
// Source: k8s.io/apimachinery pkg/api/resource/quantity.go (grammar in the doc comment of Quantity).

const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
  ["Pi", 2 ** 50],
  ["Ei", 2 ** 60],
]);

/** The amount in base units (bytes, cores), or null for what is no quantity. Exact up to 2^53. */
export function parseQuantity(quantity: string | number): number | null {
  if (typeof quantity === "number") return Number.isFinite(quantity) ? quantity : null;
  if (quantity.length > 64) return null;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(quantity);
  if (match === null) return null;
  const [, digits = "", exponent, suffix = ""] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (SUFFIXES.get(suffix) ?? 1);
}

/** Do both sets name the same resources in the same amounts? Absent and empty are the same. */
export function equalQuantities(
  a: Readonly<Record<string, string | number>>,
  b: Readonly<Record<string, string | number>>,
): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const left = a[key];
    const right = Object.hasOwn(b, key) ? b[key] : undefined;
    if (left === undefined || right === undefined) return false;
    return left === right || (parseQuantity(left) !== null && parseQuantity(left) === parseQuantity(right));
  });
}
