/**
 * Einstein summation on nodes. Every operand is first brought to one axis a label (diagonals, then sums over labels that occur nowhere
 * else); then operands are contracted two at a time, left to right, each contraction as one batched matrix product.
 */
import { promote } from "../../base/dtype.js";
import { ShapeError, UserError } from "../../base/errors.js";
import { formatShape, type Shape, sizeOf } from "../../base/shape.js";
import { broadcastTo, cast, mul, permute, reshape, sum } from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { numeric } from "./elementwise.js";
import { diagonal } from "./linear.js";

/** A node whose axes are named. */
interface Term {
  readonly node: Node;
  readonly labels: readonly string[];
}

export function einsum(equation: string, operands: readonly Node[]): Node {
  if (typeof equation !== "string")
    throw new UserError('einsum: the first argument is the equation, as in einsum("ij,jk->ik", a, b)');
  if (operands.length === 0) throw new UserError(`einsum: "${equation}" needs operands`);
  const dtype = numeric(operands.map((x) => x.dtype).reduce(promote));
  const { inputs, output } = parse(equation, operands);
  const sizes = labelSizes(equation, inputs, operands);
  let terms = operands.map((x, i) => single(cast(x, dtype), inputs[i] ?? [], sizes));
  const last = terms.length;
  for (let i = 1; i < last; i += 1) {
    const [a, b, ...rest] = terms as [Term, Term, ...Term[]];
    const needed = new Set([...output, ...rest.flatMap((t) => t.labels)]);
    terms = [
      contract(
        sumExcept(a, new Set([...needed, ...b.labels])),
        sumExcept(b, new Set([...needed, ...a.labels])),
        needed,
        sizes,
      ),
      ...rest,
    ];
  }
  const [term] = terms;
  if (term === undefined) throw new UserError(`einsum: "${equation}" needs operands`);
  const result = sumExcept(term, new Set(output));
  const full = permute(
    result.node,
    output.map((label) => result.labels.indexOf(label)),
  );
  return broadcastTo(
    full,
    output.map((label) => sizes.get(label) ?? 1),
  );
}

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Axes that an ellipsis stands for are labelled by their distance from its end: "…1" is the last. */
function ellipsisLabels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `…${count - i}`);
}

function parse(equation: string, operands: readonly Node[]): Equation {
  const bad = (why: string): never => {
    const list = operands.map((x) => formatShape(x.shape)).join(", ");
    throw new ShapeError(`einsum: "${equation}" with ${list}: ${why}`);
  };
  const compact = equation.replaceAll(/\s/g, "");
  const sides = compact.split("->");
  if (sides.length > 2) bad("more than one ->");
  const groups = (sides[0] ?? "").split(",");
  if (groups.length !== operands.length) bad(`${groups.length} groups of labels for ${operands.length} operands`);
  const letters = (group: string): string[] => {
    const parts = group.split("...");
    if (parts.length > 2) bad(`more than one ... in "${group}"`);
    const wrong = parts.join("").match(/[^A-Za-z]/);
    if (wrong !== null) bad(`"${wrong[0]}" is no label; use letters, and ... for the axes between`);
    return parts;
  };
  let widest = 0;
  const inputs = groups.map((group, i) => {
    const rank = operands[i]?.shape.length ?? 0;
    const [before = "", after] = letters(group);
    const named = before.length + (after?.length ?? 0);
    if (after === undefined ? named !== rank : named > rank)
      bad(`"${group}" names ${named} axes, operand ${i} has ${rank}`);
    const hidden = after === undefined ? 0 : rank - named;
    widest = Math.max(widest, hidden);
    return [...before, ...ellipsisLabels(hidden), ...(after ?? "")];
  });
  if (sides[1] === undefined) {
    const all = inputs.flat().filter((label) => !label.startsWith("…"));
    const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
    return { inputs, output: [...ellipsisLabels(widest), ...once] };
  }
  const [before = "", after] = letters(sides[1]);
  const output = [...before, ...(after === undefined ? [] : ellipsisLabels(widest)), ...(after ?? "")];
  const known = new Set(inputs.flat());
  for (const label of output) {
    if (!known.has(label)) bad(`"${label}" of the result is in no operand`);
    if (output.indexOf(label) !== output.lastIndexOf(label)) bad(`"${label}" is twice in the result`);
  }
  return { inputs, output };
}

