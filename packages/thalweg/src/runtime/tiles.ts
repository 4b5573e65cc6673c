/**
 * The register tile for matrix products, chosen by measuring: which one spills depends on the engine and its version. It changes no bit of any
 * result. Measured once, when a program first has a product large enough to matter; until then, and in doubt, the tile that is safe.
 */
import { sizeOf } from "../base/shape.js";
import { addInt, binary, defineFunction, int, mulInt } from "../compiler/builder.js";
import { i32, scalarBytes } from "../compiler/ir.js";
import { type MatmulSpec, matmulKernel, type TileShape, tileCandidates } from "../compiler/templates/matmul.js";
import { type Node, topological } from "../graph/node.js";
import { emitModule } from "../targets/wasm/emit.js";

type FloatScalar = "f32" | "f64";
export type Tiles = Readonly<Record<FloatScalar, TileShape>>;

/** Floating-point operations of a product from which a few percent are worth milliseconds of measuring. */
const worthwhile = 2 ** 24;
/** Milliseconds a candidate is run: the engine's optimising compiler needs most of them. */
const patience = 15;
/** How much faster than the safe tile another must be. */
const margin = 1.04;

const measured = new Map<string, TileShape>();

/** Tiles for a program that computes `outputs`. */
export function tilesFor(outputs: readonly Node[], fma: boolean): Tiles {
  const large = new Set<FloatScalar>();
  for (const node of topological(outputs)) {
    const k = node.inputs[0]?.shape.at(-1) ?? 0;
    if (node.op !== "matmul" || 2 * k * sizeOf(node.shape) < worthwhile) continue;
    if (node.dtype === "float32") large.add("f32");
    if (node.dtype === "float64") large.add("f64");
  }
  const choose = (scalar: FloatScalar): TileShape => {
    const safe = tileCandidates[scalar][0] as TileShape;
    const key = `${scalar}${fma}`;
    const known = measured.get(key);
    if (known !== undefined || !large.has(scalar)) return known ?? safe;
    // On a busy machine one measurement may be wrong; two that agree hardly are.
    const first = measure(scalar, fma, safe);
    const best = first === safe || measure(scalar, fma, safe) === first ? first : safe;
    measured.set(key, best);
    return best;
  };
  return { f32: choose("f32"), f64: choose("f64") };
}

function measure(scalar: FloatScalar, fma: boolean, safe: TileShape): TileShape {
  const candidates = tileCandidates[scalar].map((tile) => ({
    tile,
    run: product(scalar, fma, tile),
    best: Number.POSITIVE_INFINITY,
  }));
  const end = performance.now() + patience * candidates.length;
  while (performance.now() < end) {
    for (const candidate of candidates) {
      const start = performance.now();
      candidate.run();
      candidate.best = Math.min(candidate.best, performance.now() - start);
    }
  }
  const reference = candidates.find((c) => c.tile === safe)?.best ?? Number.POSITIVE_INFINITY;
  let chosen = safe;
  let least = reference / margin;
  for (const { tile, best } of candidates) {
    if (best < least) {
      least = best;
      chosen = tile;
    }
  }
  return chosen;
}

/** A product whose operands stay in the first cache, in a memory of its own. */
function product(scalar: FloatScalar, fma: boolean, tile: TileShape): () => void {
  const [m, n, k] = [48, 48, 64];
  const bytes = scalarBytes(scalar);
  const [a, b, c] = [64, 64 + m * k * bytes, 64 + (m * k + k * n) * bytes];
  const scratch = c + m * n * bytes;
  const spec: MatmulSpec = {
    scalar,
    m,
    n,
    k,
    a: { row: k, col: 1 },
    b: { row: n, col: 1 },
    tile,
    epilogue: (builder, value, { row, col }) => {
      builder.store(addInt(int(c), mulInt(addInt(mulInt(row, int(n)), col), int(bytes))), value);
    },
  };
  const kernel = matmulKernel(spec);
  const run = defineFunction("run", [{ name: "turns", type: i32 }], (builder, [turns = int(0)]) => {
    builder.for(int(0), turns, int(1), () => {
      for (const stage of kernel.stages) {
        const end = scratch + kernel.scratchBytes;
        const env = { a: int(a), b: int(b), scratch: int(scratch), threadScratch: int(end) };
        stage.emit(builder, binary("and", turns, int(0)), int(stage.blocks), env);
      }
    });
  });
  const pages = Math.ceil((scratch + kernel.scratchBytes + kernel.threadScratchBytes) / 65536) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(
    emitModule([run], { memory: { shared: false, maximumPages: pages }, fma, exports: ["run"] }),
  );
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { run: call } = instance.exports as { readonly run: (turns: number) => void };
  return () => call(4);
}
