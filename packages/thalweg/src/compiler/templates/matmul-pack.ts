/**
 * Packing: copies a strided k × width piece of a matrix to k rows of `width` contiguous elements, in the order in which the register tile
 * reads them. Columns beyond `valid` become zero.
 */
import { addInt, type Builder, binary, constant, int, lane, load, local, mulInt, shuffle } from "../builder.js";
import { type Expr, i32, scalarBytes, vector } from "../ir.js";
import { type FloatScalar, lanesOf, loadAt, loadPartial } from "./matmul-tile.js";

export interface Panel {
  readonly scalar: FloatScalar;
  readonly source: Expr;
  /** Bytes from one k to the next, and from one column of the panel to the next. */
  readonly kStride: number | Expr;
  readonly widthStride: number | Expr;
  readonly k: number | Expr;
  readonly width: number;
  readonly valid: number;
  readonly target: Expr;
}

const asExpr = (x: number | Expr): Expr => (typeof x === "number" ? int(x) : x);

/** The transpose of a square of vectors: 8 shuffles for four, 2 for two. */
export function transpose(b: Builder, rows: readonly Expr[]): readonly Expr[] {
  const [r0, r1, r2, r3] = rows;
  if (r0 === undefined || r1 === undefined) return rows;
  if (r2 === undefined || r3 === undefined) return [b.let(shuffle(r0, r1, [0, 2])), b.let(shuffle(r0, r1, [1, 3]))];
  const low01 = b.let(shuffle(r0, r1, [0, 4, 1, 5]));
  const high01 = b.let(shuffle(r0, r1, [2, 6, 3, 7]));
  const low23 = b.let(shuffle(r2, r3, [0, 4, 1, 5]));
  const high23 = b.let(shuffle(r2, r3, [2, 6, 3, 7]));
  return [
    b.let(shuffle(low01, low23, [0, 1, 4, 5])),
    b.let(shuffle(low01, low23, [2, 3, 6, 7])),
    b.let(shuffle(high01, high23, [0, 1, 4, 5])),
    b.let(shuffle(high01, high23, [2, 3, 6, 7])),
  ];
}

export function packPanel(b: Builder, panel: Panel): void {
  const size = scalarBytes(panel.scalar);
  const { kStride, widthStride } = panel;
  if (typeof kStride === "number" && typeof widthStride === "number") {
    if (widthStride === size) packRows(b, panel, kStride);
    else if (kStride === size) packTransposed(b, panel, widthStride);
    else packElements(b, panel);
    return;
  }
  // strides known at run time only: the same three ways, chosen there
  b.if(
    binary("eq", asExpr(widthStride), int(size)),
    () => packRows(b, panel, kStride),
    () =>
      b.if(
        binary("eq", asExpr(kStride), int(size)),
        () => packTransposed(b, panel, widthStride),
        () => packElements(b, panel),
      ),
  );
}

/** Moves two pointers along k. */
function alongK(
  b: Builder,
  panel: Panel,
  from: Expr,
  to: Expr,
  step: number,
  sourceStride: number | Expr,
  body: (source: Expr, target: Expr) => void,
): void {
  const row = panel.width * scalarBytes(panel.scalar);
  const source = b.declare(i32, "from");
  const target = b.declare(i32, "to");
  b.set(source, addInt(panel.source, mulInt(from, asExpr(panel.kStride))));
  b.set(target, addInt(panel.target, mulInt(from, int(row))));
  b.for(from, to, int(step), () => {
    body(local(source), local(target));
    b.set(source, addInt(local(source), mulInt(int(step), asExpr(sourceStride))));
    b.set(target, addInt(local(target), int(step * row)));
  });
}

/** The columns are contiguous: a copy, row by row. */
function packRows(b: Builder, panel: Panel, kStride: number | Expr): void {
  const { scalar, width, valid } = panel;
  const lanes = lanesOf(scalar);
  const size = scalarBytes(scalar);
  alongK(b, panel, int(0), asExpr(panel.k), 1, kStride, (source, target) => {
    let at = 0;
    for (; at + lanes <= width; at += lanes) {
      b.store(target, loadPartial(scalar, source, at * size, Math.max(0, Math.min(lanes, valid - at))), at * size);
    }
    for (; at < width; at += 1) {
      const value = at < valid ? load({ scalar, lanes: 1 }, source, at * size) : constant({ scalar, lanes: 1 }, 0);
      b.store(target, value, at * size);
    }
  });
}

/** k is contiguous: squares are transposed in registers. */
function packTransposed(b: Builder, panel: Panel, widthStride: number | Expr): void {
  const { scalar, width, valid } = panel;
  const lanes = lanesOf(scalar);
  const size = scalarBytes(scalar);
  const wide = vector(scalar, lanes);
  const k = asExpr(panel.k);
  const whole =
    k.kind === "const" ? int(Number(k.value) - (Number(k.value) % lanes)) : b.let(binary("and", k, int(-lanes)));
  const column = (source: Expr, w: number): { address: Expr; offset: number } =>
    typeof widthStride === "number"
      ? { address: source, offset: w * widthStride }
      : { address: w === 0 ? source : addInt(source, mulInt(int(w), widthStride)), offset: 0 };
  alongK(b, panel, int(0), whole, lanes, size, (source, target) => {
    for (let at = 0; at < width; at += lanes) {
      const rows = Array.from({ length: lanes }, (_, l) => {
        if (at + l >= valid) return constant(wide, 0);
        const from = column(source, at + l);
        return b.let(loadAt(wide, from.address, from.offset));
      });
      const turned = transpose(b, rows);
      for (const [step, value] of turned.entries()) {
        const offset = (step * width + at) * size;
        if (at + lanes <= width) b.store(target, value, offset);
        else for (let l = 0; at + l < width; l += 1) b.store(target, lane(value, l), offset + l * size);
      }
    }
  });
  packElements(b, panel, whole);
}

/** Any strides, one element at a time. */
function packElements(b: Builder, panel: Panel, from: Expr = int(0)): void {
  const { scalar, width, valid, widthStride } = panel;
  const size = scalarBytes(scalar);
  const element = { scalar, lanes: 1 };
  const k = asExpr(panel.k);
  if (from.kind === "const" && k.kind === "const" && Number(from.value) >= Number(k.value)) return;
  alongK(b, panel, from, k, 1, panel.kStride, (source, target) => {
    for (let w = 0; w < width; w += 1) {
      let value: Expr = constant(element, 0);
      if (w < valid) {
        value =
          typeof widthStride === "number"
            ? loadAt(element, source, w * widthStride)
            : load(element, addInt(source, mulInt(int(w), widthStride)));
      }
      b.store(target, value, w * size);
    }
  });
}
