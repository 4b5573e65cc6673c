/** What the derivatives of products need, free of division, so that zeros among the factors do no harm. */
import { add, full, mul, permute, reshape } from "../graph/build.js";
import { loop } from "../graph/loop.js";
import { make, type Node } from "../graph/node.js";
import { present } from "./rule.js";

/** Elements moved by one place along `axis`, away from the start (or the end, when `backwards`); `value` fills the gap. */
export function shift(x: Node, axis: number, backwards: boolean, value: number): Node {
  const zeros = x.shape.map(() => 0);
  const at = (n: number): number[] => x.shape.map((_, i) => (i === axis ? n : 0));
  const size = x.shape.map((d, i) => (i === axis ? d - 1 : d));
  const kept = make("slice", [x], { start: at(backwards ? 1 : 0), size, step: x.shape.map(() => 1) });
  return make("pad", [kept], { low: at(backwards ? 0 : 1), high: at(backwards ? 1 : 0), interior: zeros, value });
}

/** Πⱼ xⱼ over j before i (after i when `reverse`). */
export function exclusiveProduct(x: Node, axis: number, reverse: boolean): Node {
  return shift(make("cumprod", [x], { axis, reverse }), axis, reverse, 1);
}

/** For each element the product of the others over `axes`; undefined where there are no others, that is where it is 1. */
export function productOfOthers(x: Node, axes: readonly number[]): Node | undefined {
  const count = axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
  if (count <= 1) return undefined;
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const flat = reshape(moved, [...kept.map((i) => x.shape[i] ?? 1), count]);
  const others = mul(exclusiveProduct(flat, kept.length, false), exclusiveProduct(flat, kept.length, true));
  return permute(reshape(others, moved.shape), inversePermutation(order));
}

export function inversePermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length);
  permutation.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}

/** hᵢ = aᵢ hᵢ₋₁ + bᵢ along `axis` with nothing before the first (from the end when `reverse`). */
export function linearRecurrence(a: Node, b: Node, axis: number, reverse: boolean): Node {
  const length = a.shape[axis] ?? 0;
  if (length <= 1) return b;
  const order = [axis, ...a.shape.map((_, i) => i).filter((i) => i !== axis)];
  const start = full(
    a.shape.filter((_, i) => i !== axis),
    0,
    a.dtype,
  );
  const result = loop(
    { constants: [], carries: [start], stacked: [permute(a, order), permute(b, order)], length, reverse },
    (_, [h], [ai, bi]) => {
      const next = add(mul(present(ai), present(h)), present(bi));
      return { carries: [next], stacked: [next] };
    },
  );
  return permute(present(result.stacked[0]), inversePermutation(order));
}
