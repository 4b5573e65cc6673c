/** Bounds of sums and products of many terms. */
import { isFloat, type TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { make, type Node } from "../graph/node.js";
import { allUnknown, at, type Bounded, doubleOf, errorsOf, isInexact, remake, shadow } from "./bound-values.js";
import { formatOf } from "./precision.js";

/** Σ of k terms: the errors of the terms, and (k + 1)·u·Σ|terms|. */
export function sums(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  if (!isFloat(node.dtype)) return inputs.some(isInexact) ? allUnknown(value.length) : undefined;
  if (node.op === "scatterAdd" && isInexact(at(inputs, 1))) return allUnknown(value.length);
  const data = node.op === "scatterAdd" ? [0, 2] : node.inputs.map((_, i) => i);
  const doubles = node.inputs.map((x, i) => (data.includes(i) ? doubleOf(node, i) : x));
  const run = (values: (i: number) => Float64Array): Float64Array =>
    shadow(
      remake(node, doubles, node.params),
      inputs.map((x, i) => (data.includes(i) ? values(i) : x.value)),
    );
  const sizes = inputs.map((x) => magnitude(x.value));
  const size = run((i) => sizes[i] ?? new Float64Array());
  let terms: number;
  let carried: Float64Array | undefined;
  if (node.op === "matmul") {
    const b = at(inputs, 1);
    terms = at(node.inputs, 0).shape.at(-1) ?? 0;
    if (inputs.some(isInexact)) {
      // |a|·eb + ea·(|b| + eb)
      const first = run((i) => (i === 0 ? at(sizes, 0) : errorsOf(inputs, 1)));
      const wider = at(sizes, 1).map((s, i) => s + (b.error?.[i] ?? 0));
      const second = run((i) => (i === 0 ? errorsOf(inputs, 0) : wider));
      carried = first.map((e, i) => e + (second[i] ?? 0));
    }
  } else {
    terms = node.op === "scatterAdd" ? (at(node.inputs, 1).shape[0] ?? 0) : value.length === 0 ? 0 : termsOf(node);
    if (inputs.some(isInexact)) carried = run((i) => errorsOf(inputs, i));
  }
  const { roundoff, tiny, largest } = formatOf(node.dtype);
  const exact = terms <= 1 && node.op !== "matmul" && node.op !== "scatterAdd";
  return size.map((s, i) => {
    const c = carried?.[i] ?? 0;
    const total = s + c;
    // Partial sums may overflow in one order and not in another.
    if (!(total < largest / 4)) return Number.POSITIVE_INFINITY;
    if (exact) return c;
    const result = value[i] ?? 0;
    if (!Number.isFinite(result)) return c > 0 ? Number.POSITIVE_INFINITY : 0;
    return c + (terms + 1) * roundoff * total + (node.op === "matmul" ? terms * tiny : 0);
  });
}

/** Π of k factors: unknown where some order of multiplication may over- or underflow. */
export function products(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  if (!isFloat(node.dtype)) return inputs.some(isInexact) ? allUnknown(value.length) : undefined;
  const x = at(inputs, 0);
  const along = (values: Float64Array): Float64Array =>
    shadow(node.op === "prod" ? make("sum", [doubleOf(node, 0)], { axes: node.params.axes }) : remakeSum(node), [
      values,
    ]);
  const { roundoff, largest, normal } = formatOf(node.dtype);
  const finite = (n: number): number => (Number.isFinite(n) ? n : 0);
  const up = along(
    Float64Array.from(x.value, (v, i) => Math.max(0, finite(Math.log2(Math.abs(v) + (x.error?.[i] ?? 0))))),
  );
  const down = along(Float64Array.from(x.value, (v) => Math.min(0, finite(Math.log2(Math.abs(v))))));
  // log of Π(1 + e/|x|)
  const growth = along(
    Float64Array.from(x.value, (v, i) => {
      const e = x.error?.[i] ?? 0;
      return e === 0 ? 0 : v === 0 || !Number.isFinite(v) ? Number.POSITIVE_INFINITY : Math.log1p(e / Math.abs(v));
    }),
  );
  const terms = node.op === "prod" ? termsOfProduct(node) : termsOf(node);
  return Float64Array.from(value, (v, i) => {
    const g = growth[i] ?? 0;
    const risky = (up[i] ?? 0) > Math.log2(largest) - 1 || (down[i] ?? 0) < Math.log2(normal) + 1;
    if (Number.isNaN(v) && g === 0 && !risky) return 0;
    if (risky || !(g < 1)) return Number.POSITIVE_INFINITY;
    if (v === 0 || !Number.isFinite(v)) return 0;
    return Math.abs(v) * (Math.expm1(g) * 1.001 + (terms <= 1 ? 0 : (terms + 1) * roundoff * Math.exp(g)));
  });
}

function magnitude(value: TypedArray): Float64Array {
  return Float64Array.from(value, (x) => (Number.isFinite(x) ? Math.abs(x) : 0));
}

function termsOf(node: Node): number {
  const { shape } = at(node.inputs, 0);
  if (node.op === "sum") return node.params.axes.reduce((n, a) => n * (shape[a] ?? 1), 1);
  return node.op === "cumsum" || node.op === "cumprod" ? (shape[node.params.axis] ?? 0) : 0;
}

function termsOfProduct(node: Node): number {
  const { shape } = at(node.inputs, 0);
  return node.op === "prod" ? node.params.axes.reduce((n, a) => n * (shape[a] ?? 1), 1) : 0;
}

function remakeSum(node: Node): Node {
  if (node.op !== "cumprod") throw new InternalError("bounds: not a running product");
  return make("cumsum", [doubleOf(node, 0)], node.params);
}
