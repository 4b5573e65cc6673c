/**
 * The eigenvalues of D + ρ z zᵀ, D diagonal with ascending elements, ρ > 0: the roots of the secular equation
 *
 *   f(λ) = 1/ρ + Σ zⱼ²/(dⱼ − λ) = 0,   dᵢ < λᵢ < dᵢ₊₁,   λₙ₋₁ < dₙ₋₁ + ρ‖z‖²,
 *
 * each found as τ = λ − (the nearer pole), so that all dⱼ − λ come out to high relative accuracy. Every step goes to the root of a rational function with the two poles
 * beside the root: f there with its slope, and either the slopes of both sides apart ("middle way") or the nearer pole's exact weight ("fixed weight").
 * Li 1993 (Solving secular equations stably and efficiently); Gu and Eisenstat 1994, 1995. Steps out of the bracket, or that hardly reduce f,
 * are replaced by bisection, so that it always ends.
 */
import type { SecularSums } from "../../runtime/spectral-kernels.js";

const eps = 2 ** -53;
/** Steps at most: bisection alone takes about 70, as the smallest τ is far above 1e-150 of the gap. */
const stepLimit = 200;

export interface SecularProblem {
  readonly d: Float64Array;
  readonly z: Float64Array;
  /** 1/ρ */
  readonly inverse: number;
  /** Sums over the poles at λ = origin + τ, the first `split` of them on the left. */
  readonly sums: (split: number, origin: number, tau: number) => SecularSums;
}

export interface SecularRoot {
  readonly origin: number;
  readonly tau: number;
}

/** Root i; undefined when it does not converge. */
export function secularRoot(problem: SecularProblem, i: number): SecularRoot | undefined {
  const { d, z, inverse } = problem;
  const n = d.length;
  if (n === 1) return { origin: d[0] ?? 0, tau: (z[0] ?? 0) ** 2 / inverse };
  const last = i === n - 1;
  const left = last ? n - 2 : i;
  const [dl, dr] = [d[left] ?? 0, d[left + 1] ?? 0];
  const [wl, wr] = [(z[left] ?? 0) ** 2, (z[left + 1] ?? 0) ** 2];
  const gap = dr - dl;
  if (last) {
    const reach = z.reduce((sum, x) => sum + x * x, 0) / inverse;
    const s = problem.sums(n - 1, dr, reach / 2);
    const rest = inverse + s.left + s.right + wl / (gap + reach / 2) + wr / (reach / 2);
    const guess = -lowerRoot(rest, wl + wr - rest * gap, -wr * gap);
    return search(problem, { left, origin: dr, nearRight: true, last, low: 0, high: reach * (1 + 4 * eps), guess });
  }
  // which half of the gap it is in
  const s = problem.sums(i + 1, dl, gap / 2);
  const rest = inverse + s.left + s.right - (wr - wl) / (gap / 2);
  if (inverse + s.left + s.right > 0) {
    const guess = lowerRoot(rest, rest * gap + wl + wr, wl * gap);
    return search(problem, { left, origin: dl, nearRight: false, last, low: 0, high: gap / 2, guess });
  }
  const guess = lowerRoot(rest, wl + wr - rest * gap, -wr * gap);
  return search(problem, { left, origin: dr, nearRight: true, last, low: -gap / 2, high: 0, guess });
}

/** A root of c x² − a x + b = 0, the one that (a − √(a² − 4bc))/(2c) is, without cancellation. */
function lowerRoot(c: number, a: number, b: number): number {
  const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
  return a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * c);
}

interface Bracket {
  /** The pole left of the root; of the last root, the last pole but one. */
  readonly left: number;
  readonly origin: number;
  readonly nearRight: boolean;
  readonly last: boolean;
  readonly low: number;
  readonly high: number;
  readonly guess: number;
}

function search({ d, z, inverse, sums }: SecularProblem, at: Bracket): SecularRoot | undefined {
  const { left, origin, nearRight, last } = at;
  let { low, high } = at;
  const [dl, dr] = [(d[left] ?? 0) - origin, (d[left + 1] ?? 0) - origin];
  const near = z[nearRight ? left + 1 : left] ?? 0;
  let tau = at.guess > low && at.guess < high ? at.guess : middle(low, high);
  let before = Number.POSITIVE_INFINITY;
  let fixedWeight = !last;
  let slow = 0;
  for (let step = 0; step < stepLimit; step += 1) {
    const s = sums(left + 1, origin, tau);
    const f = inverse + s.left + s.right;
    const slope = s.leftSlope + s.rightSlope;
    if (!Number.isFinite(f + slope)) return undefined;
    // what rounding does to f, to the sums and to τ itself
    const noise = eps * (8 * (Math.abs(s.left) + Math.abs(s.right)) + 4 * inverse + Math.abs(tau) * slope);
    if (Math.abs(f) <= noise) return { origin, tau };
    if (f < 0) low = Math.max(low, tau);
    else high = Math.min(high, tau);
    if (high - low <= 2 * eps * Math.max(Math.abs(low), Math.abs(high))) return { origin, tau };
    // the other model where one does badly, bisection where both do
    if (Math.abs(f) > before / 10) {
      fixedWeight = !last && !fixedWeight;
      slow += 1;
    } else slow = 0;
    before = Math.abs(f);
    const [gl, gr] = [dl - tau, dr - tau];
    let c: number;
    if (!fixedWeight) c = f - gl * s.leftSlope - gr * s.rightSlope;
    else if (nearRight) c = f - gl * slope - (dr - dl) * (near / gr) ** 2;
    else c = f - gr * slope + (dr - dl) * (near / gl) ** 2;
    const [a, b] = [(gl + gr) * f - gl * gr * slope, gl * gr * f];
    // between the poles it is one root of the quadratic equation, right of both the other
    let change = last ? -lowerRoot(Math.abs(c), -a, b) : lowerRoot(c, a, b);
    if (!(change * f < 0)) change = -f / slope;
    let next = tau + change;
    if (slow > 2 || !(next > low && next < high)) {
      next = middle(low, high);
      slow = 0;
    } else if (Math.abs(change) <= eps * Math.abs(tau)) return { origin, tau: next };
    if (next === tau) return { origin, tau };
    tau = next;
  }
  return undefined;
}

/** Between two numbers of one sign (or 0): of their exponents where these are far apart. */
function middle(low: number, high: number): number {
  const sign = low < 0 ? -1 : 1;
  const [small, large] = sign < 0 ? [-high, -low] : [low, high];
  const floor = Math.max(small, large * 1e-150);
  return floor * 4 < large ? sign * Math.sqrt(floor) * Math.sqrt(large) : (low + high) / 2;
}
