/** The code of the run-time-size kernels: compiled by families on first need, once for each dtype and memory. */
import type { FloatDType } from "../base/dtype.js";
import { barrierName, parallelName } from "../compiler/entry-points.js";
import { kernelTeam } from "../compiler/templates/kernel-team.js";
import type { FloatScalar } from "../compiler/templates/matmul-tile.js";
import { defineBarrier } from "../targets/wasm/barrier.js";
import { emitModule } from "../targets/wasm/emit.js";
import { enableRelaxedSimd } from "../targets/wasm/features.js";
import { device } from "./device.js";
import { type FamilyName, familyNamed, type KernelName, kernelScratchBytes, writeFamily } from "./kernel-families.js";
import { KernelTeam, threadsOf } from "./kernel-team.js";
import { OutOfMemoryError, ProgramMemory } from "./memory.js";
import type { TeamProgram } from "./pool.js";

type Call = (...args: number[]) => void;

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
  known[dtype] ??= new Kernels(memory, dtype);
  return known[dtype];
}

const resultBytes = 64;

/** The kernels for one dtype over one memory. */
export class Kernels {
  /** Byte address of the scratch of products and substitutions; small results lie before it. */
  readonly scratch: number;
  readonly result: number;
  private readonly memory: ProgramMemory;
  private readonly dtype: FloatDType;
  private readonly scratchBytes: number;
  private readonly calls = new Map<KernelName, Call>();
  private readonly teams = new Map<FamilyName, KernelTeam>();

  constructor(memory: ProgramMemory, dtype: FloatDType) {
    this.memory = memory;
    this.dtype = dtype;
    this.scratchBytes = kernelScratchBytes(scalarOf(dtype));
    this.result = allocateBlock(memory, resultBytes + this.scratchBytes);
    this.scratch = this.result + resultBytes;
  }

  call(name: KernelName): Call {
    const known = this.calls.get(name);
    if (known !== undefined) return known;
    this.compile(familyNamed(name));
    return this.call(name);
  }

  /** Runs it on several threads; undefined where memory is not shared. */
  team(name: KernelName): KernelTeam | undefined {
    this.call(name);
    return this.teams.get(familyNamed(name));
  }

  private compile(family: FamilyName): void {
    const { memory, dtype, scratchBytes } = this;
    const { shared } = memory;
    const kernels = writeFamily(family, scalarOf(dtype));
    const functions = [...kernels.values()];
    const exported = functions.map((f) => f.name);
    const bytes = emitModule(shared ? [...functions, kernelTeam(functions)] : functions, {
      memory: { shared, maximumPages: memory.maximumPages },
      fma: enableRelaxedSimd(),
      exports: shared ? [...exported, parallelName] : exported,
      ...(shared
        ? {
            imports: [{ name: "stalled", params: 0 }],
            prelude: (module, indexOf) =>
              new Map([[barrierName, defineBarrier(module, indexOf("stalled"), undefined)]]),
          }
        : {}),
    });
    const module = new WebAssembly.Module(bytes);
    const stalled = (): void => threadsOf(memory)?.stalled();
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory, stalled } });
    for (const [name, { name: code }] of kernels) this.calls.set(name, exports[code] as Call);
    if (!shared) return;
    const parallel = exports[parallelName] as TeamProgram["parallel"];
    this.teams.set(family, new KernelTeam(memory, dtype, kernels, { module, parallel, scratchBytes }));
  }
}

function scalarOf(dtype: FloatDType): FloatScalar {
  return dtype === "float64" ? "f64" : "f32";
}

export function allocateBlock(memory: ProgramMemory, bytes: number): number {
  const address = memory.tryAllocate(bytes);
  if (address === undefined) throw new OutOfMemoryError(bytes, memory.allocatedBytes);
  return address;
}
