/** Which run-time-size kernels there are, and what writes their code. */
import { InternalError } from "../base/errors.js";
import type { LoopFunction } from "../compiler/ir.js";
import { dynamicGemv } from "../compiler/templates/gemv-dynamic.js";
import { columnKernels } from "../compiler/templates/linalg-columns.js";
import { francisKernels } from "../compiler/templates/linalg-francis.js";
import { householderKernels } from "../compiler/templates/linalg-householder.js";
import { rowKernels } from "../compiler/templates/linalg-logistic.js";
import { luKernels } from "../compiler/templates/linalg-lu.js";
import { rotationKernels } from "../compiler/templates/linalg-rotations.js";
import { spectralKernels } from "../compiler/templates/linalg-spectral.js";
import { triangularKernels, trsmScratchBytes } from "../compiler/templates/linalg-triangular.js";
import { vectorKernels } from "../compiler/templates/linalg-vectors.js";
import { dynamicMatmul, dynamicMatmulScratchBytes } from "../compiler/templates/matmul-dynamic.js";
import type { FloatScalar } from "../compiler/templates/matmul-tile.js";

interface Family {
  readonly names: readonly string[];
  readonly write: (scalar: FloatScalar) => readonly LoopFunction[];
}

/** Kernels that are compiled together, on first need of one of them: few programs need all. */
const families = {
  products: {
    names: ["gemm", "gemv"],
    write: (scalar) => [dynamicMatmul(scalar, `gemm_${scalar}`), dynamicGemv(scalar, `gemv_${scalar}`)],
  },
  vectors: {
    names: ["dot", "axpy", "scale", "maxAbs", "norm", "rotate", "ger", "copy", "fill", "swapRows"],
    write: vectorKernels,
  },
  triangular: {
    names: ["trsm", "trsv", "cholesky", "luPanel"],
    write: (s) => [...triangularKernels(s), ...luKernels(s)],
  },
  reflectors: { names: ["qrPanel", "reflector", "applyReflector"], write: householderKernels },
  spectra: {
    names: ["rotateRows", "symmetricProduct", "secularSums", "secularVectors"],
    write: (scalar) => [...rotationKernels(scalar), ...spectralKernels(scalar)],
  },
  francis: { names: ["francisBlock", "francisSweep"], write: francisKernels },
  /** Of float64 only. */
  columns: { names: ["shiftRows", "gram", "nearestRows", "addRows", "rowDistances"], write: () => columnKernels() },
  /** Of float64 only. */
  rows: {
    names: [
      "rowScores",
      "sumRows",
      "scaleRows",
      "standardize",
      "addMoments",
      "logistic",
      "logisticPass",
      "softmax",
      "softmaxPass",
    ],
    write: () => rowKernels(),
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
export type KernelName = (typeof families)[FamilyName]["names"][number];

const familyOf = new Map<string, FamilyName>(
  (Object.keys(families) as FamilyName[]).flatMap((family) => families[family].names.map((name) => [name, family])),
);

export function familyNamed(name: KernelName): FamilyName {
  const family = familyOf.get(name);
  if (family === undefined) throw new InternalError(`there is no kernel ${name}`);
  return family;
}

/** The kernels of a family by name, in an order of their own. */
export function writeFamily(family: FamilyName, scalar: FloatScalar): ReadonlyMap<KernelName, LoopFunction> {
  const { names, write }: Family = families[family];
  const functions = write(scalar);
  if (functions.length !== names.length || functions.some((f, i) => f.name !== `${names[i]}_${scalar}`))
    throw new InternalError(`the kernels of ${family} in ${scalar} are not those that are listed`);
  return new Map(names.map((name, i) => [name as KernelName, functions[i] as LoopFunction]));
}

/** Bytes of scratch that each thread needs for any of them. */
export function kernelScratchBytes(scalar: FloatScalar): number {
  return Math.max(dynamicMatmulScratchBytes(scalar), trsmScratchBytes);
}
