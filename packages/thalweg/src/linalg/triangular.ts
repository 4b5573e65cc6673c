/**
 * Triangular systems T X = B by substitution. Golub and Van Loan, Matrix Computations (4th ed.), 3.1.
 *
 *   dX = T⁻¹ (dB − dT X),   B̄ = T⁻ᵀ X̄,   T̄ = −(B̄ Xᵀ) on the triangle
 */
import { ShapeError } from "../base/errors.js";
import { formatShape } from "../base/shape.js";
import type { HostOp } from "../graph/primitives.js";
import { withWorkspace } from "../runtime/kernels.js";
import { tril, triu } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, sameFloat, sizesOf, toFloat, toSquare } from "./arguments.js";
import { failed, notFinite } from "./failure.js";
import { callHost, floatDType, hostOp } from "./host.js";
import { checkOptions } from "./options.js";

export interface TriangularOptions {
  /** Which triangle is read; the other is ignored. Default: "lower". */
  readonly triangle?: "lower" | "upper";
  /** Solve with the transpose of that triangle. Default: false. */
  readonly transposed?: boolean;
  /** Take the diagonal as ones without reading it. Default: false. */
  readonly unit?: boolean;
}

type Settings = Required<TriangularOptions>;

const ops = new Map<string, HostOp>();

function opFor(settings: Settings): HostOp {
  const { triangle, transposed, unit } = settings;
  const key = `${triangle}${transposed ? " transposed" : ""}${unit ? " unit" : ""}`;
  let op = ops.get(key);
  if (op === undefined) {
    op = makeOp(key, settings);
    ops.set(key, op);
  }
  return op;
}

function makeOp(key: string, settings: Settings): HostOp {
  const { triangle, transposed, unit } = settings;
  const solve = (t: Tensor, b: Tensor): Tensor => solveMatrix(t, b, settings);
  const solveTransposed = (t: Tensor, b: Tensor): Tensor => solveMatrix(t, b, { ...settings, transposed: !transposed });
  const part = (t: Tensor): Tensor => {
    const offset = unit ? 1 : 0;
    return triangle === "lower" ? tril(t, { offset: -offset }) : triu(t, { offset });
  };
  return hostOp(
    "solveTriangular",
    key,
    ([, b]) => [b ?? { shape: [], dtype: "float64" }],
    ([t = [], b = []], [aval, right]) => {
      const n = aval?.shape[0] ?? 0;
      const columns = right?.shape[1] ?? 0;
      return withWorkspace(floatDType(aval), (w) => {
        const matrix = w.load(t as Float64Array, n, n);
        const x = w.load(b as Float64Array, n, columns);
        const system = transposed ? matrix.transposed() : matrix;
        if (!unit) {
          const diagonal = w.values(matrix.diagonal());
          const zero = diagonal.indexOf(0);
          if (zero >= 0)
            throw failed(`solveTriangular: the diagonal element [${zero}, ${zero}] is 0, so the matrix is singular`, {
              reason: "singular",
              column: zero,
            });
        }
        checkTriangle(t, n, triangle, unit);
        if ((triangle === "lower") !== transposed) w.solveLower(system, x, unit);
        else w.solveUpper(system, x, unit);
        if (!Number.isFinite(w.maxAbs(x).value)) throw finiteInputs(t, b, n, columns);
        return [w.read(x)];
      });
    },
    {
      vjp: ([t], [x], [g]) => {
        if (t === undefined || x === undefined || g === undefined) return [undefined, undefined];
        const back = solveTransposed(t, g);
        const outer = transposed ? x.matmul(back.transpose()) : back.matmul(x.transpose());
        return [part(outer).neg(), back];
      },
      jvp: ([t], [x], [dt, db]) => {
        if (t === undefined || x === undefined) return [undefined];
        const moved = dt === undefined ? undefined : part(dt);
        const product = moved === undefined ? undefined : (transposed ? moved.transpose() : moved).matmul(x);
        const right = product === undefined ? db : db === undefined ? product.neg() : db.sub(product);
        return [right === undefined ? undefined : solve(t, right)];
      },
    },
  );
}

/** An infinite element may leave a finite solution: 1/∞ is 0. */
function checkTriangle(t: ArrayLike<number>, n: number, triangle: "lower" | "upper", unit: boolean): void {
  const skip = unit ? 1 : 0;
  for (let i = 0; i < n; i += 1) {
    const [from, to] = triangle === "lower" ? [0, i + 1 - skip] : [i + skip, n];
    for (let j = from; j < to; j += 1) {
      const value = t[i * n + j] ?? 0;
      if (Number.isFinite(value)) continue;
      throw failed(`solveTriangular: element [${i}, ${j}] is ${value}; all elements must be finite numbers`, {
        reason: "not finite",
        index: [i, j],
        value,
      });
    }
  }
}

function finiteInputs(t: ArrayLike<number>, b: ArrayLike<number>, n: number, columns: number): Error {
  for (let i = 0; i < b.length; i += 1)
    if (!Number.isFinite(b[i])) return notFinite("solveTriangular: of the right-hand side", b, columns);
  return notFinite("solveTriangular", t, n);
}

/** The system with a matrix on the right, both of one dtype. For the inside of linalg. */
export function solveMatrix(t: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor {
  const { triangle = "lower", transposed = false, unit = false } = options;
  const [x] = callHost(opFor({ triangle, transposed, unit }), [t, b]);
  return x ?? b;
}

/**
 * Solves T X = B for a triangular n × n matrix T; B is n × k, or a vector of n elements (then so is X). Only the chosen triangle of T is read.
 * Differentiable.
 *
 * @throws NumericalError (singular) when a diagonal element is 0, (not finite) for NaN and infinities.
 */
export function solveTriangular(t: Numbers, b: Numbers, options: TriangularOptions = {}): Tensor {
  checkOptions("solveTriangular", options, { triangle: true, transposed: true, unit: true });
  const [matrix, right] = sameFloat(toSquare("solveTriangular", t), toFloat("solveTriangular", b));
  return withColumns("solveTriangular", matrix, right, (columns) => solveMatrix(matrix, columns, options));
}

/** Checks a right-hand side against its matrix and treats a vector as one column. */
export function withColumns(op: string, matrix: Tensor, b: Tensor, solve: (columns: Tensor) => Tensor): Tensor {
  const [rows] = sizesOf(matrix);
  if ((b.rank !== 1 && b.rank !== 2) || b.shape[0] !== rows)
    throw new ShapeError(
      `${op}: the right-hand side must have ${rows} rows, as the matrix ${formatShape(matrix.shape)} has, got shape ${formatShape(b.shape)}`,
    );
  return b.rank === 2 ? solve(b) : solve(b.reshape([rows, 1])).squeeze(1);
}
