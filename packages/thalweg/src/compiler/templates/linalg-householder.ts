/**
 * Householder kernels. A reflector H = I − τ v vᵀ with v₁ = 1 takes x to β e₁:
 *
 *   β = −sign(x₁) ‖x‖,   τ = (β − x₁)/β,   vᵢ = xᵢ/(x₁ − β);
 *
 * eight of them in turn are I − V T Vᵀ with T upper triangular (the compact WY form: Schreiber and Van Loan 1989). `qrPanel` makes one pass
 * a column: while row i is updated, its element in the next column multiplies the row into eight running sums, which hold everything the
 * next column asks for: its norm, its products with the columns to come, and with the reflectors before (for T).
 *
 * Squares stay in range when the matrix was scaled so that its largest element is near 1; columns so small that their squares
 * underflow take a second, scaled pass. Golub and Van Loan 5.1, 5.2, 5.4.
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
import { type Expr, i32, type Local, type LoopFunction } from "../ir.js";
import { elementAt, linalgFunction, type Named, type Widths, widthsOf, zero } from "./linalg-define.js";
import { maskedRow, movePanel, panelColumns } from "./linalg-lu.js";
import { emitNorm } from "./linalg-vectors.js";
import type { FloatScalar } from "./matmul-tile.js";

export function householderKernels(scalar: FloatScalar): readonly LoopFunction[] {
  const w = widthsOf(scalar);
  return [qrPanel(w), reflector(w), applyReflector(w)];
}

/** Sums of squares below this may have lost small squares. */
function smallSquares(w: Widths): Expr {
  return constant(w.element, w.size === 8 ? 2 ** -960 : 2 ** -90);
}

/** Columns with nothing above this below the diagonal, in a matrix whose largest element is near 1, count as zero there. */
function negligible(w: Widths): Expr {
  return constant(w.element, w.size === 8 ? 2 ** -1000 : 2 ** -120);
}

/**
 * QR of an m × n panel (n ≤ 8 ≤ m): at `a` are left the reflectors, as a unit lower trapezoid with its zeros and ones written out; R goes to
 * `r`, T to `t` (rows of `tr` elements), τ is T's diagonal. Columns past n are zeros inside.
 * `scratch`: `panelScratch(m)` elements.
 */
function qrPanel(w: Widths): LoopFunction {
  const ints = ["m", "n", "a", "ar", "ac", "r", "rr", "rc", "t", "tr", "scratch"] as const;
  return linalgFunction(w.scalar, "qrPanel", ints, [], (b, p) => {
    movePanel(b, w, p, false);
    new QrPanel(b, w, p).factor();
    finishPanel(b, w, p);
    movePanel(b, w, p, true);
  });
}

class QrPanel {
  private readonly b: Builder;
  private readonly w: Widths;
  private readonly p: Named<"m" | "n" | "scratch" | "t" | "tr">;
  private readonly sums: readonly Local[];
  /** Two rows behind the panel: the sums of the column, and what is subtracted. */
  private readonly products: Expr;
  private readonly masked: Expr;

  constructor(b: Builder, w: Widths, p: Named<"m" | "n" | "scratch" | "t" | "tr">) {
    this.b = b;
    this.w = w;
    this.p = p;
    this.sums = Array.from({ length: panelColumns / w.lanes }, () => b.declare(w.wide, "sum"));
    this.products = b.let(this.row(addInt(p.m, int(1))), "products");
    this.masked = b.let(this.row(addInt(p.m, int(2))), "masked");
  }

  private row(i: Expr): Expr {
    return addInt(this.p.scratch, mulInt(i, int(panelColumns * this.w.size)));
  }

  factor(): void {
    const { b, w, p, sums } = this;
    for (const sum of sums) b.set(sum, zero(w.wide));
    b.for(int(1), p.m, int(1), (i) => {
      const row = b.let(this.row(i), "row");
      const x = b.let(splat(load(w.element, row), w.lanes), "x");
      for (const [v, sum] of sums.entries()) b.set(sum, fma(x, load(w.wide, row, 16 * v), local(sum)));
    });
    b.for(int(0), p.n, int(1), (j) => this.column(j));
  }

