/**
 * A = Q R. Differentiated (Walter and Lehmann 2010; de Hoog, Anderssen and Lukas 2011), with C = dA R⁻¹ and S = Qᵀ C:
 *
 *   Ω = lower(S) − lower(S)ᵀ,   dR = (S − Ω) R,   dQ = C − Q (S − Ω).
 */
import { epsilon } from "../../base/dtype.js";
import { UserError } from "../../base/errors.js";
import type { HostOp } from "../../graph/primitives.js";
import { withWorkspace } from "../../runtime/kernels.js";
import { tril } from "../../tensor/creation.js";
import { concat } from "../../tensor/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toMatrix } from "../arguments.js";
import { failed, notFinite } from "../failure.js";
import { callHost, firstAval, floatDType, hostOp } from "../host.js";
import { checkOptions } from "../options.js";
import { solveMatrix } from "../triangular.js";
import { factorQr, formQ, readR, safeScale, signsOf } from "./compute.js";

export interface QrOptions {
  /** "reduced": Q is m × min(m, n); "complete": Q is m × m. Default: "reduced". */
  readonly mode?: "reduced" | "complete";
}

export interface Qr {
  /** Orthonormal columns. */
  readonly q: Tensor;
  /** Upper triangular (upper trapezoidal when A is wide), its diagonal ≥ 0. */
  readonly r: Tensor;
}

const ops = { reduced: qrOp("reduced"), complete: qrOp("complete") };

function qrOp(mode: "reduced" | "complete"): HostOp {
  return hostOp(
    "qr",
    mode,
    (inputs) => {
      const { dtype } = firstAval(inputs);
      const [m, n] = sizesOf(firstAval(inputs));
      const count = mode === "complete" ? m : Math.min(m, n);
      return [
        { shape: [m, count], dtype },
        { shape: [count, n], dtype },
      ];
    },
    ([data = new Float64Array(0)], [aval]) => {
      const [m, n] = sizesOf(aval ?? { shape: [0, 0] });
      const count = mode === "complete" ? m : Math.min(m, n);
      const dtype = floatDType(aval);
      return withWorkspace(dtype, (w) => {
        const a = w.load(data, m, n);
        const { value } = w.maxAbs(a);
        if (!Number.isFinite(value)) throw notFinite("qr", data, n);
        const scale = safeScale(value, dtype);
        if (scale !== 1) w.scale(scale, a);
        const blocks = factorQr(w, a);
        const signs = signsOf(w, a);
        const r = readR(w, a, count, signs, 1 / scale);
        return [w.read(formQ(w, blocks, m, count, signs)), r];
      });
    },
    {
      jvp: ([a], [q, r], [da]) => {
        if (a === undefined || q === undefined || r === undefined || da === undefined) return [undefined, undefined];
        return qrTangent(a, q, r, da, mode);
      },
    },
  );
}

/** The square R as it is, as an op. Running it is an error where a column depends on those before it to working precision. */
function independentColumns(name: string): HostOp {
  return hostOp(
    `${name}: independent columns`,
    "",
    (inputs) => [firstAval(inputs)],
    ([r = new Float64Array(0)], [aval]) => {
      const n = aval?.shape[0] ?? 0;
      const limit = Math.max(n, 1) * epsilon(floatDType(aval));
      for (let j = 0; j < n; j += 1) {
        let length = 0;
        for (let i = 0; i <= j; i += 1) length = Math.hypot(length, r[i * n + j] ?? 0);
        if (!(Math.abs(r[j * n + j] ?? 0) > limit * length))
          throw failed(
            `${name}: column ${j} of Q R depends on the columns before it to working precision, so that Q and R do not depend smoothly on the matrix and have ` +
              "no derivative; leave that column out, or differentiate through lstsq or svd",
            { reason: "singular", column: j },
          );
      }
      return [r];
    },
    { jvp: (_, __, [dr]) => [dr], vjp: (_, __, [g]) => [g] },
  );
}

const independent = { qr: independentColumns("qr"), pivotedQr: independentColumns("pivotedQr") };

/** The derivative of Q and R along dA. */
export function qrTangent(
  a: Tensor,
  q: Tensor,
  found: Tensor,
  da: Tensor,
  mode: string,
  name: "qr" | "pivotedQr" = "qr",
): readonly [Tensor, Tensor] {
  const [m, n] = sizesOf(a);
  if (mode === "complete" && m > n)
    throw new UserError(
      'qr: with mode "complete" the extra columns of Q have no derivative, since any basis would do; use mode "reduced"',
    );
  if (m >= n) {
    const [r] = callHost(independent[name], [found]) as [Tensor];
    const c = solveMatrix(r, da.transpose(), { triangle: "upper", transposed: true }).transpose();
    const s = q.transpose().matmul(c);
    const lower = tril(s, { offset: -1 });
    const upper = s.sub(lower).add(lower.transpose());
    return [c.sub(q.matmul(upper)), upper.matmul(r)];
  }
  // wide: the first m columns make Q, the others follow as Qᵀ A₂
  const [a1, a2] = halves(a, m, n);
  const [da1, da2] = halves(da, m, n);
  const [r1] = halves(found, m, n);
  const [dq, dr1] = qrTangent(a1, q, r1, da1, "reduced", name);
  const dr2 = dq.transpose().matmul(a2).add(q.transpose().matmul(da2));
  return [dq, concat([dr1, dr2], { axis: 1 })];
}

function halves(t: Tensor, m: number, n: number): readonly [Tensor, Tensor] {
  return [t.slice(":", [0, m]), t.slice(":", [m, n])];
}

/**
 * The QR factorisation of an m × n matrix by Householder reflectors: A = Q R with orthonormal columns in Q and R upper triangular with
 * a diagonal ≥ 0 (which makes both unique when A has full column rank). Backward stable for any matrix: ‖A − QR‖ and ‖QᵀQ − I‖ are of
 * the order of the dtype's epsilon, whatever the condition. Differentiable where the first min(m, n) columns are independent
 * (mode "reduced").
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function qr(a: Numbers, options: QrOptions = {}): Qr {
  const { mode = "reduced" } = checkOptions("qr", options, { mode: true });
  if (mode !== "reduced" && mode !== "complete")
    throw new UserError(`qr: mode must be "reduced" or "complete", got ${String(mode)}`);
  const [q, r] = callHost(ops[mode], [toMatrix("qr", a)]) as [Tensor, Tensor];
  return { q, r };
}
