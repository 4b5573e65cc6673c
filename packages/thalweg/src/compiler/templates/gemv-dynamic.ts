/** Matrix times vector with sizes and strides known at run time only, for linear algebra on views. */
import { addInt, binary, constant, defineFunction, fma, int, lane, load, local, mulInt, splat } from "../builder.js";
import { type Expr, i32, type LoopFunction, scalarBytes, vector } from "../ir.js";
import { type FloatScalar, lanesOf } from "./matmul-tile.js";

/** Rows whose sums run side by side. */
const gemvRows = 4;
/** Vectors of rows whose sums run side by side when columns are contiguous. */
const gemvVectors = 8;

/**
 * The function `name(m, n, a, aRow, aCol, x, xStep, y, yStep, accumulate, alpha)`: y ← α·A·x or y ← y + α·A·x for an m × n matrix; addresses in bytes,
 * strides in elements, `accumulate` 0 or 1. With contiguous rows (and x) a sum is cut into `lanes` interleaved partial sums, otherwise it runs over ascending
 * columns; the order depends on the layout and n alone.
 */
export function dynamicGemv(scalar: FloatScalar, name = `gemv_${scalar}`): LoopFunction {
  const integers = ["m", "n", "a", "aRow", "aCol", "x", "xStep", "y", "yStep", "accumulate"];
  const element = { scalar, lanes: 1 };
  const params = [...integers.map((p) => ({ name: p, type: i32 })), { name: "alpha", type: element }];
  return defineFunction(name, params, (b, values) => {
    const zero = int(0);
    const [m = zero, n = zero, a = zero, aRow = zero, aCol = zero, x = zero, xStep = zero, y = zero, yStep = zero] =
      values;
    const [accumulate = zero, alpha = constant(element, 1)] = values.slice(9);
    const size = scalarBytes(scalar);
    const lanes = lanesOf(scalar);
    const wide = vector(scalar, lanes);
    const rowBytes = b.let(mulInt(aRow, int(size)), "rowBytes");
    const colBytes = b.let(mulInt(aCol, int(size)), "colBytes");
    const stepX = b.let(mulInt(xStep, int(size)), "stepX");
    const stepY = b.let(mulInt(yStep, int(size)), "stepY");
    const adding = b.let(binary("ne", accumulate, zero), "adding");
    const finish = (row: Expr, sum: Expr): void => {
      const to = b.let(addInt(y, mulInt(row, stepY)), "to");
      b.if(
        adding,
        () => b.store(to, fma(alpha, sum, load(element, to))),
        () => b.store(to, binary("mul", alpha, sum)),
      );
    };

    /** `count` rows from `row` on, each contiguous. */
    const dots = (row: Expr, count: number): void => {
      const acc = Array.from({ length: count }, () => b.declare(wide, "dot"));
      for (const sum of acc) b.set(sum, constant(wide, 0));
      const starts = acc.map((_, r) => b.let(addInt(a, mulInt(addInt(row, int(r)), rowBytes)), "a"));
      const whole = b.let(binary("and", n, int(-lanes)), "whole");
      b.for(zero, whole, int(lanes), (k) => {
        const offset = b.let(mulInt(k, int(size)), "offset");
        const right = b.let(load(wide, addInt(x, offset)), "x");
        for (const [r, sum] of acc.entries())
          b.set(sum, fma(load(wide, addInt(starts[r] ?? a, offset)), right, local(sum)));
      });
      for (const [r, sum] of acc.entries()) {
        const folded = b.declare(element, "sum");
        const pair = (i: number): Expr => binary("add", lane(local(sum), i), lane(local(sum), i + 1));
        b.set(folded, lanes === 2 ? pair(0) : binary("add", pair(0), pair(2)));
        b.for(whole, n, int(1), (k) => {
          const offset = b.let(mulInt(k, int(size)), "offset");
          b.set(
            folded,
            fma(load(element, addInt(starts[r] ?? a, offset)), load(element, addInt(x, offset)), local(folded)),
          );
        });
        finish(addInt(row, int(r)), local(folded));
      }
    };

    /** Ascending columns, for `vectors` of contiguous rows, or one row. */
    const columns = (row: Expr, vectors: number): void => {
      const type = vectors === 0 ? element : wide;
      const acc = Array.from({ length: Math.max(1, vectors) }, () => b.declare(type, "sum"));
      for (const sum of acc) b.set(sum, constant(type, 0));
      const from = b.declare(i32, "from");
      const factor = b.declare(i32, "factor");
      b.set(from, addInt(a, mulInt(row, rowBytes)));
      b.set(factor, x);
      b.for(zero, n, int(1), () => {
        const right = b.let(splat(load(element, local(factor)), type.lanes), "x");
        for (const [v, sum] of acc.entries()) b.set(sum, fma(load(type, local(from), 16 * v), right, local(sum)));
        b.set(from, addInt(local(from), colBytes));
        b.set(factor, addInt(local(factor), stepX));
      });
      for (const [v, sum] of acc.entries()) {
        for (let l = 0; l < type.lanes; l += 1) {
          finish(addInt(row, int(v * lanes + l)), type.lanes === 1 ? local(sum) : b.let(lane(local(sum), l), "c"));
        }
      }
    };

    const inSteps = (height: number, body: (row: Expr, rows: number) => void, single: (row: Expr) => void): void => {
      const whole = b.let(binary("sub", m, binary("rem", m, int(height))), "whole");
      b.for(zero, whole, int(height), (row) => body(row, height), "row");
      b.for(whole, m, int(1), single, "row");
    };
    b.if(
      binary("and", binary("eq", aCol, int(1)), binary("eq", xStep, int(1))),
      () =>
        inSteps(
          gemvRows,
          (row) => dots(row, gemvRows),
          (row) => dots(row, 1),
        ),
      () =>
        b.if(
          binary("eq", aRow, int(1)),
          () =>
            inSteps(
              gemvVectors * lanes,
              (row) => columns(row, gemvVectors),
              (row) => columns(row, 0),
            ),
          () => b.for(zero, m, int(1), (row) => columns(row, 0), "row"),
        ),
    );
  });
}
