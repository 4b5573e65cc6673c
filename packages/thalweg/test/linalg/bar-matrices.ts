/** The matrices of the accuracy bars, each class by its name, from formulas that tools/reference/spectra.py has too. */
import { diag, type Tensor, tensor, zeros } from "../../src/index.js";
import { hilbert, kahan, wilkinson, wilkinsonGrowth } from "../../src/linalg/index.js";
import { at, build, type Dense, dense, multiply, transpose } from "./measure.js";

export function toTensor({ rows, columns, data }: Dense): Tensor {
  return tensor(Float64Array.from(data), { shape: [rows, columns] });
}

/** Park and Miller's generator, exact in float64: numbers from −0.5 to 0.5. */
export function minimal(seed: number, count: number): Float64Array {
  let x = seed * 7919 + 1;
  for (let i = 0; i < 5; i += 1) x = (x * 16807) % 2147483647;
  return Float64Array.from({ length: count }, () => {
    x = (x * 16807) % 2147483647;
    return x / 2147483647 - 0.5;
  });
}

export function random(rows: number, columns: number, seed: number): Dense {
  return { rows, columns, data: minimal(seed, rows * columns) };
}

export function symmetric(n: number, seed: number): Dense {
  const a = random(n, n, seed);
  return build(n, n, (i, j) => at(a, i, j) + at(a, j, i));
}

function powers(low: number, high: number, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => 10 ** (n < 2 ? low : low + ((high - low) * i) / (n - 1)));
}

/** Rows from 10^low to 10^high. */
export function grade(a: Dense, low: number, high: number): Dense {
  const d = powers(low, high, a.rows);
  return build(a.rows, a.columns, (i, j) => at(a, i, j) * (d[i] ?? 0));
}

export function gradeBoth(a: Dense, low: number, high: number): Dense {
  const d = powers(low, high, a.rows);
  return build(a.rows, a.columns, (i, j) => at(a, i, j) * (d[i] ?? 0) * (d[j] ?? 0));
}

export function lowRank(rows: number, columns: number, rank: number, seed: number): Dense {
  return multiply(random(rows, rank, seed), random(rank, columns, seed + 1));
}

/** I − 2vvᵀ/vᵀv: all singular values 1, the eigenvalues 1 and once −1. */
export function reflector(n: number, seed: number): Dense {
  const v = minimal(seed, n);
  const square = v.reduce((sum, x) => sum + x * x, 0);
  return build(n, n, (i, j) => (i === j ? 1 : 0) - (2 * (v[i] ?? 0) * (v[j] ?? 0)) / square);
}

export function jordan(n: number, value: number): Dense {
  return build(n, n, (i, j) => (i === j ? value : j === i + 1 ? 1 : 0));
}

/** From A, Aᵀ A. */
export function gram(a: Dense): Dense {
  return multiply(transpose(a), a);
}

export function plus(a: Dense, multiple: number): Dense {
  return build(a.rows, a.columns, (i, j) => at(a, i, j) + (i === j ? multiple : 0));
}

const of = (t: Tensor): Dense => dense(t);

export type Named = readonly (readonly [name: string, matrix: Dense])[];

/** Rectangular and square ones of every class, for LU, QR and SVD. In float32 powers of ten go less far. */
export function everyClass(single: boolean): Named {
  const far = single ? 18 : 150;
  return [
    ["1 × 1", random(1, 1, 1)],
    ["1 × 1, zero", of(zeros([1, 1], { dtype: "float64" }))],
    ["0 × 5", random(0, 5, 1)],
    ["5 × 0", random(5, 0, 1)],
    ["0 × 0", random(0, 0, 1)],
    ["1 × 6", random(1, 6, 2)],
    ["6 × 1", random(6, 1, 3)],
    ...Array.from({ length: 15 }, (_, k): Named[number] => [`hilbert ${k + 1}`, of(hilbert(k + 1))]),
    ["kahan 25", of(kahan(25))],
    ["kahan 60", of(kahan(60))],
    ["wilkinson 21", of(wilkinson(21))],
    ["wilkinson growth 50", of(wilkinsonGrowth(single ? 20 : 50))],
    ["graded", grade(random(30, 30, 3), -far, far)],
    ["graded down", grade(random(30, 30, 4), far, -far)],
    ["graded columns", transpose(grade(random(30, 30, 5), -far, far))],
    ["graded tall", grade(random(50, 12, 6), -far, far)],
    ["graded wide", grade(random(12, 50, 7), -far, far)],
    ["rank 3 of 40 × 30", lowRank(40, 30, 3, 8)],
    ["rank 1 of 9 × 33", lowRank(9, 33, 1, 10)],
    ["zeros", of(zeros([9, 5], { dtype: "float64" }))],
    ["repeated singular values", reflector(40, 12)],
    ["identity", of(diag(tensor(new Float64Array(33).fill(1))))],
    ["defective, 0", jordan(30, 0)],
    ["defective, 1", jordan(31, 1)],
    ["tall", random(200, 7, 13)],
    ["taller by one", random(65, 64, 14)],
    ["wide", random(7, 200, 15)],
    ["wider by one", random(32, 33, 16)],
  ];
}

