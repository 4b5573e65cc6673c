/**
 * Triangular kernels: substitution on many right-hand sides at once and on one, and the Cholesky factorisation of a small block.
 *
 *   L X = B:  xᵢ = (bᵢ − Σ_{k<i} lᵢₖ xₖ) / lᵢᵢ        A = L Lᵀ:  lᵢⱼ = (aᵢⱼ − Σ_{k<j} lᵢₖ lⱼₖ) / lⱼⱼ
 *
 * Upper triangles are lower ones read backwards (negative strides), transposed ones have their strides exchanged. Golub and Van Loan,
 * Matrix Computations (4th ed.), 3.1 and 4.2.
 */
import {
  addInt,
  type Builder,
  binary,
  constant,
  fma,
  int,
  load,
  local,
  mulInt,
  select,
  splat,
  unary,
} from "../builder.js";
import { type Expr, i32, type LoopFunction } from "../ir.js";
import { alongVectors, elementAt, emitDot, linalgFunction, type Widths, widthsOf, zero } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** Right-hand sides that are solved side by side in registers, as vectors. */
const stripVectors = 8;
/** Rows of the largest triangle that `trsm` takes. */
export const trsmLeaf = 32;
/** Bytes of scratch that `trsm` needs. */
export const trsmScratchBytes = trsmLeaf * stripVectors * 16;

export function triangularKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [trsm(w), trsv(w), choleskyLeaf(w)];
}

/** B ← T⁻¹ B for a lower triangle of at most `trsmLeaf` rows; `unit` 1: its diagonal counts as 1. The strips of B pass through scratch. */
function trsm(w: Widths): LoopFunction {
  const ints = ["m", "n", "t", "tr", "tc", "b", "br", "bc", "unit", "scratch"] as const;
  const width = stripVectors * w.lanes;
  return linalgFunction(w.scalar, "trsm", ints, [], (b, p) => {
    const strip = stripVectors * 16;
    b.for(int(0), p.n, int(width), (j) => {
      const columns = b.let(binary("min", int(width), binary("sub", p.n, j)), "columns");
      const corner = b.let(elementAt(w, p.b, j, p.bc), "corner");
      const move = (out: boolean): void =>
        b.for(int(0), p.m, int(1), (i) => {
          const outside = { address: b.let(elementAt(w, corner, i, p.br)), step: p.bc };
          const inside = { address: b.let(addInt(p.scratch, mulInt(i, int(strip)))), step: int(1) };
          alongVectors(b, w, columns, [outside, inside], ([far = int(0), near = int(0)], lanes) => {
            const type = lanes === 1 ? w.element : w.wide;
            if (out) b.store(far, load(type, near));
            else b.store(near, load(type, far));
          });
        });
      // columns beyond the last are solved too: they must hold numbers, not what was there before
      b.if(binary("lt", columns, int(width)), () => b.fill(p.scratch, int(0), mulInt(p.m, int(strip))));
      move(false);
      b.for(int(0), p.m, int(1), (i) => {
        const acc = Array.from({ length: stripVectors }, () => b.declare(w.wide, "x"));
        const row = b.let(addInt(p.scratch, mulInt(i, int(strip))), "row");
        for (const [v, x] of acc.entries()) b.set(x, load(w.wide, row, 16 * v));
        const t = b.declare(i32, "t");
        const known = b.declare(i32, "known");
        b.set(t, elementAt(w, p.t, i, p.tr));
        b.set(known, p.scratch);
        const step = b.let(mulInt(p.tc, int(w.size)), "step");
        b.for(int(0), i, int(1), () => {
          const factor = b.let(splat(unary("neg", load(w.element, local(t))), w.lanes), "factor");
          for (const [v, x] of acc.entries()) b.set(x, fma(factor, load(w.wide, local(known), 16 * v), local(x)));
          b.set(t, addInt(local(t), step));
          b.set(known, addInt(local(known), int(strip)));
        });
        b.if(binary("eq", p.unit, int(0)), () => {
          const diagonal = b.let(splat(load(w.element, local(t)), w.lanes), "diagonal");
          for (const x of acc) b.set(x, binary("div", local(x), diagonal));
        });
        for (const [v, x] of acc.entries()) b.store(row, local(x), 16 * v);
      });
      move(true);
    });
  });
}

