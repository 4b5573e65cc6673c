/**
 * Derivatives of ops that bring rules of their own. Where only one of the two rules is given the other follows from it, since both are linear
 * in their last argument: the vjp is the transpose of the jvp and the other way round, and reverse mode transposes.
 */

import { isFloat } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { full } from "../graph/build.js";
import { make, type Node, type NodeFor, project } from "../graph/node.js";
import type { CustomRule } from "../graph/primitives.js";
import { instantiate } from "../graph/substitute.js";
import type { Backward, Forward, JvpRule, MaybeNode, VjpRule } from "./rule.js";

type Rules = Pick<CustomRule, "vjp" | "jvp">;

/** A point to transpose at; its value has no influence. */
const origin = (x: Node): MaybeNode =>
  isFloat(x.dtype) ? make("identity", [full(x.shape, 0, x.dtype)], {}) : undefined;

const results = (node: NodeFor<"host"> | NodeFor<"custom">): Node[] =>
  (node.outputs ?? []).map((_, i) => project(node as Node, i));

function pullBack(
  node: NodeFor<"host"> | NodeFor<"custom">,
  rules: Rules,
  cotangents: readonly MaybeNode[],
  wanted: readonly boolean[],
  backward: Backward,
): readonly MaybeNode[] | undefined {
  const outputs = results(node);
  const given = outputs.map((_, i) => cotangents[i]);
  if (rules.vjp !== undefined) return rules.vjp(node.inputs, outputs, given);
  if (rules.jvp === undefined) return undefined;
  const tangents = node.inputs.map((input, i) => (wanted[i] === true ? origin(input) : undefined));
  const moved = rules.jvp(node.inputs, outputs, tangents);
  return transpose(moved, given, tangents, backward);
}

function pushForward(
  node: NodeFor<"host"> | NodeFor<"custom">,
  rules: Rules,
  tangents: readonly MaybeNode[],
  backward: Backward,
): readonly MaybeNode[] | undefined {
  const outputs = results(node);
  if (rules.jvp !== undefined) return rules.jvp(node.inputs, outputs, tangents);
  if (rules.vjp === undefined) return undefined;
  const cotangents = outputs.map(origin);
  const pulled = rules.vjp(node.inputs, outputs, cotangents);
  return transpose(pulled, tangents, cotangents, backward);
}

/** `images` are linear in `points`: the transpose of that map, applied to `vectors`. */
function transpose(
  images: readonly MaybeNode[],
  vectors: readonly MaybeNode[],
  points: readonly MaybeNode[],
  backward: Backward,
): MaybeNode[] {
  const pairs = images.flatMap((image, i) => {
    const vector = vectors[i];
    return image === undefined || vector === undefined ? [] : [{ image, vector }];
  });
  const open = points.filter((p) => p !== undefined);
  const found = backward(
    pairs.map((p) => p.image),
    pairs.map((p) => p.vector),
    open,
  );
  return points.map((p) => (p === undefined ? undefined : found[open.indexOf(p)]));
}

export const hostVjp =
  (backward: Backward): VjpRule<"host"> =>
  (node, cotangents, wanted) =>
    pullBack(node, node.params.op, cotangents, wanted, backward) ?? refuse(node.params.op.name);

export const hostJvp =
  (backward: Backward): JvpRule<"host"> =>
  (node, tangents) =>
    pushForward(node, node.params.op, tangents, backward) ?? refuse(node.params.op.name);

export const customVjp =
  (backward: Backward): VjpRule<"custom"> =>
  (node, cotangents, wanted) => {
    const ruled = pullBack(node, node.params.rule, cotangents, wanted, backward);
    if (ruled !== undefined) return ruled;
    const inputs = node.inputs.map((input) => make("identity", [input], {}));
    return backward(instantiate(node.params.body, inputs), cotangents, inputs);
  };

export const customJvp =
  (forward: Forward, backward: Backward): JvpRule<"custom"> =>
  (node, tangents) => {
    const ruled = pushForward(node, node.params.rule, tangents, backward);
    if (ruled !== undefined) return ruled;
    const inputs = node.inputs.map((input) => make("identity", [input], {}));
    return forward(instantiate(node.params.body, inputs), inputs, tangents);
  };

function refuse(name: string): never {
  throw new UserError(
    `${name} has no derivative. Put stopGradient around its argument if none should flow, or wrap it with customDerivative and give a rule`,
  );
}
