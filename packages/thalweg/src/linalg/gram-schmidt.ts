/**
 * Gram–Schmidt orthogonalisation: qⱼ is aⱼ less its projections on q₀ … qⱼ₋₁, scaled to length 1.
 *
 *   classical:  rᵢⱼ = qᵢᵀ aⱼ                           loses orthogonality like κ(A)²·eps
 *   modified:   rᵢⱼ = qᵢᵀ (aⱼ − r₀ⱼ q₀ − … − rᵢ₋₁ⱼ qᵢ₋₁)  like κ(A)·eps
 *   twice:      classical, then once more on the result   stays at eps ("twice is enough")
 *
 * Golub and Van Loan, Matrix Computations (4th ed.), 5.2.7–5.2.9; Giraud, Langou, Rozložník and van den Eshof 2005.
 */
import { epsilon } from "../base/dtype.js";
import { ShapeError, UserError } from "../base/errors.js";
import { makeBuffer } from "../graph/node.js";
import { type Matrix, type Workspace, withWorkspace } from "../runtime/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "./arguments.js";
import { failed, notFinite } from "./failure.js";
import { floatDType } from "./host.js";
import { checkOptions } from "./options.js";

export interface GramSchmidtOptions {
  /** Default: "modified". */
  readonly variant?: "classical" | "modified" | "twice";
}

export interface GramSchmidt {
  /** m × n. */
  readonly q: Tensor;
  /** n × n, upper triangular with a positive diagonal; A = Q R. */
  readonly r: Tensor;
  /** ‖QᵀQ − I‖ (Frobenius): 0 if the columns were exactly orthonormal, of the order of 1 if orthogonality is lost. */
  readonly orthogonalityLoss: number;
}

/**
 * Orthonormal columns from those of an m × n matrix, m ≥ n, by Gram–Schmidt, with the orthogonality that it lost: a method to learn from, and to
 * extend a basis by. To factor a matrix use `qr`, which does not lose any. Needs values, so it does not work inside traced functions.
 *
 * @throws NumericalError (singular) when a column is exactly dependent on those before it; (not finite) for NaN and infinities.
 */
export function gramSchmidt(a: Numbers, options: GramSchmidtOptions = {}): GramSchmidt {
  const { variant = "modified" } = checkOptions("gramSchmidt", options, { variant: true });
  const t = toMatrix("gramSchmidt", a);
  const [m, n] = sizesOf(t);
  if (m < n)
    throw new ShapeError(`gramSchmidt: ${n} columns of ${m} elements cannot be independent; transpose the matrix`);
  if (variant !== "classical" && variant !== "modified" && variant !== "twice")
    throw new UserError(`gramSchmidt: variant must be "classical", "modified" or "twice", got ${String(variant)}`);
  const data = t.storage("gramSchmidt");
  return withWorkspace(floatDType(t), (w) => {
    const columns = w.matrix(n, m);
    w.copy(w.load(data, m, n).transposed(), columns);
    const q = columns.transposed();
    if (!Number.isFinite(w.maxAbs(q).value)) throw notFinite("gramSchmidt", data, n);
    const r = w.zeros(n, n);
    for (let j = 0; j < n; j += 1) orthogonalise(w, q, r, j, variant);
    const gram = w.zeros(n, n);
    w.fill(gram, 0, -1);
    w.gemm(1, q.transposed(), q, gram);
    return {
      q: new Tensor(makeBuffer([m, n], t.dtype, w.read(q))),
      r: new Tensor(makeBuffer([n, n], t.dtype, w.read(r))),
      orthogonalityLoss: n === 0 ? 0 : w.norm(gram.reshaped(n * n, 1)),
    };
  });
}

function orthogonalise(
  w: Workspace,
  q: Matrix,
  r: Matrix,
  j: number,
  variant: "classical" | "modified" | "twice",
): void {
  const column = q.column(j);
  const before = q.block(0, 0, q.rows, j);
  const length = w.norm(column);
  if (variant === "modified") {
    for (let i = 0; i < j; i += 1) {
      const size = w.dot(q.column(i), column);
      w.set(r, i, j, size);
      w.axpy(-size, q.column(i), column);
    }
  } else {
    for (let round = 0; round < (variant === "twice" ? 2 : 1) && j > 0; round += 1)
      w.inside(() => {
        const sizes = w.zeros(j, 1);
        w.gemv(1, before.transposed(), column, sizes);
        w.gemv(-1, before, sizes, column);
        w.axpy(1, sizes, r.block(0, j, j, 1));
      });
  }
  const rest = w.norm(column);
  if (rest === 0 || (variant === "twice" && rest <= epsilon(w.dtype) * length))
    throw failed(`gramSchmidt: column ${j} depends on the columns before it`, { reason: "singular", column: j });
  w.set(r, j, j, rest);
  for (let i = 0; i < column.rows; i += 1) w.set(column, i, 0, w.get(column, i, 0) / rest);
}