  private column(j: Expr): void {
    const { b, w, p, sums, products } = this;
    const column = b.let(mulInt(j, int(w.size)), "column");
    const top = b.let(this.row(j), "top");
    const x1 = b.let(load(w.element, addInt(top, column)), "x1");
    for (const [v, sum] of sums.entries()) b.store(products, local(sum), 16 * v);
    const beta = b.declare(w.element, "beta");
    const tau = b.declare(w.element, "tau");
    // vᵢ = xᵢ · inverse, and Σ vᵢ aᵢₖ = products[k] · factor
    const inverse = b.declare(w.element, "inverse");
    const factor = b.declare(w.element, "factor");
    b.set(beta, x1);
    for (const l of [tau, inverse, factor]) b.set(l, zero(w.element));
    const one = constant(w.element, 1);
    const squares = b.let(load(w.element, addInt(products, column)), "squares");
    const finish = (norm: Expr): void => {
      b.set(beta, binary("copysign", norm, unary("neg", x1)));
      b.set(inverse, binary("div", one, binary("sub", x1, local(beta))));
      b.set(tau, binary("div", binary("sub", local(beta), x1), local(beta)));
    };
    b.if(
      binary("ge", squares, smallSquares(w)),
      () => {
        finish(b.let(unary("sqrt", fma(x1, x1, squares)), "norm"));
        b.set(factor, local(inverse));
      },
      () => {
        const largest = b.declare(w.element, "largest");
        b.set(largest, unary("abs", x1));
        const below = b.declare(w.element, "below");
        b.set(below, zero(w.element));
        b.for(addInt(j, int(1)), p.m, int(1), (i) => {
          b.set(below, binary("max", local(below), unary("abs", load(w.element, addInt(this.row(i), column)))));
        });
        b.set(largest, binary("max", local(largest), local(below)));
        b.if(binary("gt", local(below), negligible(w)), () => {
          const up = b.let(binary("div", one, local(largest)), "up");
          const squared = b.declare(w.element, "squared");
          const scaled = b.let(binary("mul", x1, up), "scaled");
          b.set(squared, binary("mul", scaled, scaled));
          for (const sum of sums) b.set(sum, zero(w.wide));
          b.for(addInt(j, int(1)), p.m, int(1), (i) => {
            const row = b.let(this.row(i), "row");
            const x = b.let(binary("mul", up, load(w.element, addInt(row, column))), "x");
            b.set(squared, fma(x, x, local(squared)));
            const wide = b.let(splat(x, w.lanes));
            for (const [v, sum] of sums.entries()) b.set(sum, fma(wide, load(w.wide, row, 16 * v), local(sum)));
          });
          for (const [v, sum] of sums.entries()) b.store(products, local(sum), 16 * v);
          finish(b.let(binary("mul", local(largest), unary("sqrt", local(squared))), "norm"));
          b.set(factor, binary("mul", local(largest), local(inverse)));
        });
      },
    );
    // wₖ = vᵀ aₖ: to the right what is subtracted, to the left a column of Vᵀ V
    const wide = b.let(splat(local(factor), w.lanes));
    for (let v = 0; v < sums.length; v += 1) {
      b.store(products, fma(wide, load(w.wide, products, 16 * v), load(w.wide, top, 16 * v)), 16 * v);
    }
    this.extendT(j, local(tau));
    const next = b.let(addInt(j, int(1)), "next");
    const kept = maskedRow(b, w, products, next, this.masked).map((e) =>
      b.let(binary("mul", e, b.let(splat(unary("neg", local(tau)), w.lanes))), "kept"),
    );
    for (const [v, e] of kept.entries()) b.store(top, binary("add", load(w.wide, top, 16 * v), e), 16 * v);
    b.store(addInt(top, column), local(beta));
    for (const sum of sums) b.set(sum, zero(w.wide));
    const update = (i: Expr, summed: boolean): void => {
      const row = b.let(this.row(i), "row");
      const at = b.let(addInt(row, column), "at");
      const v = b.let(binary("mul", load(w.element, at), local(inverse)), "v");
      const factors = b.let(splat(v, w.lanes));
      const updated = kept.map((e, k) => b.let(fma(factors, e, load(w.wide, row, 16 * k)), "updated"));
      for (const [k, e] of updated.entries()) b.store(row, e, 16 * k);
      b.store(at, v);
      if (!summed) return;
      const x = b.let(splat(load(w.element, at, w.size), w.lanes), "x");
      for (const [k, sum] of sums.entries()) b.set(sum, fma(x, load(w.wide, row, 16 * k), local(sum)));
    };
    // row j + 1 has the next column's diagonal: it is no part of the sums
    b.if(binary("lt", next, p.m), () => update(next, false));
    b.for(addInt(next, int(1)), p.m, int(1), (i) => update(i, true));
  }

  /** T[0…j−1, j] = −τ T (Vᵀ v); T[j, j] = τ. */
  private extendT(j: Expr, tau: Expr): void {
    const { b, w, p, products } = this;
    b.for(int(0), j, int(1), (r) => {
      const row = b.let(elementAt(w, p.t, r, p.tr), "row");
      const sum = b.declare(w.element, "sum");
      b.set(sum, zero(w.element));
      b.for(r, j, int(1), (s) => {
        const left = load(w.element, elementAt(w, row, s, int(1)));
        b.set(sum, fma(left, load(w.element, elementAt(w, products, s, int(1))), local(sum)));
      });
      b.store(elementAt(w, row, j, int(1)), unary("neg", binary("mul", tau, local(sum))));
      b.store(addInt(elementAt(w, p.t, j, p.tr), elementAt(w, int(0), r, int(1))), zero(w.element));
    });
    b.store(elementAt(w, p.t, j, addInt(p.tr, int(1))), tau);
  }
}

