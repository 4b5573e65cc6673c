/**
 * The second moments of weighted rows in one pass over them, a block at a time: with z = √w (x − s, y − u, 1),
 *
 *   M = Σ z zᵀ,   from which   Σ w (x − x̄)(x − x̄)ᵀ = M₁₁ − m mᵀ / Σw,   m = Σ w (x − s)
 *
 * for a shift s near the means, so that nothing cancels: the mean of a few rows, and where that turns out to be far from the mean of all (beside the
 * deviation of a column) the sums are made again about the mean. Chan, Golub and LeVeque, The American Statistician 37 (1983).
 */
import { takeRows } from "../data/matrix.js";
import { addGram, padded, shiftRows } from "../runtime/column-kernels.js";
import { type Matrix as Block, type Workspace, withWorkspace } from "../runtime/kernels.js";

/** Rows to be fitted on. The arrays may belong to others: they are only read. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly targets: number;
  /** Row-major. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** Raw sums about a shift; those of several groups of rows about one shift add up. */
export interface Sums {
  /** Of the columns, then of the targets. */
  readonly shift: Float64Array;
  /** Σ z zᵀ with columns, targets and 1 in this order: symmetric, `side` × `side`. */
  readonly values: Float64Array;
  readonly side: number;
}

export interface Moments {
  readonly columns: number;
  readonly targets: number;
  readonly totalWeight: number;
  /** Weighted; 0 where there is no intercept. */
  readonly xMeans: Float64Array;
  readonly yMeans: Float64Array;
  /** Σ w (x − x̄)(x − x̄)ᵀ, symmetric. */
  readonly gram: Float64Array;
  /** Σ w (x − x̄)(y − ȳ)ᵀ, (columns, targets). */
  readonly products: Float64Array;
  /** Σ w (y − ȳ)² of each target. */
  readonly totals: Float64Array;
}

/** Elements of a block: it stays in the second cache. */
const blockElements = 2 ** 16;
const leastHeight = 256;
/** Rows of which the mean is the first shift. */
const sampled = 64;
/** How many times its deviation a column's mean may be away from the shift. */
const mostShift = 10;
/** Width from which a product that packs its operands is the faster. */
const wide = 256;

/** Calls `use` with blocks of √w (x − s, y − u, 1), filled up by columns of 0. */
export function eachBlock(
  w: Workspace,
  all: Rows,
  shift: Float64Array,
  chosen: Int32Array | undefined,
  use: (z: Block) => void,
): void {
  const { columns, targets, x, y, weights } = all;
  const count = chosen?.length ?? all.rows;
  const width = padded(columns + targets + 1);
  const height = Math.max(1, Math.min(count, Math.max(leastHeight, Math.ceil(blockElements / width))));
  w.inside(() => {
    const z = w.spread(height, width);
    w.fill(z, 0);
    const features = w.matrix(height, columns);
    const labels = w.matrix(height, targets);
    const roots = w.vector(height);
    const by = w.load(shift, columns + targets, 1);
    w.fill(roots, 1);
    w.fill(z.column(columns + targets), 1);
    const gathered = chosen === undefined ? undefined : gatherer(all, height);
    for (let start = 0; start < count; start += height) {
      const size = Math.min(height, count - start);
      const end = start + size;
      const [a, b] = [features.block(0, 0, size, columns), labels.block(0, 0, size, targets)];
      const rows = chosen?.subarray(start, end);
      if (rows === undefined || gathered === undefined) {
        w.write(x.subarray(start * columns, end * columns), a);
        w.write(y.subarray(start * targets, end * targets), b);
      } else {
        const [gx, gy] = gathered(rows);
        w.write(gx, a);
        w.write(gy, b);
      }
      const to = z.block(0, 0, size, width);
      if (weights !== undefined) {
        const factors = Float64Array.from({ length: size }, (_, i) => Math.sqrt(weights[rows?.[i] ?? start + i] ?? 0));
        w.write(factors, roots.block(0, 0, size, 1));
        w.copy(roots.block(0, 0, size, 1), to.column(columns + targets));
      }
      shiftRows(w, a, to.block(0, 0, size, columns), by.block(0, 0, columns, 1), roots);
      shiftRows(w, b, to.block(0, columns, size, targets), by.block(columns, 0, targets, 1), roots);
      use(to);
    }
  });
}

