/** The code of the run-time-size kernels: compiled on first need, once for each dtype and memory. */
import type { FloatDType } from "../base/dtype.js";
import { barrierName, parallelName } from "../compiler/entry-points.js";
import { dynamicGemv } from "../compiler/templates/gemv-dynamic.js";
import { kernelTeam } from "../compiler/templates/kernel-team.js";
import { columnKernels } from "../compiler/templates/linalg-columns.js";
import { francisKernels } from "../compiler/templates/linalg-francis.js";
import { householderKernels } from "../compiler/templates/linalg-householder.js";
import { luKernels } from "../compiler/templates/linalg-lu.js";
import { rotationKernels } from "../compiler/templates/linalg-rotations.js";
import { spectralKernels } from "../compiler/templates/linalg-spectral.js";
import { triangularKernels, trsmScratchBytes } from "../compiler/templates/linalg-triangular.js";
import { vectorKernels } from "../compiler/templates/linalg-vectors.js";
import { dynamicMatmul, dynamicMatmulScratchBytes } from "../compiler/templates/matmul-dynamic.js";
import { defineBarrier } from "../targets/wasm/barrier.js";
import { emitModule } from "../targets/wasm/emit.js";
import { enableRelaxedSimd } from "../targets/wasm/features.js";
import { device } from "./device.js";
import { KernelTeam, threadsOf } from "./kernel-team.js";
import { OutOfMemoryError, ProgramMemory } from "./memory.js";
import type { TeamProgram } from "./pool.js";

type Call = (...args: number[]) => void;

/** The compiled functions for one dtype over one memory. */
export interface Kernels {
  readonly calls: Readonly<Record<string, Call>>;
  /** Byte address of the scratch of products; small results lie before it. */
  readonly scratch: number;
  readonly result: number;
  /** Runs kernels on several threads; undefined where memory is not shared. */
  readonly team: KernelTeam | undefined;
}

const compiled = new WeakMap<ProgramMemory, Partial<Record<FloatDType, Kernels>>>();
/** Where kernels run when programs run elsewhere. */
let separate: ProgramMemory | undefined;

export function currentMemory(): ProgramMemory {
  const { memory } = device() as { readonly memory?: unknown };
  if (memory instanceof ProgramMemory) return memory;
  separate ??= new ProgramMemory(false);
  return separate;
}

export function kernelsFor(memory: ProgramMemory, dtype: FloatDType): Kernels {
  let known = compiled.get(memory);
  if (known === undefined) {
    known = {};
    compiled.set(memory, known);
  }
  known[dtype] ??= compileKernels(memory, dtype);
  return known[dtype];
}

const resultBytes = 64;

function compileKernels(memory: ProgramMemory, dtype: FloatDType): Kernels {
  const scalar = dtype === "float64" ? "f64" : "f32";
  const functions = [
    dynamicMatmul(scalar, `gemm_${scalar}`),
    dynamicGemv(scalar, `gemv_${scalar}`),
    ...vectorKernels(scalar),
    ...triangularKernels(scalar),
    ...luKernels(scalar),
    ...householderKernels(scalar),
    ...rotationKernels(scalar),
    ...spectralKernels(scalar),
    ...francisKernels(scalar),
    ...(scalar === "f64" ? columnKernels() : []),
  ];
  const { shared } = memory;
  const exported = functions.map((f) => f.name);
  const bytes = emitModule(shared ? [...functions, kernelTeam(functions)] : functions, {
    memory: { shared, maximumPages: memory.maximumPages },
    fma: enableRelaxedSimd(),
    exports: shared ? [...exported, parallelName] : exported,
    ...(shared
      ? {
          imports: [{ name: "stalled", params: 0 }],
          prelude: (module, indexOf) => new Map([[barrierName, defineBarrier(module, indexOf("stalled"), undefined)]]),
        }
      : {}),
  });
  const module = new WebAssembly.Module(bytes);
  const stalled = (): void => threadsOf(memory)?.stalled();
  const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory, stalled } });
  const calls = Object.fromEntries(functions.map((f) => [f.name.slice(0, -4), exports[f.name] as Call]));
  const size = Math.max(dynamicMatmulScratchBytes(scalar), trsmScratchBytes);
  const result = allocateBlock(memory, resultBytes + size);
  const parallel = exports[parallelName] as TeamProgram["parallel"];
  const team = shared ? new KernelTeam(memory, dtype, functions, { module, parallel, scratchBytes: size }) : undefined;
  return { calls, result, scratch: result + resultBytes, team };
}

export function allocateBlock(memory: ProgramMemory, bytes: number): number {
  const address = memory.tryAllocate(bytes);
  if (address === undefined) throw new OutOfMemoryError(bytes, memory.allocatedBytes);
  return address;
}
