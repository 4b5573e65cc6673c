/**
 * LU of a narrow panel with partial pivoting: for each column the largest element below goes to the diagonal, and
 *
 *   lᵢⱼ = aᵢⱼ / aⱼⱼ,   aᵢₖ ← aᵢₖ − lᵢⱼ aⱼₖ.
 *
 * The panel is copied to rows of eight, so that each column costs one pass, in which the next pivot is found. Golub and Van Loan 3.4.
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
import { elementAt, linalgFunction, type Named, type Widths, widthsOf, zero } from "./linalg-define.js";
import type { FloatScalar } from "./matmul-tile.js";

/** Columns of a panel, for LU and for QR. */
export const panelColumns = 8;

/** Elements of scratch that a panel of `rows` rows needs. */
export function panelScratch(rows: number): number {
  return (rows + 4) * panelColumns;
}

export function luKernels(scalar: FloatScalar): readonly LoopFunction[] {
  return [luPanel(widthsOf(scalar))];
}

/** Copies m × n (n ≤ 8) elements to rows of eight, the rest filled with zeros, or back. */
export function movePanel(
  b: Builder,
  w: Widths,
  p: Named<"m" | "n" | "a" | "ar" | "ac" | "scratch">,
  out: boolean,
): void {
  const rowBytes = panelColumns * w.size;
  if (!out) b.fill(p.scratch, int(0), mulInt(p.m, int(rowBytes)));
  b.for(int(0), p.m, int(1), (i) => {
    const outside = b.let(elementAt(w, p.a, i, p.ar), "outside");
    const inside = b.let(addInt(p.scratch, mulInt(i, int(rowBytes))), "inside");
    const move = (far: Expr, near: Expr, lanes: number): void => {
      const type = lanes === 1 ? w.element : w.wide;
      if (out) b.store(far, load(type, near));
      else b.store(near, load(type, far));
    };
    b.if(
      binary("and", binary("eq", p.n, int(panelColumns)), binary("eq", p.ac, int(1))),
      () => {
        for (let at = 0; at < rowBytes; at += 16) move(addInt(outside, int(at)), addInt(inside, int(at)), w.lanes);
      },
      () =>
        b.for(int(0), p.n, int(1), (j) => {
          move(b.let(elementAt(w, outside, j, p.ac)), b.let(elementAt(w, inside, j, int(1))), 1);
        }),
    );
  });
}

/** The elements of the row at `row` from `first` on, the ones before as zeros, in vectors; they pass through `place`. */
export function maskedRow(b: Builder, w: Widths, row: Expr, first: Expr, place: Expr): readonly Expr[] {
  b.for(int(0), int(panelColumns), int(1), (k) => {
    const value = load(w.element, elementAt(w, row, k, int(1)));
    b.store(elementAt(w, place, k, int(1)), select(binary("ge", k, first), value, zero(w.element)));
  });
  return Array.from({ length: panelColumns / w.lanes }, (_, v) => b.let(load(w.wide, place, 16 * v), "kept"));
}

/**
 * In place; pivots[j] ← offset + the row of the panel that was exchanged with row j. result ← 0, or 1 + the first column whose pivot is 0.
 * `scratch`: `panelScratch(m)` elements.
 */
function luPanel(w: Widths): LoopFunction {
  const ints = ["m", "n", "a", "ar", "ac", "pivots", "offset", "scratch", "result"] as const;
  return linalgFunction(w.scalar, "luPanel", ints, [], (b, p) => {
    const rowBytes = panelColumns * w.size;
    const rowAt = (i: Expr): Expr => addInt(p.scratch, mulInt(i, int(rowBytes)));
    movePanel(b, w, p, false);
    const masked = b.let(rowAt(addInt(p.m, int(2))), "masked");
    const singular = b.declare(i32, "singular");
    const best = b.declare(w.element, "best");
    const place = b.declare(i32, "place");
    b.set(singular, int(0));
    const consider = (value: Expr, i: Expr): void => {
      const size = b.let(unary("abs", value), "size");
      b.if(binary("gt", size, local(best)), () => {
        b.set(best, size);
        b.set(place, i);
      });
    };
    b.set(best, zero(w.element));
    b.set(place, int(0));
    b.for(int(0), p.m, int(1), (i) => consider(load(w.element, rowAt(i)), i));
    b.for(int(0), binary("min", p.n, p.m), int(1), (j) => {
      const column = b.let(mulInt(j, int(w.size)), "column");
      const top = b.let(rowAt(j), "top");
      const other = b.let(rowAt(local(place)), "other");
      b.store(addInt(p.pivots, mulInt(j, int(4))), addInt(p.offset, local(place)));
      b.if(binary("ne", local(place), j), () => {
        for (let at = 0; at < rowBytes; at += 16) {
          const first = b.let(load(w.wide, top, at));
          b.store(top, b.let(load(w.wide, other, at)), at);
          b.store(other, first, at);
        }
      });
      const pivot = b.let(load(w.element, addInt(top, column)), "pivot");
      const found = b.let(binary("ne", pivot, zero(w.element)), "found");
      b.if(unary("not", found), () =>
        b.if(binary("eq", local(singular), int(0)), () => b.set(singular, addInt(j, int(1)))),
      );
      const next = b.let(addInt(j, int(1)), "next");
      const kept = maskedRow(b, w, top, next, masked);
      b.set(best, zero(w.element));
      b.set(place, next);
      // of a column of zeros there is nothing to eliminate, but the next pivot is still to be found
      const divisor = b.let(select(found, pivot, constant(w.element, 1)), "divisor");
      b.for(next, p.m, int(1), (i) => {
        const row = b.let(rowAt(i), "row");
        const at = b.let(addInt(row, column), "at");
        const factor = b.let(binary("div", load(w.element, at), divisor), "factor");
        const wide = b.let(splat(unary("neg", factor), w.lanes));
        for (const [v, pivots] of kept.entries()) b.store(row, fma(wide, pivots, load(w.wide, row, 16 * v)), 16 * v);
        b.store(at, factor);
        consider(load(w.element, at, w.size), i);
      });
    });
    movePanel(b, w, p, true);
    b.store(p.result, local(singular));
  });
}
