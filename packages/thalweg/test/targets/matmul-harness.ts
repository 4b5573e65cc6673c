/** Runs one matrix product through its kernel and returns the dense result, for tests. */
import { addInt, constant, defineFunction, int, mulInt } from "../../src/compiler/builder.js";
import { type Expr, scalarBytes } from "../../src/compiler/ir.js";
import { type MatmulSpec, matmulKernel, type ResultPosition } from "../../src/compiler/templates/matmul.js";
import { program } from "./wasm-program.js";

export type Elements = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
export type ProductSpec = Omit<MatmulSpec, "epilogue">;

export interface RunOptions {
  readonly fma?: boolean;
  /** Runs the blocks of each stage one by one, the last first. */
  readonly backwards?: boolean;
  readonly observe?: (at: ResultPosition) => void;
}

export function elementsOf(scalar: MatmulSpec["scalar"], length: number): Elements {
  if (scalar === "i32") return new Int32Array(length);
  return scalar === "f32" ? new Float32Array(length) : new Float64Array(length);
}

export function batchesOf(spec: ProductSpec): number {
  return (spec.batch?.dims ?? []).reduce((x, y) => x * y, 1);
}

function extents(spec: ProductSpec, which: "a" | "b"): number[] {
  const [rows, cols] = which === "a" ? [spec.m, spec.k] : [spec.k, spec.n];
  const { row, col } = spec[which];
  const batch = (spec.batch?.dims ?? []).map((d, i) => (d - 1) * (spec.batch?.[which][i] ?? 0));
  return [Math.max(0, rows - 1) * row, Math.max(0, cols - 1) * col, ...batch];
}

/** Elements that an operand spans. */
export function spanOf(spec: ProductSpec, which: "a" | "b"): number {
  return extents(spec, which).reduce((sum, e) => sum + Math.abs(e), 1);
}

/** Where its first element lies: strides may be negative. */
export function originOf(spec: ProductSpec, which: "a" | "b"): number {
  return extents(spec, which).reduce((sum, e) => sum + Math.max(0, -e), 0);
}

/** C = A·B, batch × m × n in rows. Around the operands and the result lie NaN (or a marker): reading or writing beyond shows. */
export function runProduct(spec: ProductSpec, a: Elements, b: Elements, options: RunOptions = {}): Elements {
  const size = scalarBytes(spec.scalar);
  const { m, n } = spec;
  const count = batchesOf(spec) * m * n;
  const kernel = matmulKernel({
    ...spec,
    epilogue: (builder, value, at) => {
      options.observe?.(at);
      const index = addInt(mulInt(at.batch, int(m * n)), addInt(mulInt(at.row, int(n)), at.col));
      builder.store(addInt(base("c"), mulInt(index, int(size))), value);
    },
  });
  const guard = 64;
  const sizes = {
    a: a.length * size,
    b: b.length * size,
    c: count * size,
    scratch: kernel.scratchBytes,
    thread: kernel.threadScratchBytes,
  };
  const offsets: Record<string, number> = {};
  let top = guard;
  for (const [name, bytes] of Object.entries(sizes)) {
    offsets[name] = top;
    top += Math.ceil((bytes + guard) / 16) * 16;
  }
  function base(name: string): Expr {
    return int(offsets[name] ?? 0);
  }
  const env = {
    a: addInt(base("a"), int(originOf(spec, "a") * size)),
    b: addInt(base("b"), int(originOf(spec, "b") * size)),
    scratch: base("scratch"),
    threadScratch: base("thread"),
  };
  const functions = kernel.stages.map((stage, i) =>
    defineFunction(
      `stage${i}`,
      [
        { name: "start", type: { scalar: "i32", lanes: 1 } },
        { name: "end", type: { scalar: "i32", lanes: 1 } },
      ],
      (builder, [start = int(0), end = int(0)]) => stage.emit(builder, start, end, env),
    ),
  );
  // blocks with constant bounds take other paths through the emitter
  functions.push(
    defineFunction("all", [], (builder) => {
      for (const stage of kernel.stages) stage.emit(builder, int(0), int(stage.blocks), env);
      builder.store(int(0), constant({ scalar: "i32", lanes: 1 }, 1));
    }),
  );
  const p = program(functions, {
    pages: Math.ceil(top / 65536) + 1,
    ...(options.fma === undefined ? {} : { fma: options.fma }),
  });
  const poison = new Uint32Array(p.memory.buffer);
  poison.fill(spec.scalar === "i32" ? 0x5a5a5a5a : 0xffffffff);
  const view = (name: string, length: number): Elements => {
    const at = offsets[name] ?? 0;
    if (spec.scalar === "i32") return new Int32Array(p.memory.buffer as ArrayBuffer, at, length);
    return spec.scalar === "f32"
      ? new Float32Array(p.memory.buffer as ArrayBuffer, at, length)
      : new Float64Array(p.memory.buffer as ArrayBuffer, at, length);
  };
  view("a", a.length).set(a);
  view("b", b.length).set(b);
  if (options.backwards === true) {
    for (const [i, stage] of kernel.stages.entries()) {
      for (let block = stage.blocks - 1; block >= 0; block -= 1) p.call(`stage${i}`, block, block + 1);
    }
  } else {
    p.call("all");
  }
  const { c = 0 } = offsets;
  const end = c + count * size;
  const bytes = new Uint8Array(p.memory.buffer);
  const marker = spec.scalar === "i32" ? 0x5a : 0xff;
  for (let i = 0; i < 16; i += 1) {
    if (bytes[c - 1 - i] !== marker || bytes[end + i] !== marker) throw new Error("written outside the result");
  }
  return view("c", count).slice() as Elements;
}
