/**
 * Kernels on vectors and on matrices element by element, for any sizes and strides: the level-1 BLAS (Lawson, Hanson, Kincaid and Krogh
 * 1979) with sums of squares that neither overflow nor underflow, copies, fills and row exchanges.
 */
import { addInt, type Builder, binary, fma, int, lane, load, local, mulInt, select, splat, unary } from "../builder.js";
import { type Expr, i32, type Local, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, emitDot, linalgFunction, type Widths, widthsOf, zero } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** All of them. Results that are single numbers go to the address `result`. */
export function vectorKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [dot(w), axpy(w), scale(w), maxAbs(w), norm(w), rotate(w), ger(w), copyMatrix(w), fillMatrix(w), swapRows(w)];
}

/** result ← Σ xᵢ yᵢ */
function dot(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "dot", ["n", "x", "dx", "y", "dy", "result"], [], (b, p) => {
    b.store(p.result, emitDot(b, w, p.n, { address: p.x, step: p.dx }, { address: p.y, step: p.dy }));
  });
}

/** y ← y + α x */
function axpy(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "axpy", ["n", "x", "dx", "y", "dy"], ["alpha"], (b, p) => {
    emitAxpy(b, w, p.n, p.alpha, p.x, p.dx, p.y, p.dy);
  });
}

function emitAxpy(b: Builder, w: Widths, n: Expr, alpha: Expr, x: Expr, dx: Expr, y: Expr, dy: Expr): void {
  const wide = b.let(splat(alpha, w.lanes), "alpha");
  const vectors = [
    { address: x, step: dx },
    { address: y, step: dy },
  ];
  alongVectors(
    b,
    w,
    n,
    vectors,
    ([from = int(0), to = int(0)], lanes) => {
      const type = lanes === 1 ? w.element : w.wide;
      b.store(to, fma(lanes === 1 ? alpha : wide, load(type, from), load(type, to)));
    },
    2,
  );
}

/** x ← α x */
function scale(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "scale", ["n", "x", "dx"], ["alpha"], (b, p) => {
    const wide = b.let(splat(p.alpha, w.lanes), "alpha");
    alongVectors(b, w, p.n, [{ address: p.x, step: p.dx }], ([at = int(0)], lanes) => {
      b.store(at, binary("mul", lanes === 1 ? p.alpha : wide, load(lanes === 1 ? w.element : w.wide, at)));
    });
  });
}

/** result ← max |aᵢⱼ| (NaN if any is; 0 of nothing); result + 8 ← where it stands first, i·n + j, as i32 (of a NaN: undefined). */
function maxAbs(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "maxAbs", ["m", "n", "a", "ar", "ac", "result"], [], (b, p) => {
    const best = b.declare(w.element, "best");
    const place = b.declare(i32, "place");
    b.set(best, zero(w.element));
    b.set(place, int(0));
    b.for(int(0), p.m, int(1), (i) => {
      const row = b.let(elementAt(w, p.a, i, p.ar), "row");
      const most = emitLargest(b, w, p.n, row, p.ac);
      b.if(unary("not", binary("le", local(most), local(best))), () => {
        b.set(best, binary("max", local(best), local(most)));
        b.for(int(0), p.n, int(1), (k) => {
          const j = b.let(binary("sub", binary("sub", p.n, int(1)), k));
          const value = unary("abs", load(w.element, elementAt(w, row, j, p.ac)));
          b.if(binary("eq", value, local(most)), () => b.set(place, addInt(mulInt(i, p.n), j)));
        });
      });
    });
    b.store(p.result, local(best));
    b.store(addInt(p.result, int(8)), local(place));
  });
}

