/**
 * Kernels for symmetric eigenvalue problems.
 *
 * `symmetricProduct` is y = A x of which one triangle of A is read, once: an element aᵢⱼ serves row i, as part of a sum, and row j, as part of an update.
 *
 * `secularSums` and `secularVectors` serve the eigenproblem of D + ρ z zᵀ with D diagonal (see linalg/eigh/secular.ts). An eigenvalue is known as
 * origin + τ, the origin being an element of D, since dⱼ − λ = (dⱼ − origin) − τ is then exact but for rounding.
 */
import {
  addInt,
  type Builder,
  binary,
  constant,
  fma,
  int,
  lane,
  load,
  local,
  mulInt,
  splat,
  unary,
} from "../builder.js";
import type { Expr, Local, LoopFunction } from "../ir.js";
import { alongVectors, elementAt, foldSum, linalgFunction, type Widths, widthsOf, zero } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

export function spectralKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [symmetricProduct(w), secularSums(w), secularVectors(w)];
}

/** Rows whose sums run side by side. */
const rowsTogether = 4;

/** y ← A x for the n × n matrix with this upper triangle, rows, x and y contiguous. */
function symmetricProduct(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "symmetricProduct", ["n", "a", "ar", "x", "y"], [], (b, p) => {
    b.fill(p.y, int(0), mulInt(p.n, int(w.size)));
    const element = (base: Expr, index: Expr): Expr => elementAt(w, base, index, int(1));
    const add = (at: Expr, value: Expr): void => b.store(at, binary("add", load(w.element, at), value));
    b.for(int(0), p.n, int(rowsTogether), (i) => {
      const corner = b.let(element(elementAt(w, p.a, i, p.ar), i), "corner");
      const [x, y] = [b.let(element(p.x, i), "x"), b.let(element(p.y, i), "y")];
      const stride = b.let(mulInt(p.ar, int(w.size)), "stride");
      const rest = b.let(binary("sub", p.n, i), "rest");
      b.if(
        binary("ge", rest, int(rowsTogether)),
        () => {
          const factors = Array.from({ length: rowsTogether }, (_, r) => b.let(load(w.element, x, r * w.size), "x"));
          const rows: Expr[] = [corner];
          for (let r = 1; r < rowsTogether; r += 1) rows.push(b.let(addInt(rows[r - 1] ?? corner, stride), "row"));
          const sums = alongRows(b, w, binary("sub", rest, int(rowsTogether)), rows, factors, x, y);
          // the square on the diagonal
          for (let r = 0; r < rowsTogether; r += 1) {
            let sum = sums[r] ?? x;
            for (let q = 0; q < rowsTogether; q += 1) {
              const [upper, column] = [Math.min(q, r), Math.max(q, r)];
              sum = b.let(fma(load(w.element, rows[upper] ?? corner, column * w.size), factors[q] ?? x, sum));
            }
            add(b.let(addInt(y, int(r * w.size))), sum);
          }
        },
        () =>
          b.for(int(0), rest, int(1), (r) => {
            const row = b.let(addInt(corner, mulInt(r, stride)), "row");
            const factor = b.let(load(w.element, element(x, r)), "x");
            const sum = b.declare(w.element, "sum");
            b.set(sum, binary("mul", load(w.element, element(row, r)), factor));
            b.for(addInt(r, int(1)), rest, int(1), (q) => {
              const value = b.let(load(w.element, element(row, q)), "a");
              b.set(sum, fma(value, load(w.element, element(x, q)), local(sum)));
              add(b.let(element(y, q)), binary("mul", value, factor));
            });
            add(b.let(element(y, r)), local(sum));
          }),
      );
    });
  });
}