/** Named axes must agree (size 1 stretches, as everywhere). */
function labelSizes(
  equation: string,
  inputs: readonly (readonly string[])[],
  operands: readonly Node[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const size = operands[i]?.shape[axis] ?? 1;
      const before = sizes.get(label) ?? 1;
      if (size !== before && size !== 1 && before !== 1) {
        const list = operands.map((x) => formatShape(x.shape)).join(", ");
        throw new ShapeError(
          `einsum: "${equation}" with ${list}: "${label}" has size ${before} and, in operand ${i}, ${size}`,
        );
      }
      sizes.set(label, before === 1 ? size : before);
    });
  });
  return sizes;
}

/** One axis for each label: repeated ones become the diagonal. */
function single(x: Node, labels: readonly string[], sizes: ReadonlyMap<string, number>): Term {
  let node = x;
  let names = [...labels];
  for (let again = repeated(names); again !== undefined; again = repeated(names)) {
    const label = again;
    const [p, q] = [names.indexOf(label), names.lastIndexOf(label)];
    const size = sizes.get(label) ?? 1;
    const square = node.shape.map((d, i) => (i === p || i === q ? size : d));
    node = diagonal("einsum", broadcastTo(node, square), { axes: [p, q] });
    names = [...names.filter((_, i) => i !== p && i !== q), label];
  }
  return { node, labels: names };
}

function repeated(labels: readonly string[]): string | undefined {
  return labels.find((label, i) => labels.indexOf(label) !== i);
}

function sumExcept(term: Term, kept: ReadonlySet<string>): Term {
  const axes = term.labels.flatMap((label, i) => (kept.has(label) ? [] : [i]));
  return { node: sum(term.node, axes), labels: term.labels.filter((label) => kept.has(label)) };
}

/** Σ over the labels of both that are no longer needed. */
function contract(a: Term, b: Term, needed: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const left = a.labels.filter((label) => !shared.includes(label));
  const right = b.labels.filter((label) => !shared.includes(label));
  const size = (term: Term, label: string): number => term.node.shape[term.labels.indexOf(label)] ?? 1;
  const full = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label) ?? 1);
  const leftSizes = left.map((label) => size(a, label));
  const rightSizes = right.map((label) => size(b, label));
  const arrange = (term: Term, order: readonly string[], shape: Shape): Node => {
    const stretched = broadcastTo(
      term.node,
      term.node.shape.map((d, i) =>
        shared.includes(term.labels[i] ?? "") ? (sizes.get(term.labels[i] ?? "") ?? d) : d,
      ),
    );
    return reshape(
      permute(
        stretched,
        order.map((label) => term.labels.indexOf(label)),
      ),
      shape,
    );
  };
  if (inner.length === 0 || (left.length === 0 && right.length === 0)) {
    // Nothing to sum, or one sum for each product: no matrices in it.
    const x = arrange(
      a,
      [...batch, ...inner, ...left],
      [...full(batch), ...full(inner), ...leftSizes, ...right.map(() => 1)],
    );
    const y = arrange(
      b,
      [...batch, ...inner, ...right],
      [...full(batch), ...full(inner), ...left.map(() => 1), ...rightSizes],
    );
    const axes = inner.map((_, i) => batch.length + i);
    return { node: sum(mul(x, y), axes), labels: [...batch, ...left, ...right] };
  }
  const [m, k, n] = [sizeOf(leftSizes), sizeOf(full(inner)), sizeOf(rightSizes)];
  const x = arrange(a, [...batch, ...left, ...inner], [...full(batch), m, k]);
  const y = arrange(b, [...batch, ...inner, ...right], [...full(batch), k, n]);
  const product = make("matmul", [x, y], {});
  return {
    node: reshape(product, [...full(batch), ...leftSizes, ...rightSizes]),
    labels: [...batch, ...left, ...right],
  };
}
