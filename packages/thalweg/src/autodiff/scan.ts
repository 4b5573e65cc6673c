/** Derivatives of scan: again scans, over graphs that the rules of the body's primitives write. */
import { add, zerosLike } from "../graph/build.js";
import { loop } from "../graph/loop.js";
import { type Node, type NodeFor, project } from "../graph/node.js";
import { dependents, instantiate } from "../graph/substitute.js";
import {
  type Backward,
  type Forward,
  hasFloat,
  type JvpRule,
  type MaybeNode,
  operand,
  present,
  type VjpRule,
} from "./rule.js";

interface Parts<T> {
  readonly constants: readonly T[];
  readonly carries: readonly T[];
  readonly stacked: readonly T[];
}

function split<T>(node: NodeFor<"scan">, list: readonly T[]): Parts<T> {
  const { constants, carries } = node.params;
  return {
    constants: list.slice(0, constants),
    carries: list.slice(constants, constants + carries),
    stacked: list.slice(constants + carries),
  };
}

/** The carries that entered each round, [length, …]: taken from the scan where it stacks them, else had by running it once more. */
function enteringCarries(node: NodeFor<"scan">): readonly Node[] {
  const { body, constants, carries, length, reverse } = node.params;
  const slots = body.inputs.slice(constants, constants + carries);
  const at = slots.map((slot) => body.outputs.indexOf(slot, carries));
  if (!at.includes(-1)) return at.map((i) => project(node, i));
  const parts = split(node, node.inputs);
  const again = loop({ ...parts, length, reverse }, (c, h, x) => ({
    carries: instantiate(body, [...c, ...h, ...x]).slice(0, carries),
    stacked: h,
  }));
  return again.stacked;
}

const carriesDerivative = (node: Node): boolean => node.op !== "stopGradient" && hasFloat(node);

/** Which carries depend on the inputs marked in `roots`, in the first round or a later one, by way of nodes that `passes` admits. */
export function reachedCarries(
  node: NodeFor<"scan">,
  roots: readonly boolean[],
  passes: (node: Node) => boolean,
): boolean[] {
  const { body, constants, carries } = node.params;
  const varies = [...roots];
  for (let changed = true; changed; ) {
    const slots = body.inputs.filter((_, i) => varies[i] === true);
    const { dependent } = dependents(body.outputs, slots, passes);
    changed = false;
    for (let k = 0; k < carries; k += 1) {
      const next = body.outputs[k];
      if (next === undefined || varies[constants + k] === true || !dependent.has(next)) continue;
      varies[constants + k] = true;
      changed = true;
    }
  }
  return varies.slice(constants, constants + carries);
}

const pick = <T>(list: readonly T[], mask: readonly boolean[]): T[] => list.filter((_, i) => mask[i] === true);

/** Gives `values` back the places that `mask` marks. */
function spread(values: readonly MaybeNode[], mask: readonly boolean[]): MaybeNode[] {
  let next = 0;
  return mask.map((marked) => (marked ? values[next++] : undefined));
}

/**
 * Runs the rounds the other way. Each starts from the carry that entered it and does that round anew, carrying back the cotangents of the
 * carries and summing those of the constants.
 */
export const scanVjp =
  (backward: Backward): VjpRule<"scan"> =>
  (node, cotangents, wanted) => {
    const { body, carries, length, reverse } = node.params;
    const parts = split(node, node.inputs);
    const want = split(node, wanted);
    const varying = reachedCarries(node, wanted, carriesDerivative);
    const given = (node.outputs ?? []).map((_, i) => cotangents[i]);
    const stackedGiven = given.slice(carries).map((g) => g !== undefined);
    const saved = enteringCarries(node);
    const wantedConstants = pick(parts.constants, want.constants);
    const dx: { mask: boolean[] } = { mask: [] };

    const starts = pick(
      parts.carries.map((h, k) => given[k] ?? zerosLike(h)),
      varying,
    );
    const result = loop(
      {
        constants: parts.constants,
        carries: [...starts, ...wantedConstants.map(zerosLike)],
        stacked: [...saved, ...parts.stacked, ...pick(given.slice(carries), stackedGiven).map(present)],
        length,
        reverse: !reverse,
      },
      (c, incoming, slices) => {
        const h = slices.slice(0, carries);
        const x = slices.slice(carries, carries + parts.stacked.length);
        const outputs = instantiate(body, [...c, ...h, ...x]);
        const after = spread(incoming.slice(0, starts.length), varying);
        const emitted = spread(slices.slice(carries + parts.stacked.length), stackedGiven);
        const targets = [...pick(c, want.constants), ...pick(h, varying), ...pick(x, want.stacked)];
        const found = backward(outputs, [...after, ...emitted], targets);
        const forConstants = found.slice(0, wantedConstants.length);
        const forCarries = found.slice(wantedConstants.length, wantedConstants.length + starts.length);
        const forSlices = found.slice(wantedConstants.length + starts.length);
        dx.mask = forSlices.map((g) => g !== undefined);
        const sums = incoming.slice(starts.length);
        return {
          carries: [
            ...forCarries.map((g, i) => g ?? zerosLike(present(incoming[i]))),
            ...forConstants.map((g, i) => (g === undefined ? present(sums[i]) : add(present(sums[i]), g))),
          ],
          stacked: forSlices.filter((g) => g !== undefined),
        };
      },
    );
    const ofCarries = spread(result.carries.slice(0, starts.length), varying);
    const ofConstants = spread(result.carries.slice(starts.length), want.constants);
    const ofStacked = spread(spread(result.stacked, dx.mask), want.stacked);
    return [...ofConstants, ...ofCarries, ...ofStacked];
  };

/** Carries the tangents alone; the carries themselves are those that the scan went through. */
export const scanJvp =
  (forward: Forward): JvpRule<"scan"> =>
  (node, tangents) => {
    const { body, carries, length, reverse } = node.params;
    const parts = split(node, node.inputs);
    const moving = split(node, tangents);
    const varying = reachedCarries(
      node,
      tangents.map((t) => t !== undefined),
      carriesDerivative,
    );
    const saved = enteringCarries(node);
    const movingConstants = moving.constants.map((t) => t !== undefined);
    const movingStacked = moving.stacked.map((t) => t !== undefined);
    const emits: { mask: boolean[] } = { mask: [] };
    const result = loop(
      {
        constants: [...parts.constants, ...pick(moving.constants, movingConstants).map(present)],
        carries: pick(
          parts.carries.map((h, k) => moving.carries[k] ?? zerosLike(h)),
          varying,
        ),
        stacked: [...saved, ...parts.stacked, ...pick(moving.stacked, movingStacked).map(present)],
        length,
        reverse,
      },
      (c, th, slices) => {
        const values = [...c.slice(0, parts.constants.length), ...slices.slice(0, carries + parts.stacked.length)];
        const moves = [
          ...spread(c.slice(parts.constants.length), movingConstants),
          ...spread(th, varying),
          ...spread(slices.slice(carries + parts.stacked.length), movingStacked),
        ];
        const outputs = instantiate(body, values);
        const found = forward(outputs, values, moves);
        const emitted = found.slice(carries);
        emits.mask = emitted.map((t) => t !== undefined);
        return {
          carries: pick(
            found.slice(0, carries).map((t, k) => t ?? zerosLike(operand(node, node.params.constants + k))),
            varying,
          ),
          stacked: emitted.filter((t) => t !== undefined),
        };
      },
    );
    return [...spread(result.carries, varying), ...spread(result.stacked, emits.mask)];
  };
