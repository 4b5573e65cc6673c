/** The yardstick of the benchmarks: fused multiply-adds on registers alone. */
import { type Builder, binary, constant, defineFunction, fma, int, load, local, splat } from "../builder.js";
import { i32, type LoopFunction, vector } from "../ir.js";
import { type FloatScalar, lanesOf } from "./matmul-tile.js";

/** Enough independent chains to fill two pipes of four cycles' latency, few enough for sixteen registers. */
const accumulators = 12;
const unroll = 4;

/** Floating-point operations of one round of the loop. */
export function fmaPeakFlops(scalar: FloatScalar): number {
  return 2 * accumulators * unroll * lanesOf(scalar);
}

/**
 * `name(address, rounds)`: reads two scalars at `address` (a factor and a summand) and leaves one vector there, so that nothing can be
 * left out. Each round costs `fmaPeakFlops(scalar)`.
 */
export function fmaPeak(scalar: FloatScalar, name = `fmaPeak_${scalar}`): LoopFunction {
  const params = [
    { name: "address", type: i32 },
    { name: "rounds", type: i32 },
  ];
  return defineFunction(name, params, (b: Builder, [address = int(0), rounds = int(0)]) => {
    const lanes = lanesOf(scalar);
    const element = { scalar, lanes: 1 };
    const type = vector(scalar, lanes);
    const x = b.let(splat(load(element, address), lanes));
    const y = b.let(splat(load(element, address, 8), lanes));
    const acc = Array.from({ length: accumulators }, () => b.declare(type, "acc"));
    for (const [i, a] of acc.entries()) b.set(a, constant(type, i));
    b.for(int(0), rounds, int(1), () => {
      for (let u = 0; u < unroll; u += 1) for (const a of acc) b.set(a, fma(local(a), x, y));
    });
    b.store(
      address,
      acc.map(local).reduce((sum, a) => binary("add", sum, a)),
    );
  });
}
