/** How the run-time-size kernels of linear algebra are written: parameters by name, strided loops with a fast way for contiguous vectors. */
import {
  addInt,
  type Builder,
  binary,
  constant,
  defineFunction,
  fma,
  int,
  lane,
  load,
  local,
  mulInt,
} from "../builder.js";
import { type Expr, i32, type Local, type LoopFunction, scalarBytes, type Type, vector } from "../ir.js";
import { type FloatScalar, lanesOf } from "./matmul-tile.js";

export type Named<N extends string> = Readonly<Record<N, Expr>>;

/**
 * The function `name_scalar(…ints, …floats)`. Integers are sizes, byte addresses and strides in elements (which may be negative); floats have
 * the scalar's type.
 */
export function linalgFunction<I extends string, F extends string = never>(
  scalar: FloatScalar,
  name: string,
  ints: readonly I[],
  floats: readonly F[],
  body: (b: Builder, p: Named<I | F>) => void,
): LoopFunction {
  const element: Type = { scalar, lanes: 1 };
  const params = [...ints.map((p) => ({ name: p, type: i32 })), ...floats.map((p) => ({ name: p, type: element }))];
  return defineFunction(`${name}_${scalar}`, params, (b, values) => {
    const named = Object.fromEntries(params.map((p, i) => [p.name, values[i] ?? int(0)])) as Named<I | F>;
    body(b, named);
  });
}

/** Sizes of a scalar that every kernel asks for. */
export interface Widths {
  readonly scalar: FloatScalar;
  readonly size: number;
  readonly lanes: number;
  readonly element: Type;
  readonly wide: Type;
}

export function widthsOf(scalar: FloatScalar): Widths {
  const lanes = lanesOf(scalar);
  return { scalar, size: scalarBytes(scalar), lanes, element: { scalar, lanes: 1 }, wide: vector(scalar, lanes) };
}

/** The byte address of element `index` of a vector with `step` elements between neighbours. */
export function elementAt(w: Widths, address: Expr, index: Expr, step: Expr): Expr {
  return addInt(address, mulInt(mulInt(index, step), int(w.size)));
}

export function zero(type: Type): Expr {
  return constant(type, 0);
}

/** The lanes of a vector summed in pairs. */
export function foldSum(w: Widths, v: Expr): Expr {
  const pair = (i: number): Expr => binary("add", lane(v, i), lane(v, i + 1));
  return w.lanes === 2 ? pair(0) : binary("add", pair(0), pair(2));
}

/**
 * Visits `n` elements of up to two vectors: when all steps are 1, whole vectors (`unroll` at a time, each told its place in the round) and
 * then single elements, else single elements only.
 */
export function alongVectors(
  b: Builder,
  w: Widths,
  n: Expr,
  vectors: readonly { readonly address: Expr; readonly step: Expr }[],
  body: (addresses: readonly Expr[], lanes: number, place: number) => void,
  unroll = 1,
): void {
  const first = b.declare(i32, "first");
  const contiguous = vectors.map((v) => binary("eq", v.step, int(1))).reduce((a, c) => binary("and", a, c));
  b.set(first, int(0));
  b.if(contiguous, () => {
    b.set(first, binary("and", n, int(-w.lanes * unroll)));
    b.for(int(0), local(first), int(w.lanes * unroll), (i) => {
      const bytes = b.let(mulInt(i, int(w.size)));
      const at = vectors.map((v) => b.let(addInt(v.address, bytes)));
      for (let u = 0; u < unroll; u += 1)
        body(
          at.map((a) => (u === 0 ? a : b.let(addInt(a, int(16 * u))))),
          w.lanes,
          u,
        );
    });
  });
  const pointers: Local[] = vectors.map((v) => {
    const pointer = b.declare(i32, "at");
    b.set(pointer, elementAt(w, v.address, local(first), v.step));
    return pointer;
  });
  const bytes = vectors.map((v) => b.let(mulInt(v.step, int(w.size)), "step"));
  b.for(local(first), n, int(1), () => {
    body(pointers.map(local), 1, 0);
    pointers.forEach((pointer, i) => {
      b.set(pointer, addInt(local(pointer), bytes[i] ?? int(0)));
    });
  });
}

/** Σ x·y over n elements, in `4 · lanes` interleaved sums when both are contiguous. */
export function emitDot(
  b: Builder,
  w: Widths,
  n: Expr,
  x: { readonly address: Expr; readonly step: Expr },
  y: { readonly address: Expr; readonly step: Expr },
): Expr {
  const sums = Array.from({ length: 4 }, () => b.declare(w.wide, "sum"));
  const rest = b.declare(w.element, "rest");
  for (const sum of sums) b.set(sum, zero(w.wide));
  b.set(rest, zero(w.element));
  alongVectors(
    b,
    w,
    n,
    [x, y],
    ([p = int(0), q = int(0)], lanes, place) => {
      const sum = lanes === 1 ? rest : (sums[place] ?? rest);
      b.set(sum, fma(load(sum.type, p), load(sum.type, q), local(sum)));
    },
    4,
  );
  const [s0 = rest, s1 = rest, s2 = rest, s3 = rest] = sums;
  const all = b.let(binary("add", binary("add", local(s0), local(s1)), binary("add", local(s2), local(s3))));
  return binary("add", foldSum(w, all), local(rest));
}
