/**
 * X = A_r⁺ B by the truncated SVD, and R of a QR factorisation held to be regular: the host ops of least squares in traced functions.
 *
 * Differentiated as a generalised matrix function (Noferini 2017). With E = Uᵀ dA V and F = (A_r⁺)ᵀ, dF = U G Vᵀ where
 *
 *   both i and j count:  Gᵢⱼ = −Eⱼᵢ / (σᵢ σⱼ)
 *   only i counts:       Gᵢⱼ = (Eᵢⱼ + Eⱼᵢ σⱼ/σᵢ) / (σᵢ² − σⱼ²), and the same with i and j exchanged; σⱼ = 0 past min(m, n)
 *   neither counts:      0.
 *
 * Equal singular values do no harm, as each side of the cut enters only as a whole.
 */
import { epsilon, type FloatDType } from "../../base/dtype.js";
import type { HostOp } from "../../graph/primitives.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { where } from "../../tensor/functions.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sizesOf } from "../arguments.js";
import { triangularCondition } from "../condition.js";
import { failed } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { svd } from "../svd/svd.js";
import { solveLeastSquares } from "./compute.js";

const truncatedOps = new Map<number, HostOp>();

/** A_r⁺ B of matrices of one dtype. */
export function truncatedSolution(a: Tensor, b: Tensor, tolerance: number): Tensor {
  let op = truncatedOps.get(tolerance);
  if (op === undefined) {
    op = truncatedOp(tolerance);
    truncatedOps.set(tolerance, op);
  }
  const [x] = callHost(op, [a, b]) as [Tensor];
  return x;
}

function truncatedOp(tolerance: number): HostOp {
  return hostOp(
    "lstsq by truncated SVD",
    String(tolerance),
    (inputs) => {
      const [, n] = sizesOf(firstAval(inputs));
      return [{ shape: [n, inputs[1]?.shape[1] ?? 0], dtype: firstAval(inputs).dtype }];
    },
    ([a = new Float64Array(0), b = new Float64Array(0)], [aval, right]) => {
      const [m, n] = sizesOf(aval ?? { shape: [] });
      const dtype = floatDType(aval);
      const sizes = [m, n, right?.shape[1] ?? 0] as const;
      const settings = { method: "truncated svd", tolerance, refine: 0 } as const;
      return [withWorkspace(dtype, (w) => solveLeastSquares(w, dtype, [a, b], sizes, settings).x)];
    },
    {
      jvp: ([a, b], _, [da, db]) => {
        if (a === undefined || b === undefined || a.size === 0) return [undefined];
        const factors = cutSvd(a, tolerance);
        const parts = [
          ...(db === undefined ? [] : [applyInverse(factors, db)]),
          ...(da === undefined ? [] : [movedInverse(factors, sizesOf(a), da, b)]),
        ];
        return [parts.length === 0 ? undefined : parts.reduce((p, q) => p.add(q))];
      },
    },
  );
}

interface CutSvd {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly vt: Tensor;
  /** Which singular values count. */
  readonly kept: Tensor;
  /** 1/σ of those, else 0. */
  readonly inverse: Tensor;
}

function cutSvd(a: Tensor, tolerance: number): CutSvd {
  const { u, s, vt } = svd(a);
  const kept = s.gt(s.max().mul(tolerance));
  return { u, s, vt, kept, inverse: where(kept, where(kept, s, 1).reciprocal(), 0) };
}

/** V S⁻¹ Uᵀ B */
function applyInverse({ u, vt, inverse }: CutSvd, b: Tensor): Tensor {
  return vt.transpose().matmul(inverse.expandDims(1).mul(u.transpose().matmul(b)));
}

/** d(A_r⁺) B */
function movedInverse(
  { u, s, vt, kept, inverse }: CutSvd,
  [m, n]: readonly [number, number],
  da: Tensor,
  b: Tensor,
): Tensor {
  const [ut, v] = [u.transpose(), vt.transpose()];
  const [rows, columns] = [kept.expandDims(1), kept.expandDims(0)];
  const across = rows.cast("int32").add(columns.cast("int32")).eq(1);
  const [si, sj] = [s.expandDims(1), s.expandDims(0)];
  const gap = where(across, si.sub(sj).mul(si.add(sj)).abs(), 1);
  const [ri, rj] = [inverse.expandDims(1), inverse.expandDims(0)];
  const e = ut.matmul(da).matmul(v);
  const g = where(
    across,
    e.add(ri.mul(sj).add(rj.mul(si)).mul(e.transpose())).div(gap),
    ri.mul(rj).mul(e.transpose()).neg(),
  );
  const coordinates = ut.matmul(b);
  let moved = v.matmul(g.transpose().matmul(coordinates));
  const squares = inverse.square().expandDims(1);
  if (m > n) moved = moved.add(v.matmul(squares.mul(vt.matmul(da.transpose()).matmul(b.sub(u.matmul(coordinates))))));
  if (n > m) {
    const beyond = da.transpose().matmul(u.matmul(squares.mul(coordinates)));
    moved = moved.add(beyond.sub(v.matmul(vt.matmul(beyond))));
  }
  return moved;
}

const regularOps = new Map<number, HostOp>();

/** R as it is. Running it is an error where R is singular to working precision for a matrix of `size` rows or columns. */
export function regular(r: Tensor, size: number): Tensor {
  let op = regularOps.get(size);
  if (op === undefined) {
    op = regularOp(size);
    regularOps.set(size, op);
  }
  const [checked] = callHost(op, [r]) as [Tensor];
  return checked;
}

function regularOp(size: number): HostOp {
  return hostOp(
    "full rank of least squares",
    String(size),
    (inputs) => [firstAval(inputs)],
    ([r = new Float64Array(0)], [aval]) => {
      const dtype: FloatDType = floatDType(aval);
      const [n] = sizesOf(aval ?? { shape: [] });
      const condition = withWorkspace(dtype, (w) => triangularCondition(w, w.load(r, n, n), "upper"));
      if (!(condition < 1 / (epsilon(dtype) * Math.max(size, 1))))
        throw failed(
          `lstsq: the rank is deficient to working precision (condition ${condition.toExponential(1)}), so that the solution does not depend smoothly ` +
            'on the matrix and has no derivative; use the method "truncated svd", which keeps the rank as it is, or a penalty (ridge)',
          { reason: "singular", column: smallestPivot(r, n) },
        );
      return [r];
    },
    { jvp: (_, __, [dr]) => [dr], vjp: (_, __, [g]) => [g] },
  );
}

/** Where the diagonal of R is smallest. */
function smallestPivot(r: ArrayLike<number>, n: number): number {
  const size = (i: number): number => Math.abs(r[i * n + i] ?? 0);
  let least = 0;
  for (let i = 1; i < n; i += 1) if (size(i) < size(least)) least = i;
  return least;
}
