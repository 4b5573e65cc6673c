/** Kernels to stages of code, by kind. */
import type { Node } from "../../graph/node.js";
import type { Kernel } from "../schedule.js";
import { memoryOf } from "../terms.js";
import type { Lowered } from "./kernel.js";
import { lowerConcat, lowerMap, lowerPad } from "./map.js";
import { lowerMatmul, type Tiles } from "./matmul.js";
import { lowerReduce } from "./reduce.js";
import { lowerCumulative, lowerScatter } from "./sequential.js";

export function lower(kernel: Kernel, inMemory: (node: Node) => boolean, tiles: Tiles): Lowered {
  switch (kernel.kind) {
    case "map":
      return lowerMap(kernel, inMemory);
    case "reduce":
      return lowerReduce(kernel, inMemory);
    case "matmul":
      return lowerMatmul(kernel, inMemory, tiles);
    case "cumulative":
      return lowerCumulative(kernel, inMemory);
    case "scatter":
      return lowerScatter(kernel, inMemory);
    case "pad":
      return lowerPad(kernel, inMemory);
    case "concat":
      return lowerConcat(kernel, inMemory);
    case "scan":
    case "host":
      // Their steps are written by the program: see program.ts.
      return {
        kernel,
        stages: [],
        reads: kernel.cores[0]?.inputs.map(memoryOf) ?? [],
        writes: kernel.roots,
        inPlace: [],
        scratchBytes: 0,
        threadScratchBytes: 0,
        flops: 0,
      };
  }
}
