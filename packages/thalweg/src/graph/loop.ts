/**
 * Scans built from a function. The body becomes a closed graph: what it uses from outside is lifted to a constant of the scan, so that
 * derivatives flow to it and nothing is computed anew in each round. The carry that enters each round is stacked as a further result,
 * because reverse mode needs it; whoever simplifies drops it where nobody looks.
 */
import { close } from "./closure.js";
import { make, makeInput, type Node, project, topological } from "./node.js";

export interface Loop {
  readonly constants: readonly Node[];
  readonly carries: readonly Node[];
  /** Each [length, …]. */
  readonly stacked: readonly Node[];
  readonly length: number;
  readonly reverse: boolean;
}

export interface Round {
  readonly carries: readonly Node[];
  readonly stacked: readonly Node[];
}

export interface LoopResult {
  readonly carries: readonly Node[];
  readonly stacked: readonly Node[];
}

export function loop(
  spec: Loop,
  body: (constants: readonly Node[], carries: readonly Node[], slices: readonly Node[]) => Round,
): LoopResult {
  const constants = spec.constants.map((x) => makeInput("constant", x));
  const carries = spec.carries.map((x) => makeInput("carry", x));
  const slices = spec.stacked.map((x) => makeInput("slice", { shape: x.shape.slice(1), dtype: x.dtype }));
  const round = body(constants, carries, slices);
  const saved = carries.filter((carry) => !round.stacked.includes(carry));
  const open = [...round.carries, ...round.stacked, ...saved];

  const { outputs, lifted } = close(open, [...constants, ...carries, ...slices]);

  const reached = new Set(topological(outputs));
  const used = (placeholders: readonly Node[], values: readonly Node[]): [readonly Node[], readonly Node[]] => [
    placeholders.filter((p) => reached.has(p)),
    values.filter((_, i) => reached.has(placeholders[i] as Node)),
  ];
  const [constantSlots, constantValues] = used(constants, spec.constants);
  const [sliceSlots, sliceValues] = used(slices, spec.stacked);
  const node = make("scan", [...constantValues, ...lifted.keys(), ...spec.carries, ...sliceValues], {
    body: { inputs: [...constantSlots, ...lifted.values(), ...carries, ...sliceSlots], outputs },
    length: spec.length,
    reverse: spec.reverse,
    constants: constantSlots.length + lifted.size,
    carries: carries.length,
  });
  return {
    carries: carries.map((_, i) => project(node, i)),
    stacked: round.stacked.map((_, i) => project(node, carries.length + i)),
  };
}