/** To the right of a square on the diagonal, `n` columns: y gets Σ rows · factors; returns the sums of the rows times x. */
function alongRows(
  b: Builder,
  w: Widths,
  n: Expr,
  rows: readonly Expr[],
  factors: readonly Expr[],
  x: Expr,
  y: Expr,
): readonly Expr[] {
  const count = b.let(n, "count");
  const wide = factors.map((f) => b.let(splat(f, w.lanes)));
  const sums = rows.map(() => b.declare(w.wide, "sum"));
  const rest = rows.map(() => b.declare(w.element, "rest"));
  for (const sum of sums) b.set(sum, zero(w.wide));
  for (const sum of rest) b.set(sum, zero(w.element));
  const skip = rowsTogether * w.size;
  const whole = b.let(binary("and", count, int(-w.lanes)), "whole");
  const step = (offset: Expr, lanes: number): void => {
    const type = lanes === 1 ? w.element : w.wide;
    const [to, from] = [b.let(addInt(y, offset)), b.let(addInt(x, offset))];
    const other = b.let(load(type, from, skip), "x");
    const total = b.declare(type, "y");
    b.set(total, load(type, to, skip));
    for (const [r, row] of rows.entries()) {
      const value = b.let(load(type, addInt(row, offset), skip), "a");
      const sum = (lanes === 1 ? rest : sums)[r] as Local;
      b.set(total, fma(value, (lanes === 1 ? factors : wide)[r] ?? value, local(total)));
      b.set(sum, fma(value, other, local(sum)));
    }
    b.store(to, local(total), skip);
  };
  b.for(int(0), whole, int(w.lanes), (j) => step(b.let(mulInt(j, int(w.size)), "offset"), w.lanes));
  b.for(whole, count, int(1), (j) => step(b.let(mulInt(j, int(w.size)), "offset"), 1));
  return sums.map((sum, r) => b.let(binary("add", foldSum(w, local(sum)), local(rest[r] ?? sum))));
}

/**
 * Of the terms tⱼ = zⱼ/((dⱼ − origin) − τ), at `result`: Σ zⱼ tⱼ and Σ tⱼ² over j < split, the same over the rest.
 */
function secularSums(w: Widths): LoopFunction {
  const ints = ["n", "split", "d", "z", "result"] as const;
  return linalgFunction(w.scalar, "secularSums", ints, ["origin", "tau"], (b, p) => {
    const part = (from: Expr, to: Expr, place: number): void => {
      const unroll = 2;
      const [values, slopes] = [0, 1].map(() => Array.from({ length: unroll }, () => b.declare(w.wide, "sum"))) as [
        Local[],
        Local[],
      ];
      const [value, slope] = [b.declare(w.element, "value"), b.declare(w.element, "slope")];
      for (const sum of [...values, ...slopes]) b.set(sum, zero(w.wide));
      for (const sum of [value, slope]) b.set(sum, zero(w.element));
      const vectors = [p.d, p.z].map((v) => ({ address: b.let(elementAt(w, v, from, int(1))), step: int(1) }));
      const body = ([d = from, z = from]: readonly Expr[], lanes: number, at: number): void => {
        const type = lanes === 1 ? w.element : w.wide;
        const [sum, square] = lanes === 1 ? [value, slope] : [values[at] ?? value, slopes[at] ?? slope];
        const apart = binary("sub", binary("sub", load(type, d), splat(p.origin, lanes)), splat(p.tau, lanes));
        const weight = b.let(load(type, z), "z");
        const t = b.let(binary("div", weight, apart), "t");
        b.set(sum, fma(weight, t, local(sum)));
        b.set(square, fma(t, t, local(square)));
      };
      alongVectors(b, w, b.let(binary("sub", to, from)), vectors, body, unroll);
      const fold = (sums: readonly Local[], rest: Local): Expr => {
        const all = sums.map((l) => local(l)).reduce((x, y) => b.let(binary("add", x, y)));
        return binary("add", foldSum(w, all), local(rest));
      };
      b.store(p.result, fold(values, value), place * w.size);
      b.store(p.result, fold(slopes, slope), (place + 1) * w.size);
    };
    part(int(0), p.split, 0);
    part(p.split, p.n, 2);
  });
}