/** R out of the upper triangle, and V's ones and zeros in its place. */
function finishPanel(b: Builder, w: Widths, p: Named<"n" | "r" | "rr" | "rc" | "scratch">): void {
  b.for(int(0), p.n, int(1), (i) => {
    const row = b.let(addInt(p.scratch, mulInt(i, int(panelColumns * w.size))), "row");
    b.for(i, p.n, int(1), (k) => {
      const at = b.let(elementAt(w, row, k, int(1)), "at");
      b.store(addInt(elementAt(w, p.r, i, p.rr), elementAt(w, int(0), k, p.rc)), load(w.element, at));
      b.store(at, select(binary("eq", i, k), constant(w.element, 1), zero(w.element)));
    });
  });
}

/**
 * The reflector of the vector x of n ≥ 1 elements: x ← (β, v₂, …, vₙ), result ← τ (0: x was a multiple of e₁ already, but for what is negligible; it is left
 * as it was then). Safe for any finite x whose norm is a number: where β would be denormal, with few digits, H would not be orthogonal.
 */
function reflector(w: Widths): LoopFunction {
  return linalgFunction(w.scalar, "reflector", ["n", "x", "dx", "result"], [], (b, p) => {
    const rest = b.let(elementAt(w, p.x, int(1), p.dx), "rest");
    const count = b.let(binary("sub", p.n, int(1)), "count");
    const below = b.let(emitNorm(b, w, count, rest, p.dx), "below");
    const x1 = b.let(load(w.element, p.x), "x1");
    b.if(
      binary("le", below, negligible(w)),
      () => b.store(p.result, zero(w.element)),
      () => {
        const larger = b.let(binary("max", below, unary("abs", x1)), "larger");
        const [f, g] = [b.let(binary("div", below, larger)), b.let(binary("div", x1, larger))];
        const norm = b.let(binary("mul", larger, unary("sqrt", fma(f, f, b.let(binary("mul", g, g))))), "norm");
        const beta = b.let(binary("copysign", norm, unary("neg", x1)), "beta");
        const divisor = b.let(binary("sub", x1, beta), "divisor");
        b.for(int(0), count, int(1), (i) => {
          const at = b.let(elementAt(w, rest, i, p.dx), "at");
          b.store(at, binary("div", load(w.element, at), divisor));
        });
        b.store(p.x, beta);
        b.store(p.result, binary("div", binary("sub", beta, x1), beta));
      },
    );
  });
}

/**
 * A ← (I − τ v vᵀ) A for an m × n matrix with any strides, v₁ given as it stands (1, usually). Columns in strips that stay in registers when
 * they are contiguous. From the right: with A's strides exchanged.
 */
function applyReflector(w: Widths): LoopFunction {
  const ints = ["m", "n", "v", "dv", "a", "ar", "ac"] as const;
  const vectors = 4;
  return linalgFunction(w.scalar, "applyReflector", ints, ["tau"], (b, p) => {
    const first = b.declare(i32, "first");
    b.set(first, int(0));
    const stepA = b.let(mulInt(p.ar, int(w.size)), "stepA");
    const stepV = b.let(mulInt(p.dv, int(w.size)), "stepV");
    const strip = (corner: Expr, count: number, lanes: number): void => {
      const type = lanes === 1 ? w.element : w.wide;
      const sums = Array.from({ length: count }, () => b.declare(type, "sum"));
      for (const sum of sums) b.set(sum, zero(type));
      const [row, v] = [b.declare(i32, "row"), b.declare(i32, "v")];
      const rows = (body: (factor: Expr) => void): void => {
        b.set(row, corner);
        b.set(v, p.v);
        b.for(int(0), p.m, int(1), () => {
          body(b.let(splat(load(w.element, local(v)), lanes), "factor"));
          b.set(row, addInt(local(row), stepA));
          b.set(v, addInt(local(v), stepV));
        });
      };
      rows((factor) => {
        for (const [k, sum] of sums.entries()) b.set(sum, fma(factor, load(type, local(row), 16 * k), local(sum)));
      });
      const minus = b.let(splat(unary("neg", p.tau), lanes), "minus");
      for (const sum of sums) b.set(sum, binary("mul", minus, local(sum)));
      rows((factor) => {
        for (const [k, sum] of sums.entries())
          b.store(local(row), fma(factor, local(sum), load(type, local(row), 16 * k)), 16 * k);
      });
    };
    b.if(binary("eq", p.ac, int(1)), () => {
      const width = vectors * w.lanes;
      b.set(first, binary("sub", p.n, binary("rem", p.n, int(width))));
      b.for(int(0), local(first), int(width), (j) => strip(b.let(elementAt(w, p.a, j, int(1))), vectors, w.lanes));
    });
    b.for(local(first), p.n, int(1), (j) => strip(b.let(elementAt(w, p.a, j, p.ac)), 1, 1));
  });
}