/** max |xᵢ|, NaN if any is: four running maxima, since one alone waits for itself. */
function emitLargest(b: Builder, w: Widths, n: Expr, x: Expr, dx: Expr): Local {
  const most = b.declare(w.element, "most");
  const parts = Array.from({ length: 4 }, () => b.declare(w.wide, "part"));
  b.set(most, zero(w.element));
  for (const part of parts) b.set(part, zero(w.wide));
  alongVectors(
    b,
    w,
    n,
    [{ address: x, step: dx }],
    ([at = int(0)], lanes, turn) => {
      const kept = lanes === 1 ? most : (parts[turn] ?? most);
      b.set(kept, binary("max", local(kept), unary("abs", load(kept.type, at))));
    },
    4,
  );
  for (const part of parts) {
    for (let l = 0; l < w.lanes; l += 1) b.set(most, binary("max", local(most), lane(local(part), l)));
  }
  return most;
}

/** result ← √(Σ xᵢ²), scaled by the largest element, so that no square leaves the range. */
function norm(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "norm", ["n", "x", "dx", "result"], [], (b, p) => {
    b.store(p.result, emitNorm(b, w, p.n, p.x, p.dx));
  });
}

export function emitNorm(b: Builder, w: Widths, n: Expr, x: Expr, dx: Expr): Expr {
  const most = emitLargest(b, w, n, x, dx);
  const result = b.declare(w.element, "norm");
  b.set(result, local(most));
  b.if(binary("gt", local(most), zero(w.element)), () => {
    const sum = b.declare(w.element, "sum");
    const sums = b.declare(w.wide, "sums");
    b.set(sum, zero(w.element));
    b.set(sums, zero(w.wide));
    const divisor = b.let(splat(local(most), w.lanes), "divisor");
    alongVectors(b, w, n, [{ address: x, step: dx }], ([at = int(0)], lanes) => {
      const kept = lanes === 1 ? sum : sums;
      const scaled = b.let(binary("div", load(kept.type, at), lanes === 1 ? local(most) : divisor));
      b.set(kept, fma(scaled, scaled, local(kept)));
    });
    for (let l = 0; l < w.lanes; l += 1) b.set(sum, binary("add", local(sum), lane(local(sums), l)));
    b.set(result, binary("mul", local(most), unary("sqrt", local(sum))));
  });
  return local(result);
}

/** A plane rotation: (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ − s xᵢ). */
function rotate(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "rotate", ["n", "x", "dx", "y", "dy"], ["c", "s"], (b, p) => {
    const wideC = b.let(splat(p.c, w.lanes), "c");
    const wideS = b.let(splat(p.s, w.lanes), "s");
    const vectors = [
      { address: p.x, step: p.dx },
      { address: p.y, step: p.dy },
    ];
    alongVectors(b, w, p.n, vectors, ([first = int(0), second = int(0)], lanes) => {
      const type = lanes === 1 ? w.element : w.wide;
      const [c, s] = lanes === 1 ? [p.c, p.s] : [wideC, wideS];
      const x = b.let(load(type, first), "x");
      const y = b.let(load(type, second), "y");
      b.store(first, fma(s, y, b.let(binary("mul", c, x))));
      b.store(second, binary("sub", binary("mul", c, y), binary("mul", s, x)));
    });
  });
}

/** A ← A + α x yᵀ */
function ger(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "ger", ["m", "n", "x", "dx", "y", "dy", "a", "ar", "ac"], ["alpha"], (b, p) => {
    b.for(int(0), p.m, int(1), (i) => {
      const factor = b.let(binary("mul", p.alpha, load(w.element, elementAt(w, p.x, i, p.dx))), "factor");
      const row = b.let(elementAt(w, p.a, i, p.ar), "row");
      emitAxpy(b, w, p.n, factor, p.y, p.dy, row, p.ac);
    });
  });
}