function gatherer(
  { columns, targets, x, y }: Rows,
  height: number,
): (rows: Int32Array) => [Float64Array, Float64Array] {
  const [gx, gy] = [new Float64Array(height * columns), new Float64Array(height * targets)];
  return (rows) => {
    rows.forEach((row, i) => {
      gx.set(x.subarray(row * columns, (row + 1) * columns), i * columns);
      gy.set(y.subarray(row * targets, (row + 1) * targets), i * targets);
    });
    return [gx.subarray(0, rows.length * columns), gy.subarray(0, rows.length * targets)];
  };
}

/** The chosen rows, ascending or not; a stretch of rows is not copied. */
export function subset(all: Rows, chosen: Int32Array): Rows {
  const { columns, targets, x, y, weights } = all;
  const rows = chosen.length;
  const first = chosen[0] ?? 0;
  if (isStretch(chosen)) {
    const end = first + rows;
    return {
      ...all,
      rows,
      x: x.subarray(first * columns, end * columns),
      y: y.subarray(first * targets, end * targets),
      weights: weights?.subarray(first, end),
    };
  }
  return {
    ...all,
    rows,
    x: takeRows({ rows: all.rows, columns, data: x }, chosen).data,
    y: takeRows({ rows: all.rows, columns: targets, data: y }, chosen).data,
    weights: weights === undefined ? undefined : Float64Array.from(chosen, (i) => weights[i] ?? 0),
  };
}

function isStretch(chosen: Int32Array): boolean {
  const first = chosen[0] ?? 0;
  return chosen.every((row, i) => row === first + i);
}

/** The sums of the chosen rows (default: all) about a shift. */
export function sumsOf(all: Rows, shift: Float64Array, chosen?: Int32Array): Sums {
  if (chosen !== undefined && isStretch(chosen)) return sumsOf(subset(all, chosen), shift);
  const side = all.columns + all.targets + 1;
  const values = withWorkspace("float64", (w) => {
    const width = padded(side);
    const c = w.zeros(width, width);
    eachBlock(w, all, shift, chosen, (z) => (width > wide ? w.syrk(1, z.transposed(), c) : addGram(w, z, c)));
    return w.read(c.block(0, 0, side, side)) as Float64Array;
  });
  for (let i = 0; i < side; i += 1) for (let j = 0; j < i; j += 1) values[j * side + i] = values[i * side + j] ?? 0;
  return { shift, values, side };
}

/** Sums about one shift, added up. */
export function added(parts: readonly Sums[]): Sums {
  const [first] = parts;
  const values = new Float64Array(first?.values.length ?? 0);
  for (const part of parts)
    part.values.forEach((v, k) => {
      values[k] = (values[k] ?? 0) + v;
    });
  return { shift: first?.shift ?? values, values, side: first?.side ?? 0 };
}

/** The mean of a few rows with weight, evenly chosen; exact for constant columns. */
export function sampleShift({ columns, targets, x, y, weights, rows }: Rows): Float64Array {
  const shift = new Float64Array(columns + targets);
  const usable = weights === undefined ? undefined : Array.from(weights.keys()).filter((i) => (weights[i] ?? 0) > 0);
  const available = usable?.length ?? rows;
  const count = Math.min(sampled, available);
  const rowAt = (k: number): number => {
    const place = Math.floor((k * available) / count);
    return usable?.[place] ?? place;
  };
  const base = rowAt(0);
  for (let k = 1; k < count; k += 1) {
    const row = rowAt(k);
    for (let j = 0; j < columns; j += 1)
      shift[j] = (shift[j] ?? 0) + ((x[row * columns + j] ?? 0) - (x[base * columns + j] ?? 0)) / count;
    for (let t = 0; t < targets; t += 1)
      shift[columns + t] =
        (shift[columns + t] ?? 0) + ((y[row * targets + t] ?? 0) - (y[base * targets + t] ?? 0)) / count;
  }
  for (let j = 0; j < columns; j += 1) shift[j] = (shift[j] ?? 0) + (x[base * columns + j] ?? 0);
  for (let t = 0; t < targets; t += 1) shift[columns + t] = (shift[columns + t] ?? 0) + (y[base * targets + t] ?? 0);
  return shift;
}

