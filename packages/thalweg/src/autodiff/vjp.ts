/** Reverse mode: cotangents pulled back through the graph, one rule a primitive. */
import { isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { binary, cast, div, mul, select, sum, swapLast } from "../graph/build.js";
import { lastNodeId, make, type Node, type NodeFor } from "../graph/node.js";
import { noteOrigin, recordingOrigins } from "../graph/origins.js";
import type { Primitive } from "../graph/primitives.js";
import { dependents } from "../graph/substitute.js";
import { type Partial, partials } from "./elementwise.js";
import { customVjp, hostVjp } from "./opaque.js";
import { exclusiveProduct, linearRecurrence, productOfOthers, shift } from "./products.js";
import { checkDerivative, hasFloat, type MaybeNode, operand, plus, present, type VjpRule } from "./rule.js";
import { scanVjp } from "./scan.js";
import {
  broadcastAdjoint,
  concatAdjoint,
  expandReduced,
  gatherAdjoint,
  padAdjoint,
  permuteAdjoint,
  reshapeAdjoint,
  scatterSetOperandAdjoint,
  scatterSetUpdatesAdjoint,
  sliceAdjoint,
} from "./views.js";

/**
 * Cotangents of `wrt` from those of `outputs`: Σ over outputs of (∂output/∂wrt)ᵀ · cotangent. Undefined is zero, going in and coming out.
 * Only nodes between `wrt` and `outputs` are visited; what is no float has no cotangent.
 */
export function backward(
  outputs: readonly Node[],
  cotangents: readonly MaybeNode[],
  wrt: readonly Node[],
): MaybeNode[] {
  const { order, dependent } = dependents(
    outputs.filter((_, i) => cotangents[i] !== undefined),
    wrt.filter(hasFloat),
    (node) => node.op !== "stopGradient" && hasFloat(node),
  );
  // A list a node, as long as it has results.
  const found = new Map<Node, MaybeNode[]>();
  const give = (node: Node, index: number, g: MaybeNode): void => {
    if (g === undefined || !dependent.has(node)) return;
    const list = found.get(node) ?? [];
    found.set(node, list);
    list[index] = plus(list[index], g);
  };
  outputs.forEach((output, i) => {
    const g = cotangents[i];
    if (g !== undefined && isFloat(output.dtype)) give(output, 0, checkDerivative("cotangent", output, g));
  });
  for (let i = order.length - 1; i >= 0; i -= 1) {
    const node = present(order[i]);
    const list = found.get(node);
    if (list === undefined) continue;
    if (node.op === "project") {
      give(operand(node, 0), node.params.index, list[0]);
      continue;
    }
    const wanted = node.inputs.map((input) => dependent.has(input));
    if (!wanted.includes(true)) continue;
    const before = lastNodeId();
    const grads = applyVjp(node, list, wanted);
    node.inputs.forEach((input, k) => {
      const g = grads[k];
      if (wanted[k] === true && g !== undefined) give(input, 0, checkDerivative("cotangent", input, g));
    });
    if (recordingOrigins()) noteOrigin(before, { kind: "derivative", of: node });
  }
  return wrt.map((node) => found.get(node)?.[0]);
}

function applyVjp<P extends Primitive>(
  node: NodeFor<P>,
  cotangents: readonly MaybeNode[],
  wanted: readonly boolean[],
): readonly MaybeNode[] {
  const rule: VjpRule<P> = vjpRules[node.op];
  return rule(node, cotangents, wanted);
}

/** A rule from one function an operand, called for the wanted ones only. */
function each<P extends Primitive>(...operands: readonly ((g: Node, node: NodeFor<P>) => MaybeNode)[]): VjpRule<P> {
  return (node, [g], wanted) => {
    const cotangent = present(g);
    return operands.map((rule, i) => (wanted[i] === true ? rule(cotangent, node) : undefined));
  };
}

const diagonal = <P extends keyof typeof partials>(op: P): VjpRule<P> => {
  const list: readonly Partial<P>[] = partials[op];
  return each<P>(...list);
};

/** No float comes out, or nothing goes in. */
const never = (node: { readonly op: Primitive }): never => {
  throw new InternalError(`${node.op} was asked for a cotangent`);
};

const noneOf: (g: Node) => MaybeNode = () => undefined;

/** Max and min: the elements equal to the result share its cotangent equally. */
const extremum = each<"reduceMax" | "reduceMin">((g, node) => {
  const source = operand(node, 0);
  const { axes } = node.params;
  const chosen = binary("eq", source, expandReduced(node as Node, source.shape, axes));
  const share = div(g, sum(cast(chosen, g.dtype), axes));
  return select(chosen, expandReduced(share, source.shape, axes), 0);
});

/**
 * With S the sum over all results that element k takes part in, each without the factors up to k:
 * Sₖ = gₖ + xₖ₊₁ Sₖ₊₁ and x̄ₖ = Sₖ · Πⱼ﹤ₖ xⱼ.
 */
const cumulativeProduct = each<"cumprod">((g, node) => {
  const source = operand(node, 0);
  const { axis, reverse } = node.params;
  const length = source.shape[axis] ?? 0;
  if (length === 0) return undefined;
  if (length === 1) return g;
  const sums = linearRecurrence(shift(source, axis, !reverse, 0), g, axis, !reverse);
  return mul(sums, exclusiveProduct(source, axis, reverse));
});

export const vjpRules: { readonly [P in Primitive]: VjpRule<P> } = {
  input: never,
  buffer: never,
  variable: never,
  literal: never,
  scalar: never,
  iota: never,

  neg: diagonal("neg"),
  abs: diagonal("abs"),
  sign: diagonal("sign"),
  floor: diagonal("floor"),
  ceil: diagonal("ceil"),
  round: diagonal("round"),
  trunc: diagonal("trunc"),
  sqrt: diagonal("sqrt"),
  exp: diagonal("exp"),
  expm1: diagonal("expm1"),
  log: diagonal("log"),
  log1p: diagonal("log1p"),
  sin: diagonal("sin"),
  cos: diagonal("cos"),
  tan: diagonal("tan"),
  asin: diagonal("asin"),
  acos: diagonal("acos"),
  atan: diagonal("atan"),
  sinh: diagonal("sinh"),
  cosh: diagonal("cosh"),
  tanh: diagonal("tanh"),
  asinh: diagonal("asinh"),
  acosh: diagonal("acosh"),
  atanh: diagonal("atanh"),
  erf: diagonal("erf"),
  erfc: diagonal("erfc"),
  sigmoid: diagonal("sigmoid"),
  softplus: diagonal("softplus"),
  relu: diagonal("relu"),
  not: diagonal("not"),
  add: diagonal("add"),
  sub: diagonal("sub"),
  mul: diagonal("mul"),
  div: diagonal("div"),
  floorDiv: diagonal("floorDiv"),
  mod: diagonal("mod"),
  pow: diagonal("pow"),
  max: diagonal("max"),
  min: diagonal("min"),
  atan2: diagonal("atan2"),
  and: diagonal("and"),
  or: diagonal("or"),
  xor: diagonal("xor"),
  shiftLeft: diagonal("shiftLeft"),
  shiftRight: diagonal("shiftRight"),
  integerPow: diagonal("integerPow"),
  select: diagonal("select"),

  eq: never,
  ne: never,
  lt: never,
  le: never,
  threefry: never,
  argmax: never,
  argmin: never,

  cast: each((g, node) => cast(g, operand(node, 0).dtype)),
  reshape: each(reshapeAdjoint),
  permute: each(permuteAdjoint),
  broadcast: each(broadcastAdjoint),
  slice: each(sliceAdjoint),
  pad: each(padAdjoint),
  concat: (node, [g], wanted) =>
    node.inputs.map((_, i) => (wanted[i] === true ? concatAdjoint(present(g), node, i) : undefined)),

  sum: each((g, node) => expandReduced(g, operand(node, 0).shape, node.params.axes)),
  prod: each((g, node) => {
    const source = operand(node, 0);
    const others = productOfOthers(source, node.params.axes);
    const wide = expandReduced(g, source.shape, node.params.axes);
    return others === undefined ? wide : mul(wide, others);
  }),
  reduceMax: extremum,
  reduceMin: extremum,
  cumsum: each((g, { params: { axis, reverse } }) => make("cumsum", [g], { axis, reverse: !reverse })),
  cumprod: cumulativeProduct,

  matmul: each<"matmul">(
    (g, node) => make("matmul", [g, swapLast(operand(node, 1))], {}),
    (g, node) => make("matmul", [swapLast(operand(node, 0)), g], {}),
  ),

  gather: each(gatherAdjoint, noneOf),
  scatterAdd: each<"scatterAdd">(
    (g) => g,
    noneOf,
    (g, node) => make("gather", [g, operand(node, 1)], {}),
  ),
  scatterSet: each(scatterSetOperandAdjoint, noneOf, scatterSetUpdatesAdjoint),

  identity: each((g) => g),
  stopGradient: each(noneOf),
  project: never,
  scan: scanVjp(backward),
  host: hostVjp(backward),
  custom: customVjp(backward),
};
