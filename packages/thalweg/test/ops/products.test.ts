import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ContractedAxes,
  type DiagonalOptions,
  diag,
  dot,
  einsum,
  matmul,
  outer,
  type Tensor,
  tensor,
  tensordot,
  tril,
  triu,
  zeros,
} from "../../src/index.js";
import { useDevice } from "../device.js";
import file from "../references/tensor-products.json" with { type: "json" };
import { assertMatches, byOp, inputsOf, labelOf, load } from "./reference.js";

useDevice();

interface Options extends DiagonalOptions {
  readonly equation?: string;
}

const functions: Readonly<Record<string, (x: Tensor, y: Tensor, options: Options, all: readonly Tensor[]) => Tensor>> =
  {
    matmul,
    dot,
    outer,
    tensordot: (x, y, { axes }) => tensordot(x, y, axes as ContractedAxes),
    einsum: (_x, _y, { equation }, all) => einsum(equation ?? "", ...all),
    diagonal: (x, _, o) => x.diagonal(o),
    trace: (x, _, o) => x.trace(o),
    diag: (x, _, o) => diag(x, o),
    tril: (x, _, o) => tril(x, o),
    triu: (x, _, o) => triu(x, o),
  };

describe("products against NumPy", () => {
  for (const [op, rows] of byOp(file)) {
    test(op, () => {
      const method = functions[op];
      assert.ok(method !== undefined, `no function for ${op}`);
      for (const row of rows) {
        const inputs = inputsOf(file, row);
        const all = inputs.map(load);
        const [x, y] = all;
        assert.ok(x !== undefined);
        const result = method(x, y ?? x, (row.options ?? {}) as Options, all);
        assertMatches(result, row.expected, { relative: 4, absolute: 40 }, labelOf(row, inputs));
      }
    });
  }
});

describe("misuse of products", () => {
  const a = zeros([2, 3]);
  const b = zeros([4, 3]);
  const fails = (call: () => unknown, name: string, message: RegExp): void => assert.throws(call, { name, message });
  test("matmul", () => {
    fails(
      () => a.matmul(b),
      "ShapeError",
      /^matmul: \[2, 3\] and \[4, 3\] do not fit: 3 columns on the left, 4 rows on the right; perhaps transpose the second$/,
    );
    fails(() => a.matmul(tensor([1, 2])), "ShapeError", /^matmul: \[2, 3\] and \[2\] do not fit/);
    fails(
      () => a.matmul(tensor(1)),
      "ShapeError",
      /^matmul: needs at least one axis on both sides, got \[2, 3\] and \[\]; to scale use mul/,
    );
    fails(
      () => zeros([2, 3, 4]).matmul(zeros([5, 4, 6])),
      "ShapeError",
      /^matmul: cannot broadcast the axes before the matrices of \[2, 3, 4\] and \[5, 4, 6\]$/,
    );
    fails(() => matmul([[1]] as unknown as Tensor, a), "UserError", /^matmul: expected a tensor, got an array/);
  });
  test("dot, tensordot", () => {
    fails(
      () => a.dot(b),
      "ShapeError",
      /^dot: \[2, 3\] and \[4, 3\] do not fit: axis 1 of the first has size 3, axis 0 of the second 4$/,
    );
    fails(
      () => tensordot(a, b, 3),
      "IndexError",
      /^tensordot: cannot sum over 3 axes of \[2, 3\] and \[4, 3\]; use 0 to 2/,
    );
    fails(() => tensordot(a, b, [[0, 1], [0]]), "IndexError", /^tensordot: both sides need as many axes/);
    fails(
      () =>
        tensordot(a, b, [
          [1, -1],
          [0, 1],
        ]),
      "IndexError",
      /^tensordot: axis 1 is given twice/,
    );
    fails(() => tensordot(a, b, [5, 0]), "IndexError", /^tensordot: axis 5 is out of range for rank 2/);
  });
  test("einsum", () => {
    fails(
      () => einsum("ij,jk->ik", a, b),
      "ShapeError",
      /^einsum: "ij,jk->ik" with \[2, 3\], \[4, 3\]: "j" has size 3 and, in operand 1, 4$/,
    );
    fails(
      () => einsum("ijk->i", a),
      "ShapeError",
      /^einsum: "ijk->i" with \[2, 3\]: "ijk" names 3 axes, operand 0 has 2$/,
    );
    fails(() => einsum("ij,jk", a), "ShapeError", /2 groups of labels for 1 operands/);
    fails(() => einsum("ij->k", a), "ShapeError", /"k" of the result is in no operand/);
    fails(() => einsum("ij->ii", a), "ShapeError", /"i" is twice in the result/);
    fails(() => einsum("i1->i", a), "ShapeError", /"1" is no label/);
    fails(() => einsum("...i...->i", a), "ShapeError", /more than one \.\.\./);
    fails(() => einsum("ij->i->j", a), "ShapeError", /more than one ->/);
    fails(() => einsum("ii->i", a), "ShapeError", /"i" has size 2 and, in operand 0, 3/);
    fails(() => einsum("ij"), "UserError", /needs operands/);
  });
  test("diagonals", () => {
    fails(() => tensor([1]).diagonal(), "ShapeError", /^diagonal: needs at least two axes, got shape \[1\]/);
    fails(() => a.diagonal({ axes: [0, -2] }), "IndexError", /^diagonal: both axes are axis 0/);
    fails(() => a.trace({ offset: 0.5 }), "IndexError", /^trace: the offset must be a whole number, got 0.5/);
    fails(() => diag(zeros([2, 2, 2])), "ShapeError", /^diag: needs a vector or a matrix, got shape \[2, 2, 2\]/);
    fails(() => tril(tensor([1])), "ShapeError", /^tril: needs at least two axes, got shape \[1\]/);
  });
});
