/** Bounds of elementwise ops: what the op itself may be off, and what the errors of its operands become. */
import { isFloat, type TypedArray } from "../base/dtype.js";
import { makeInput, type Node } from "../graph/node.js";
import { evaluateNode } from "../targets/interpreter/interpret.js";
import { elementary } from "./accuracy.js";
import { at, type Bounded, remake } from "./bound-values.js";
import { formatOf, ulpOf } from "./precision.js";

/** Units in the last place that an elementary function may be off. */
const elementaryUlps = 4;

/** Where the reduction of angles takes another path: its error is stated, not bounded to an ulp. */
const angleLimit = { float32: 1e5, float64: 1e9 } as const;

/** f(x ± e) about f(x): twice the largest difference, and what the function itself may add. */
export function elementwise(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  const n = value.length;
  const result = new Float64Array(n);
  let any = false;
  const inexact: number[] = [];
  for (let i = 0; i < n; i += 1) {
    if (inputs.some((x) => (x.error?.[i] ?? 0) > 0)) inexact.push(i);
    else {
      const own = ownError(node, inputs, i, value[i] ?? 0);
      result[i] = own;
      if (own > 0) any = true;
    }
  }
  if (inexact.length > 0) {
    any = true;
    spread(node, inputs, value, inexact, result);
  }
  return any ? result : undefined;
}

function spread(
  node: Node,
  inputs: readonly Bounded[],
  value: TypedArray,
  where: readonly number[],
  result: Float64Array,
): void {
  for (const i of where) result[i] = 0;
  if (node.op === "select") {
    const [mask, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    for (const i of where) {
      const chosen = mask.value[i] === 0 ? b : a;
      const same = Object.is(a.value[i], b.value[i]) && (a.error?.[i] ?? 0) === 0 && (b.error?.[i] ?? 0) === 0;
      result[i] = (mask.error?.[i] ?? 0) > 0 ? (same ? 0 : Number.POSITIVE_INFINITY) : (chosen.error?.[i] ?? 0);
    }
    return;
  }
  const small = node.inputs.map((x) => makeInput("", { shape: [where.length], dtype: x.dtype }));
  const local = remake(node, small, node.params);
  const equality = node.op === "eq" || node.op === "ne" || node.op === "lt" || node.op === "le";
  if (equality) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    for (const i of where) {
      const apart = Math.abs((a.value[i] ?? 0) - (b.value[i] ?? 0)) > (a.error?.[i] ?? 0) + (b.error?.[i] ?? 0);
      result[i] = apart ? 0 : Number.POSITIVE_INFINITY;
    }
    return;
  }
  const corners = 2 ** inputs.length;
  const centre = where.map((i) => value[i] ?? 0);
  for (let corner = 0; corner < corners; corner += 1) {
    const moved = inputs.map((x, n) => {
      const part = x.value.slice(0, where.length);
      where.forEach((i, j) => {
        part[j] = (x.value[i] ?? 0) + ((corner >> n) & 1 ? 1 : -1) * (x.error?.[i] ?? 0);
      });
      return part;
    });
    const y = evaluateNode(local, moved)[0];
    where.forEach((i, j) => {
      const [c, d] = [centre[j] ?? 0, y?.[j] ?? 0];
      if (Object.is(c, d)) return;
      const off = Math.abs(d - c);
      result[i] = Number.isFinite(off) ? Math.max(result[i] ?? 0, 2 * off) : Number.POSITIVE_INFINITY;
    });
  }
  const { tiny } = formatOf(node.dtype);
  const whole = !isFloat(node.dtype);
  for (const i of where) {
    const unknown = inputs.some((x) => !Number.isFinite(x.error?.[i] ?? 0));
    const y = value[i] ?? 0;
    // What happens between the corners nobody sees.
    const jumps =
      (node.op === "mod" && (result[i] ?? 0) * 4 >= Math.abs(at(inputs, 1).value[i] ?? 0)) || turns(node, inputs, i);
    if (unknown || jumps || !Number.isFinite(y) || (whole && (result[i] ?? 0) > 0)) {
      const settled = !unknown && !jumps && (result[i] ?? 0) === 0;
      result[i] = settled ? 0 : Number.POSITIVE_INFINITY;
    } else if (!whole) {
      const own = ownError(node, inputs, i, y);
      // One rounding of either side, wherever the exact results fall.
      result[i] = (result[i] ?? 0) + own + ulpOf(Math.abs(y) + (result[i] ?? 0), node.dtype) + tiny;
    }
  }
}

/** Whether an angle is so uncertain that its function may have any value. */
function turns(node: Node, inputs: readonly Bounded[], i: number): boolean {
  if (node.op !== "sin" && node.op !== "cos" && node.op !== "tan") return false;
  const { value, error } = at(inputs, 0);
  const e = error?.[i] ?? 0;
  return e > 0.25 || (node.op === "tan" && Math.abs(Math.cos(value[i] ?? 0)) <= 1.1 * e);
}

function ownError(node: Node, inputs: readonly Bounded[], i: number, y: number): number {
  if (!isFloat(node.dtype)) return 0;
  const unit = ulpOf(y, node.dtype);
  if (node.op === "integerPow") {
    const n = Math.abs(node.params.exponent);
    // What overflows on the way to a negative power gives 0 for a tiny number.
    const lost = node.params.exponent < 0 && Math.abs(y) < 8 * formatOf(node.dtype).normal ? 1 : 0;
    return n <= 1 && node.params.exponent >= 0
      ? 0
      : lost > 0
        ? Number.POSITIVE_INFINITY
        : Math.max(elementaryUlps, n + 2) * unit;
  }
  if (!elementary.has(node.op)) return 0;
  if (node.op === "sin" || node.op === "cos" || node.op === "tan") {
    const x = Math.abs(at(inputs, 0).value[i] ?? 0);
    if (x > angleLimit[node.dtype as "float32" | "float64"] && Number.isFinite(x))
      return 2 ** 10 * elementaryUlps * unit;
  }
  return Number.isFinite(y) ? elementaryUlps * unit : 0;
}