/** Whether the means are so near to the shift, beside the deviations, that the sums about the means keep their digits. */
export function nearMeans({ shift, values, side }: Sums): boolean {
  const total = values[side * side - 1] ?? 0;
  return shift.every((_, j) => {
    const sum = values[(side - 1) * side + j] ?? 0;
    const square = values[j * side + j] ?? 0;
    // n s² ≤ k² n σ², where n σ² = Σ z² − n s²
    return (sum * sum) / total <= (mostShift * mostShift * square) / (1 + mostShift * mostShift);
  });
}

/** The means that belong to sums. */
export function meansOf({ shift, values, side }: Sums): Float64Array {
  const total = values[side * side - 1] ?? 0;
  return shift.map((s, j) => s + (values[(side - 1) * side + j] ?? 0) / total);
}

/** Sums of the chosen rows about a shift that lies near their means. */
export function centredSums(all: Rows, shift: Float64Array, chosen?: Int32Array): Sums {
  const sums = sumsOf(all, shift, chosen);
  return nearMeans(sums) ? sums : sumsOf(all, meansOf(sums), chosen);
}

/** About the means where there is an intercept, else about 0 (then `sums` must be). */
export function momentsOf(sums: Sums, columns: number, targets: number, intercept: boolean): Moments {
  const { values, side, shift } = sums;
  const totalWeight = values[side * side - 1] ?? 0;
  const means = intercept ? meansOf(sums) : shift.map(() => 0);
  const central = (i: number, j: number): number => {
    const raw = values[i * side + j] ?? 0;
    if (!intercept) return raw;
    return raw - ((values[(side - 1) * side + i] ?? 0) * (values[(side - 1) * side + j] ?? 0)) / totalWeight;
  };
  const gram = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i += 1) {
    for (let j = 0; j < columns; j += 1) gram[i * columns + j] = central(Math.max(i, j), Math.min(i, j));
    gram[i * columns + i] = Math.max(0, gram[i * columns + i] ?? 0);
  }
  return {
    columns,
    targets,
    totalWeight,
    xMeans: means.slice(0, columns),
    yMeans: means.slice(columns),
    gram,
    products: Float64Array.from({ length: columns * targets }, (_, k) =>
      central(columns + (k % targets), Math.floor(k / targets)),
    ),
    totals: Float64Array.from({ length: targets }, (_, t) => Math.max(0, central(columns + t, columns + t))),
  };
}

/** The moments of all rows. */
export function readMoments(all: Rows, intercept: boolean): Moments {
  const sums = intercept
    ? centredSums(all, sampleShift(all))
    : sumsOf(all, new Float64Array(all.columns + all.targets));
  return momentsOf(sums, all.columns, all.targets, intercept);
}

/** Σ w (x − x̄) rᵀ of the residuals r = (y − ȳ) − β(x − x̄), (columns, targets); β is (columns, targets). */
export function residualProducts(all: Rows, { xMeans, yMeans }: Moments, beta: Float64Array): Float64Array {
  const { columns, targets } = all;
  return withWorkspace("float64", (w) => {
    const width = padded(columns + targets + 1);
    const combination = w.zeros(width, targets);
    w.copy(w.load(beta, columns, targets), combination.block(0, 0, columns, targets), -1);
    w.fill(combination.block(columns, 0, targets, targets), 0, 1);
    const products = w.zeros(width, targets);
    eachBlock(w, all, Float64Array.of(...xMeans, ...yMeans), undefined, (z) =>
      w.inside(() => {
        const residuals = w.matrix(z.rows, targets);
        w.gemmInto(1, z, combination, residuals);
        w.gemm(1, z.transposed(), residuals, products);
      }),
    );
    return w.read(products.block(0, 0, columns, targets)) as Float64Array;
  });
}
