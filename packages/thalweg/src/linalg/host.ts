/**
 * From algorithms on typed arrays to ops on tensors. With values at hand the algorithm runs at once, so that its errors come out of the
 * call; inside a traced function it becomes a host op of the program.
 */
import type { FloatDType, TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { make, makeBuffer, project } from "../graph/node.js";
import type { Aval, HostOp } from "../graph/primitives.js";
import { Tensor } from "../tensor/tensor.js";
import { dependsOnPlaceholder, tracing } from "../tensor/trace.js";

/** A derivative rule builds graphs, also of what happens to have a value: a zero to differentiate at, for one. */
let rulesRunning = 0;

/** The results of `op` on `inputs`. */
export function callHost(op: HostOp, inputs: readonly Tensor[]): Tensor[] {
  const avals: readonly Aval[] = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
  if (rulesRunning > 0 || inputs.some(isSymbolic)) {
    const node = make(
      "host",
      inputs.map((t) => t.node),
      { op },
    );
    return op.outputs(avals).map((_, i) => new Tensor(project(node, i)));
  }
  const results = op.run(
    inputs.map((t) => t.storage(op.name)),
    avals,
  );
  return op.outputs(avals).map(({ shape, dtype }, i) => {
    const storage = results[i];
    if (storage === undefined) throw new InternalError(`${op.name} gave too few results`);
    return new Tensor(makeBuffer(shape, dtype, storage));
  });
}

/** Whether the tensor belongs to a function that is being traced, so that it has no value yet. */
export function isSymbolic(t: Tensor): boolean {
  return tracing() && dependsOnPlaceholder(t.node);
}

/** Derivative rules over tensors. Missing cotangents and tangents are undefined. One of the two is enough: the other is its transpose. */
export interface TensorRules {
  readonly vjp?: (
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    cotangents: readonly (Tensor | undefined)[],
  ) => readonly (Tensor | undefined)[];
  readonly jvp?: (
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    tangents: readonly (Tensor | undefined)[],
  ) => readonly (Tensor | undefined)[];
}

/** A host op whose rules are written with tensors. */
export function hostOp(
  name: string,
  key: string,
  outputs: (inputs: readonly Aval[]) => readonly Aval[],
  run: (inputs: readonly TypedArray[], avals: readonly Aval[]) => readonly TypedArray[],
  rules?: TensorRules,
): HostOp {
  return {
    name,
    key,
    outputs,
    run,
    ...(rules?.vjp && { vjp: lift(rules.vjp) }),
    ...(rules?.jvp && { jvp: lift(rules.jvp) }),
  };
}

type TensorRule = NonNullable<TensorRules["vjp"]>;

function lift(rule: TensorRule): NonNullable<HostOp["vjp"]> {
  return (inputs, outputs, along) => {
    rulesRunning += 1;
    try {
      return rule(
        inputs.map((n) => new Tensor(n)),
        outputs.map((n) => new Tensor(n)),
        along.map((n) => (n === undefined ? undefined : new Tensor(n))),
      ).map((t) => t?.node);
    } finally {
      rulesRunning -= 1;
    }
  };
}

/** The first input's shape and dtype. */
export function firstAval(inputs: readonly Aval[]): Aval {
  return inputs[0] ?? { shape: [0, 0], dtype: "float64" };
}

/** The dtype of an input that was made a float before. */
export function floatDType(aval: Aval | undefined): FloatDType {
  return aval?.dtype === "float32" ? "float32" : "float64";
}