/** Symmetric ones of every class, for eigh. */
export function symmetricClasses(single: boolean): Named {
  const far = single ? 9 : 75;
  const low = lowRank(50, 50, 3, 6);
  return [
    ["1 × 1", random(1, 1, 1)],
    ["0 × 0", random(0, 0, 1)],
    ...Array.from({ length: 15 }, (_, k): Named[number] => [`hilbert ${k + 1}`, of(hilbert(k + 1))]),
    ["kahan's gram", gram(of(kahan(40)))],
    ["wilkinson 21", of(wilkinson(21))],
    ["wilkinson 70", of(wilkinson(70))],
    ["wilkinson 121", of(wilkinson(121))],
    ["graded", gradeBoth(symmetric(24, 3), -far, far)],
    ["graded down", gradeBoth(symmetric(24, 4), far, -far)],
    ["rank 3 of 50", gram(low)],
    ["zeros", of(zeros([9, 9], { dtype: "float64" }))],
    ["repeated", reflector(40, 8)],
    ["repeated, all but one", build(64, 64, (i, j) => (i === j ? 2 : 1))],
    ["diagonal", build(33, 33, (i, j) => (i === j ? Math.sin(i) : 0))],
    ["defective but for symmetry", build(30, 30, (i, j) => (Math.abs(i - j) === 1 ? 1 : 0))],
  ];
}

/** Positive definite ones, for Cholesky; Hilbert's as far as they are so after rounding. */
export function positiveClasses(single: boolean): Named {
  const far = single ? 9 : 75;
  return [
    ["1 × 1", plus(random(1, 1, 1), 2)],
    ["0 × 0", random(0, 0, 1)],
    ...Array.from({ length: single ? 5 : 12 }, (_, k): Named[number] => [`hilbert ${k + 1}`, of(hilbert(k + 1))]),
    ["kahan's gram", gram(of(kahan(single ? 10 : 25)))],
    ["wilkinson 21, shifted", plus(of(wilkinson(21)), 2)],
    ["graded", gradeBoth(plus(gram(random(30, 24, 3)), 1), -far, far)],
    ["graded down", gradeBoth(plus(gram(random(30, 24, 4)), 1), far, -far)],
    ["repeated", build(64, 64, (i, j) => (i === j ? 2 : 1))],
    ["nearly of rank 3", plus(gram(lowRank(40, 30, 3, 8)), single ? 1e-3 : 1e-10)],
  ];
}

/** Square ones of every class, for eig. */
export function generalClasses(single: boolean): Named {
  const square = everyClass(single).filter(([, a]) => a.rows === a.columns);
  const skew = random(25, 25, 14);
  const turned = multiply(random(12, 12, 20), multiply(jordan(12, 2), transpose(random(12, 12, 20))));
  return [
    ...square,
    ["skew", build(25, 25, (i, j) => at(skew, i, j) - at(skew, j, i))],
    ["defective, turned", turned],
    ["two blocks of one value", build(20, 20, (i, j) => (i === j ? 3 : j === i + 1 && i !== 9 ? 1 : 0))],
    ["cyclic", build(16, 16, (i, j) => ((j - i + 16) % 16 === 1 ? 1 : 0))],
  ];
}
