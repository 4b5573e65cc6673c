import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { checkSameStructure, flatten } from "../../src/base/trees.js";

const isNumber = (value: unknown): value is number => typeof value === "number";

describe("flatten", () => {
  it("lists the leaves with their paths and puts other leaves in the same places", () => {
    const tree = { layers: [{ weight: 1, bias: 2 }, { weight: 3 }], scale: 4, note: "kept", none: undefined };
    const flat = flatten(tree, isNumber);
    assert.deepEqual(flat.leaves, [1, 2, 3, 4]);
    assert.deepEqual(flat.paths, ["layers.0.weight", "layers.0.bias", "layers.1.weight", "scale"]);
    assert.deepEqual(flat.rebuild([10, 20, 30, 40]), {
      layers: [{ weight: 10, bias: 20 }, { weight: 30 }],
      scale: 40,
      note: "kept",
      none: undefined,
    });
    assert.deepEqual(tree.layers[0], { weight: 1, bias: 2 });
  });

  it("takes a lone leaf and an empty tree", () => {
    assert.deepEqual(flatten(7, isNumber).paths, [""]);
    assert.equal(flatten(7, isNumber).rebuild([8]), 8);
    assert.deepEqual(flatten([], isNumber).rebuild([]), []);
  });

  it("has equal structures for equal trees only", () => {
    const structures = [1, [1], [[1]], [1, 1], { a: 1 }, { b: 1 }, { a: [1] }, { a: 1, b: 1 }, []].map(
      (tree) => flatten(tree, isNumber).structure,
    );
    assert.equal(new Set(structures).size, structures.length);
    assert.equal(flatten({ a: [1, 2] }, isNumber).structure, flatten({ a: [3, 4] }, isNumber).structure);
  });
});

describe("checkSameStructure", () => {
  it("names both sides of a mismatch", () => {
    const primals = flatten([1, 2], isNumber);
    const tangents = flatten([1], isNumber);
    assert.throws(() => checkSameStructure("jvp", primals, tangents, ["primals", "tangents"]), UserError);
    assert.throws(
      () => checkSameStructure("jvp", primals, tangents, ["primals", "tangents"]),
      /jvp: primals and tangents/,
    );
    checkSameStructure("jvp", primals, primals, ["primals", "tangents"]);
  });
});