/**
 * The eigenvectors, of length 1, in the columns of the n × n matrix at `s`, row j of them in row place[j] (i32): column i has
 * a multiple of ẑⱼ/((dⱼ − originᵢ) − τᵢ), with the ẑ of which the eigenvalues originᵢ + τᵢ would be exact (Löwner's formula),
 *
 *   ẑⱼ² = ∏ᵢ (λᵢ − dⱼ) / ∏_{i≠j} (dᵢ − dⱼ),   of zⱼ's sign.
 *
 * `lengths` is scratch of n elements.
 */
function secularVectors(w: Widths): LoopFunction {
  const ints = ["n", "d", "z", "origins", "taus", "place", "s", "sr", "lengths"] as const;
  return linalgFunction(w.scalar, "secularVectors", ints, [], (b, p) => {
    b.fill(p.lengths, int(0), mulInt(p.n, int(w.size)));
    const at = (base: Expr, index: Expr): Expr => b.let(elementAt(w, base, index, int(1)));
    b.for(int(0), p.n, int(1), (j) => {
      const place = load({ scalar: "i32", lanes: 1 }, addInt(p.place, mulInt(j, int(4))));
      const row = b.let(elementAt(w, p.s, place, p.sr), "row");
      const pole = b.let(load(w.element, at(p.d, j)), "pole");
      const product = b.declare(w.wide, "product");
      const single = b.declare(w.element, "single");
      b.set(product, constant(w.wide, 1));
      const own = at(row, j);
      const part = (from: Expr, to: Expr): void => {
        const [first, count] = [b.let(from), b.let(binary("sub", to, from))];
        // the differences are kept for the second pass
        const starts = [p.d, p.origins, p.taus, row].map((v) => ({ address: at(v, first), step: int(1) }));
        alongVectors(b, w, count, starts, ([d = first, origin = first, tau = first, kept = first], lanes) => {
          const type = lanes === 1 ? w.element : w.wide;
          const wide = splat(pole, lanes);
          const apart = b.let(binary("sub", binary("sub", wide, load(type, origin)), load(type, tau)), "apart");
          b.store(kept, apart);
          const ratio = binary("div", apart, binary("sub", wide, load(type, d)));
          const target = lanes === 1 ? single : product;
          b.set(target, binary("mul", local(target), ratio));
        });
      };
      const difference = binary(
        "sub",
        binary("sub", pole, load(w.element, at(p.origins, j))),
        load(w.element, at(p.taus, j)),
      );
      b.store(own, difference);
      b.set(single, load(w.element, own));
      part(int(0), j);
      part(addInt(j, int(1)), p.n);
      let all: Expr = local(single);
      for (let l = 0; l < w.lanes; l += 1) all = b.let(binary("mul", all, lane(local(product), l)));
      const size = unary("sqrt", unary("abs", all));
      const weight = b.let(binary("copysign", size, load(w.element, at(p.z, j))), "weight");
      const pair = [row, p.lengths].map((address) => ({ address, step: int(1) }));
      alongVectors(b, w, p.n, pair, ([entry = row, length = row], lanes) => {
        const type = lanes === 1 ? w.element : w.wide;
        const value = b.let(binary("div", splat(weight, lanes), load(type, entry)), "value");
        b.store(entry, value);
        b.store(length, fma(value, value, load(type, length)));
      });
    });
    alongVectors(b, w, p.n, [{ address: p.lengths, step: int(1) }], ([length = p.lengths], lanes) => {
      const type = lanes === 1 ? w.element : w.wide;
      b.store(length, binary("div", constant(type, 1), unary("sqrt", load(type, length))));
    });
    b.for(int(0), p.n, int(1), (j) => {
      const pair = [b.let(elementAt(w, p.s, j, p.sr), "row"), p.lengths].map((address) => ({ address, step: int(1) }));
      alongVectors(b, w, p.n, pair, ([entry = p.s, factor = p.s], lanes) => {
        const type = lanes === 1 ? w.element : w.wide;
        b.store(entry, binary("mul", load(type, entry), load(type, factor)));
      });
    });
  });
}