/** x ← T⁻¹ x for a lower triangle of any size: by rows when they are contiguous, else by columns. */
function trsv(w: Widths): LoopFunction {
  const ints = ["n", "t", "tr", "tc", "x", "dx", "unit"] as const;
  return linalgFunction(w.scalar, "trsv", ints, [], (b, p) => {
    const divided = (i: Parameters<typeof elementAt>[2], value: ReturnType<typeof load>): void => {
      const at = b.let(elementAt(w, p.x, i, p.dx), "at");
      b.if(
        binary("eq", p.unit, int(0)),
        () => b.store(at, binary("div", value, load(w.element, elementAt(w, p.t, i, addInt(p.tr, p.tc))))),
        () => b.store(at, value),
      );
    };
    b.if(
      binary("or", binary("eq", p.tc, int(1)), binary("eq", p.tc, int(-1))),
      () =>
        b.for(int(0), p.n, int(1), (i) => {
          const row = { address: b.let(elementAt(w, p.t, i, p.tr)), step: p.tc };
          const [left, right] = upwards(b, w, i, row, { address: p.x, step: p.dx });
          const sum = b.let(emitDot(b, w, i, left, right), "sum");
          divided(i, b.let(binary("sub", load(w.element, elementAt(w, p.x, i, p.dx)), sum)));
        }),
      () =>
        b.for(int(0), p.n, int(1), (i) => {
          divided(i, load(w.element, elementAt(w, p.x, i, p.dx)));
          const next = addInt(i, int(1));
          const factor = b.let(unary("neg", load(w.element, elementAt(w, p.x, i, p.dx))), "factor");
          const wide = b.let(splat(factor, w.lanes));
          const column = {
            address: b.let(addInt(elementAt(w, p.t, next, p.tr), elementAt(w, int(0), i, p.tc))),
            step: p.tr,
          };
          const rest = { address: b.let(elementAt(w, p.x, next, p.dx)), step: p.dx };
          const count = b.let(binary("sub", p.n, next), "count");
          alongVectors(b, w, count, upwards(b, w, count, column, rest), ([from = int(0), to = int(0)], lanes) => {
            const type = lanes === 1 ? w.element : w.wide;
            b.store(to, fma(lanes === 1 ? factor : wide, load(type, from), load(type, to)));
          });
        }),
    );
  });
}

interface Strided {
  readonly address: Expr;
  readonly step: Expr;
}

/** Two vectors that both run backwards, read forwards: the order does not matter to sums and updates, and so they are contiguous. */
function upwards(b: Builder, w: Widths, n: Expr, x: Strided, y: Strided): readonly [Strided, Strided] {
  const backwards = b.let(binary("and", binary("eq", x.step, int(-1)), binary("eq", y.step, int(-1))), "backwards");
  const span = b.let(mulInt(binary("sub", n, int(1)), int(w.size)), "span");
  const turn = (v: Strided): Strided => ({
    address: b.let(select(backwards, binary("sub", v.address, span), v.address), "at"),
    step: b.let(select(backwards, int(1), v.step), "step"),
  });
  return [turn(x), turn(y)];
}

/** The largest finite number. */
function largest(w: Widths): Expr {
  return constant(w.element, w.size === 8 ? Number.MAX_VALUE : 3.4028234663852886e38);
}

/**
 * The lower triangle of A in place, rows contiguous. result ← 0, or the order of the first leading minor that is not positive (or infinite), with its pivot
 * at result + 8; the rows before it are finished.
 */
function choleskyLeaf(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "cholesky", ["n", "a", "ar", "result"], [], (b, p) => {
    const failed = b.declare(i32, "failed");
    b.set(failed, int(0));
    b.for(int(0), p.n, int(1), (i) => {
      b.if(binary("eq", local(failed), int(0)), () => {
        const row = { address: b.let(elementAt(w, p.a, i, p.ar)), step: int(1) };
        b.for(int(0), i, int(1), (j) => {
          const other = { address: b.let(elementAt(w, p.a, j, p.ar)), step: int(1) };
          const sum = emitDot(b, w, j, row, other);
          const at = b.let(elementAt(w, row.address, j, int(1)), "at");
          const diagonal = load(w.element, elementAt(w, other.address, j, int(1)));
          b.store(at, binary("div", binary("sub", load(w.element, at), sum), diagonal));
        });
        const at = b.let(elementAt(w, row.address, i, int(1)), "at");
        const pivot = b.let(binary("sub", load(w.element, at), emitDot(b, w, i, row, row)), "pivot");
        b.if(
          binary("and", binary("gt", pivot, zero(w.element)), binary("le", pivot, largest(w))),
          () => b.store(at, unary("sqrt", pivot)),
          () => {
            b.set(failed, addInt(i, int(1)));
            b.store(addInt(p.result, int(8)), pivot);
          },
        );
      });
    });
    b.store(p.result, local(failed));
  });
}