/** B ← α A, any strides (a transpose is a copy with the strides exchanged), in squares that stay in the cache. */
function copyMatrix(w: Widths): LoopFunction {
  const square = 16;
  const ints = ["m", "n", "a", "ar", "ac", "b", "br", "bc"] as const;
  return linalgFunction(w.scalar, "copy", ints, ["alpha"], (b, p) => {
    const both = binary("and", binary("eq", p.ac, int(1)), binary("eq", p.bc, int(1)));
    b.if(
      both,
      () => {
        const wide = b.let(splat(p.alpha, w.lanes), "alpha");
        b.for(int(0), p.m, int(1), (i) => {
          const rows = [
            { address: b.let(elementAt(w, p.a, i, p.ar)), step: int(1) },
            { address: b.let(elementAt(w, p.b, i, p.br)), step: int(1) },
          ];
          alongVectors(b, w, p.n, rows, ([from = int(0), to = int(0)], lanes) => {
            b.store(to, binary("mul", lanes === 1 ? p.alpha : wide, load(lanes === 1 ? w.element : w.wide, from)));
          });
        });
      },
      () =>
        b.for(int(0), p.m, int(square), (i0) => {
          const iEnd = b.let(binary("min", p.m, addInt(i0, int(square))));
          b.for(int(0), p.n, int(square), (j0) => {
            const count = b.let(binary("sub", binary("min", p.n, addInt(j0, int(square))), j0));
            b.for(i0, iEnd, int(1), (i) => {
              const vectors = [
                { address: b.let(addInt(elementAt(w, p.a, i, p.ar), elementAt(w, int(0), j0, p.ac))), step: p.ac },
                { address: b.let(addInt(elementAt(w, p.b, i, p.br), elementAt(w, int(0), j0, p.bc))), step: p.bc },
              ];
              alongVectors(b, w, count, vectors, ([from = int(0), to = int(0)], lanes) => {
                const alpha = lanes === 1 ? p.alpha : splat(p.alpha, lanes);
                b.store(to, binary("mul", alpha, load(lanes === 1 ? w.element : w.wide, from)));
              });
            });
          });
        }),
    );
  });
}

/** aᵢⱼ ← diagonal where i = j, below where i > j, above where i < j; `part`: 0 all of them, 1 leaves below and diagonal, 2 above and diagonal. */
function fillMatrix(w: Widths): LoopFunction {
  const ints = ["m", "n", "a", "ar", "ac", "part"] as const;
  return linalgFunction(w.scalar, "fill", ints, ["value", "diagonal"], (b, p) => {
    b.for(int(0), p.m, int(1), (i) => {
      const row = b.let(elementAt(w, p.a, i, p.ar), "row");
      const from = select(binary("eq", p.part, int(1)), addInt(i, int(1)), int(0));
      const to = b.let(select(binary("eq", p.part, int(2)), binary("min", i, p.n), p.n), "to");
      b.for(from, to, int(1), (j) => {
        b.store(elementAt(w, row, j, p.ac), select(binary("eq", i, j), p.diagonal, p.value));
      });
    });
  });
}

/**
 * Exchanges row k with row pivots[k] for k = from … to−1, ascending or (`backwards` = 1) descending; pivots are i32 at an address.
 */
function swapRows(w: Widths): LoopFunction {
  const ints = ["n", "a", "ar", "ac", "pivots", "from", "to", "backwards"] as const;
  return linalgFunction(w.scalar, "swapRows", ints, [], (b, p) => {
    b.for(p.from, p.to, int(1), (step) => {
      const mirrored = binary("sub", binary("sub", addInt(p.from, p.to), int(1)), step);
      const k = b.let(select(binary("ne", p.backwards, int(0)), mirrored, step), "k");
      const other = b.let(load(i32, addInt(p.pivots, mulInt(k, int(4)))), "other");
      b.if(binary("ne", other, k), () => {
        const rows = [
          { address: b.let(elementAt(w, p.a, k, p.ar)), step: p.ac },
          { address: b.let(elementAt(w, p.a, other, p.ar)), step: p.ac },
        ];
        alongVectors(b, w, p.n, rows, ([first = int(0), second = int(0)], lanes) => {
          const type = lanes === 1 ? w.element : w.wide;
          const kept = b.let(load(type, first), "kept");
          const moved = b.let(load(type, second), "moved");
          b.store(first, moved);
          b.store(second, kept);
        });
      });
    });
  });
}
