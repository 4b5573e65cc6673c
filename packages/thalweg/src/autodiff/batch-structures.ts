/** Batching of the ops that hold a piece of program: scan, host, custom; and of threefry, which makes one stream a key. */
import { concat, full, reshape, sum } from "../graph/build.js";
import { loop } from "../graph/loop.js";
import { make, makeInput, type Node, project } from "../graph/node.js";
import type { CustomRule, HostOp } from "../graph/primitives.js";
import { batch, common, moveLeading, moveToFront, shapeOfOne, withLeadingAxis } from "./batching.js";
import { type Batched, type BatchRule, type MaybeNode, present, type Vectorize } from "./rule.js";
import { reachedCarries } from "./scan.js";

export const batchScan =
  (vectorize: Vectorize): BatchRule<"scan"> =>
  (node, operands, size) => {
    const { body, constants, carries, length, reverse } = node.params;
    const reached = reachedCarries(
      node,
      operands.map((x) => x.batched),
      () => true,
    );
    const flags = operands.map((x, i) => x.batched || reached[i - constants] === true);
    let emits: boolean[] = [];
    const result = loop(
      {
        constants: operands.slice(0, constants).map((x) => x.node),
        carries: operands
          .slice(constants, constants + carries)
          .map((x, k) => (reached[k] === true ? withLeadingAxis(x, size) : x.node)),
        stacked: operands.slice(constants + carries).map((x) => (x.batched ? moveLeading(x.node, 1) : x.node)),
        length,
        reverse,
      },
      (c, h, x) => {
        const inside = new Map<Node, Batched>();
        [...c, ...h, ...x].forEach((value, i) => {
          inside.set(present(body.inputs[i]), { node: value, batched: flags[i] === true });
        });
        const outputs = vectorize(body.outputs, inside, size);
        emits = outputs.slice(carries).map((y) => y.batched);
        return {
          carries: outputs.slice(0, carries).map((y, k) => (reached[k] === true ? withLeadingAxis(y, size) : y.node)),
          stacked: outputs.slice(carries).map((y) => y.node),
        };
      },
    );
    return [
      ...result.carries.map((h, k) => ({ node: h, batched: reached[k] === true })),
      ...result.stacked.map((y, i) => (emits[i] === true ? batch(moveToFront(y, 1)) : common(y))),
    ];
  };

/** The key decides the stream, so each example's bits are those that it would have alone. */
export const batchThrefry: BatchRule<"threefry"> = (node, [key], size) => {
  const result = loop(
    { constants: [], carries: [], stacked: [present(key).node], length: size, reverse: false },
    (_, __, [one]) => ({
      carries: [],
      stacked: [make("threefry", [present(one)], node.params)],
    }),
  );
  return [batch(present(result.stacked[0]))];
};

export const batchHost =
  (vectorize: Vectorize): BatchRule<"host"> =>
  (node, operands, size) => {
    const { op } = node.params;
    const flags = operands.map((x) => x.batched);
    const outputs = node.outputs ?? [];
    if (op.batch !== undefined) {
      const wide = withDerivatives(op.batch(flags), batchRules(op, flags, size, vectorize));
      const many = make(
        "host",
        operands.map((x) => x.node),
        { op: wide },
      );
      return outputs.map((_, i) => batch(project(many, i)));
    }
    const runs = Array.from({ length: size }, (_, b) =>
      make(
        "host",
        operands.map((x) => (x.batched ? example(x.node, b) : x.node)),
        { op },
      ),
    );
    return outputs.map((y, i) => {
      if (runs.length === 0) return batch(full([0, ...y.shape], 0, y.dtype));
      return batch(
        concat(
          runs.map((run) => reshape(project(run, i), [1, ...y.shape])),
          0,
        ),
      );
    });
  };

function example(x: Node, index: number): Node {
  const start = x.shape.map((_, i) => (i === 0 ? index : 0));
  const size = x.shape.map((d, i) => (i === 0 ? 1 : d));
  return reshape(make("slice", [x], { start, size, step: x.shape.map(() => 1) }), x.shape.slice(1));
}

/** What a batched op brings itself comes first. */
function withDerivatives(op: HostOp, rules: Pick<HostOp, "vjp" | "jvp">): HostOp {
  return op.vjp === undefined && op.jvp === undefined ? { ...op, ...rules } : op;
}

/** A wrapped graph stays wrapped when it has a rule, so that the rule still holds; else nothing is lost by unwrapping it. */
export const batchCustom =
  (vectorize: Vectorize): BatchRule<"custom"> =>
  (node, operands, size) => {
    const { body, rule } = node.params;
    const flags = operands.map((x) => x.batched);
    const inside = (nodes: readonly Node[]): Batched[] => {
      const replacement = new Map<Node, Batched>();
      nodes.forEach((value, i) => {
        replacement.set(present(body.inputs[i]), { node: value, batched: flags[i] === true });
      });
      return vectorize(body.outputs, replacement, size);
    };
    if (rule.vjp === undefined && rule.jvp === undefined) return inside(operands.map((x) => x.node));
    const slots = operands.map((x) => makeInput("operand", x.node));
    const outputs = inside(slots).map((y) => withLeadingAxis(y, size));
    const many = make(
      "custom",
      operands.map((x) => x.node),
      { body: { inputs: slots, outputs }, rule: { name: rule.name, ...batchRules(rule, flags, size, vectorize) } },
    );
    return outputs.map((_, i) => batch(project(many, i)));
  };

type RuleFunction = NonNullable<CustomRule["vjp"]>;

/** The rules of an op as rules of the op over a batch: written for one example, then vectorised. All results have the batch axis. */
function batchRules(
  rules: Pick<CustomRule, "vjp" | "jvp">,
  flags: readonly boolean[],
  size: number,
  vectorize: Vectorize,
): Pick<CustomRule, "vjp" | "jvp"> {
  const lifted =
    (rule: RuleFunction, ofVector: (i: number) => boolean, finish: (y: Batched, i: number) => Node): RuleFunction =>
    (inputs, outputs, vectors) => {
      const replacement = new Map<Node, Batched>();
      const one = (x: Node, batched: boolean): Node => {
        if (!batched) return x;
        const slot = makeInput("example", { shape: shapeOfOne({ node: x, batched }), dtype: x.dtype });
        replacement.set(slot, batch(x));
        return slot;
      };
      const results = rule(
        inputs.map((x, i) => one(x, flags[i] === true)),
        outputs.map((y) => one(y, true)),
        vectors.map((v, i) => (v === undefined ? undefined : one(v, ofVector(i)))),
      );
      const wide = vectorize(
        results.filter((y) => y !== undefined),
        replacement,
        size,
      );
      let next = 0;
      return results.map((y, i): MaybeNode => (y === undefined ? undefined : finish(present(wide[next++]), i)));
    };
  const { vjp, jvp } = rules;
  return {
    ...(vjp && {
      vjp: lifted(
        vjp,
        () => true,
        // An operand common to all examples has a part in each: the parts add up.
        (y, i) => (flags[i] === true ? withLeadingAxis(y, size) : sum(withLeadingAxis(y, size), [0])),
      ),
    }),
    ...(jvp && {
      jvp: lifted(
        jvp,
        (i) => flags[i] === true,
        (y) => withLeadingAxis(y, size),
      ),
    }),
  };
}
