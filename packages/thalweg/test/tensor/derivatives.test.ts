import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  compile,
  customDerivative,
  DTypeError,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  ShapeError,
  scan,
  stopGradient,
  type Tensor,
  TraceError,
  tensor,
  UserError,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from "../../src/index.js";
import { useDevice } from "../device.js";

before(useDevice);

const f64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: "float64" });
const near = (actual: Tensor, expected: readonly number[], shape: readonly number[]): void => {
  assert.deepEqual(actual.shape, shape);
  const data = actual.data();
  assert.equal(data.length, expected.length);
  expected.forEach((e, i) => {
    const a = data[i] ?? Number.NaN;
    assert.ok(Math.abs(a - e) <= 1e-12 * Math.max(1, Math.abs(e)), `element ${i}: ${a}, not ${e}`);
  });
};

describe("grad", () => {
  test("of the public sketch", () => {
    const f = (x: Tensor): Tensor => x.pow(3).sum();
    assert.deepEqual(grad(f)(tensor([1, 2])).array(), [3, 12]);
    assert.deepEqual(hessian(f)(tensor([1, 2])).array(), [
      [6, 0],
      [0, 12],
    ]);
  });

  test("keeps tree, shape and dtype of the argument; what has no influence gets zeros", () => {
    const parameters = { w: f64([[1, 2]]), layers: [f64([3]), tensor([5, 6])], name: "net" };
    const loss = (p: typeof parameters, scale: Tensor): Tensor =>
      p.w
        .mul(p.layers[0] ?? p.w)
        .sum()
        .mul(scale);
    const g = grad(loss)(parameters, f64(2));
    near(g.w, [6, 6], [1, 2]);
    near(g.layers[0] as Tensor, [6], [1]);
    assert.deepEqual(g.layers[1]?.array(), [0, 0]);
    assert.equal(g.layers[1]?.dtype, "float32");
    assert.equal(g.w.dtype, "float64");
    assert.equal(g.name, "net");
  });

  test("by another argument, by several, with aux", () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).mul(y).sum();
    const [x, y] = [f64([2]), f64([3])];
    const second: Tensor = grad(f, { argument: 1 })(x, y);
    near(second, [12], [1]);
    const both: [Tensor, Tensor] = grad(f, { argument: [1, 0] })(x, y);
    near(both[0], [12], [1]);
    near(both[1], [9], [1]);
    const [g, aux] = grad((a: Tensor) => [a.mul(a).sum(), { twice: a.mul(2) }] as const, { hasAux: true })(x);
    near(g, [4], [1]);
    near(aux.twice, [4], [1]);
    const [[value, aux2], g2] = valueAndGrad((a: Tensor) => [a.mul(a).sum(), a] as const, { hasAux: true })(x);
    near(value, [4], []);
    near(aux2, [2], [1]);
    near(g2, [4], [1]);
  });

  test("of any order, and perturbations stay apart", () => {
    let f = (x: Tensor): Tensor => x.sin().mul(x);
    const x = 0.7;
    for (let order = 0; order < 4; order += 1) f = grad(f);
    // x sin x, four times: x sin x − 4 cos x
    near(f(f64(x)), [x * Math.sin(x) - 4 * Math.cos(x)], []);
    // d/dx (x · d/dy (x + y)) is 1, not 2
    const confused = grad((a: Tensor) => a.mul(grad((b: Tensor) => a.add(b))(f64(1))));
    near(confused(f64(5)), [1], []);
    // the same tensor twice
    const twice = f64(3);
    near(grad((a: Tensor, b: Tensor) => a.mul(b), { argument: 0 })(twice, twice), [3], []);
  });

  test("over a long chain: longer than what may be pending", () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 600; i += 1) y = y.add(x.mul(0.001));
      return y.sum();
    };
    const [value, g] = valueAndGrad(f)(f64([1, 2]));
    near(value, [4.8], []);
    near(g, [1.6, 1.6], [2]);
  });

  test("says what is wrong", () => {
    const x = f64([1, 2]);
    assert.throws(
      () => grad((a: Tensor) => a)(x),
      (e) => e instanceof ShapeError && /scalar, got shape \[2\].*sum\(\)/.test(e.message),
    );
    assert.throws(() => grad((a: Tensor) => a.sum().cast("int32"))(x), DTypeError);
    assert.throws(
      () => grad((a: Tensor) => a.sum())(tensor([1], { dtype: "int32" })),
      /argument 0.*int32.*only floats/,
    );
    assert.throws(
      () => grad((p: { a: Tensor[] }) => p.a[0]?.sum() ?? x)({ a: [tensor([1], { dtype: "int32" })] }),
      /argument 0 at a\.0/,
    );
    assert.throws(() => grad((a: number) => x.mul(a).sum())(3), /holds no tensors/);
    assert.throws(() => grad((a: Tensor) => a.sum(), { argument: 2 })(x), /no argument 2/);
    assert.throws(() => grad((() => 3) as unknown as (a: Tensor) => Tensor)(x), /must return a tensor/);
    assert.throws(() => grad((a: Tensor) => a.mul(a.sum().item()).sum())(x), TraceError);
  });

  test("values that do not depend on the argument may be read inside", () => {
    const c = f64([2, 3]);
    near(grad((a: Tensor) => a.mul(c.sum().item()).sum())(f64([1, 1])), [5, 5], [2]);
  });

  test("in and of compiled functions", () => {
    const f = (x: Tensor): Tensor => x.mul(x).mul(x).sum();
    const x = f64([1, 2]);
    near(compile(grad(f))(x), [3, 12], [2]);
    near(grad(compile(f) as (x: Tensor) => Tensor)(x), [3, 12], [2]);
    near(compile((a: Tensor) => grad(f)(a).sum())(x), [15], []);
  });

  test("stops at stopGradient", () => {
    const f = (x: Tensor): Tensor => x.mul(stopGradient({ a: x }).a).sum();
    near(grad(f)(f64([2, 3])), [2, 3], [2]);
  });
});

describe("vjp and jvp", () => {
  const f = (x: Tensor, y: Tensor): { product: Tensor; sine: Tensor } => ({ product: x.mul(y), sine: x.sin() });

  test("pull back as often as asked, also after values were read", () => {
    const [x, y] = [f64([1, 2]), f64([3, 4])];
    const [value, pullBack] = vjp(f, x, y);
    near(value.product, [3, 8], [2]);
    for (const k of [1, 10]) {
      const [gx, gy] = pullBack({ product: f64([k, 2 * k]), sine: f64([0, k]) });
      near(gx, [3 * k, 8 * k + k * Math.cos(2)], [2]);
      near(gy, [k, 4 * k], [2]);
    }
  });

  test("push forward", () => {
    const [value, tangent] = jvp(f, [f64([1, 2]), f64([3, 4])], [f64([1, 0]), f64([0, 1])]);
    near(value.sine, [Math.sin(1), Math.sin(2)], [2]);
    near(tangent.product, [3, 2], [2]);
    near(tangent.sine, [Math.cos(1), 0], [2]);
  });

  test("a pull-back is differentiable", () => {
    const g = (x: Tensor): Tensor => vjp((a: Tensor) => a.mul(a).mul(a), x)[1](x)[0].sum();
    near(grad(g)(f64([2])), [36], [1]);
  });

  test("say what does not fit", () => {
    const [x, y] = [f64([1, 2]), f64([3, 4])];
    const [, pullBack] = vjp(f, x, y);
    assert.throws(() => pullBack({ product: x, sine: f64([1]) }), /cotangent at sine has shape \[1\].*\[2\]/);
    assert.throws(() => pullBack({ product: x, sine: tensor([1, 2]) }), /cotangent at sine is float32.*float64/);
    assert.throws(() => pullBack({ product: x } as { product: Tensor; sine: Tensor }), /same structure/);
    assert.throws(() => jvp(f, [x, y], [x, f64(1)]), ShapeError);
  });
});

describe("jacobian and hessian", () => {
  test("both modes, over trees", () => {
    const f = (p: { a: Tensor; b: Tensor }): [Tensor, Tensor] => [p.a.mul(p.b.sum()), p.b];
    const p = { a: f64([[1, 2]]), b: f64([3, 4, 5]) };
    for (const mode of ["forward", "reverse", undefined] as const) {
      const [first, second] = jacobian(f, mode === undefined ? {} : { mode })(p);
      near(first.a, [12, 0, 0, 12], [1, 2, 1, 2]);
      near(first.b, [1, 1, 1, 2, 2, 2], [1, 2, 3]);
      near(second.a, [0, 0, 0, 0, 0, 0], [3, 1, 2]);
      near(second.b, [1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]);
    }
  });

  test("Hessian over a tree, and its product with a vector", () => {
    const f = (p: { x: Tensor; y: Tensor }): Tensor => p.x.mul(p.x).mul(p.y).sum();
    const p = { x: f64([2, 3]), y: f64(5) };
    const h = hessian(f)(p);
    near(h.x.x, [10, 0, 0, 10], [2, 2]);
    near(h.x.y, [4, 6], [2]);
    near(h.y.x, [4, 6], [2]);
    near(h.y.y, [0], []);
    const v = { x: f64([1, -1]), y: f64(2) };
    const product = hessianVectorProduct(f)(p, v);
    near(product.x, [10 + 8, -10 + 12], [2]);
    near(product.y, [4 - 6], []);
  });

  test("of a function of nothing", () => {
    near(jacobian((x: Tensor) => x.mul(2))(zeros([0], { dtype: "float64" })), [], [0, 0]);
  });
});

describe("vmap", () => {
  const many = f64([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

  test("axes in and out, common arguments, trees", () => {
    const dot = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();
    near(vmap(dot, { inAxes: [0, null] })(many, f64([1, 10])), [21, 43, 65], [3]);
    near(
      vmap(dot, { inAxes: [1, 0] })(
        many,
        f64([
          [1, 1, 1],
          [0, 0, 1],
        ]),
      ),
      [9, 6],
      [2],
    );
    near(vmap((a: Tensor) => a.mul(2), { inAxes: 1, outAxes: 1 })(many), [2, 4, 6, 8, 10, 12], [3, 2]);
    const tree = vmap((p: { a: Tensor; b: Tensor }) => ({ sum: p.a.add(p.b), b: p.b }), {
      inAxes: [{ a: 0, b: null }],
      outAxes: { sum: 0, b: null },
    })({ a: many, b: f64([1, 1]) });
    near(tree.sum, [2, 3, 4, 5, 6, 7], [3, 2]);
    near(tree.b, [1, 1], [2]);
  });

  test("gradients example by example; nested; differentiated", () => {
    const loss = (w: Tensor, x: Tensor): Tensor => w.mul(x).sum().pow(2);
    const w = f64([1, -1]);
    // 2 (w · x) x
    near(vmap(grad(loss), { inAxes: [null, 0] })(w, many), [-2, -4, -6, -8, -10, -12], [3, 2]);
    near(grad((v: Tensor) => vmap(loss, { inAxes: [null, 0] })(v, many).sum())(w), [-18, -24], [2]);
    const table = vmap(
      vmap((a: Tensor, b: Tensor) => a.mul(b), { inAxes: [null, 0] }),
      { inAxes: [0, null] },
    );
    near(table(f64([1, 2]), f64([3, 4, 5])), [3, 4, 5, 6, 8, 10], [2, 3]);
  });

  test("says what is wrong", () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.add(b);
    assert.throws(
      () => vmap(f)(many, f64([1, 2])),
      /argument 1 of shape \[2\] has 2 examples along axis 0, but argument 0 has 3/,
    );
    assert.throws(() => vmap(f)(many, f64(1)), /argument 1 is a scalar/);
    assert.throws(() => vmap(f, { inAxes: null })(many, many), UserError);
    assert.throws(() => vmap(f, { inAxes: [0] })(many, many), /1 entries for 2 arguments/);
    assert.throws(() => vmap(f, { outAxes: null })(many, many), /differs between examples/);
    assert.throws(() => vmap((a: Tensor) => a.mul(a.sum().item()))(many), TraceError);
  });
});

describe("scan", () => {
  const xs = f64([1, 2, 3, 4]);

  test("stacks, carries, goes backwards, closes over", () => {
    const scale = f64(10);
    const [last, all] = scan((sum: Tensor, x: Tensor) => [sum.add(x.mul(scale)), sum], f64(0), xs);
    near(last, [100], []);
    near(all, [0, 10, 30, 60], [4]);
    const [, back] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], f64(0), xs, { reverse: true });
    near(back, [10, 9, 7, 4], [4]);
  });

  test("without anything to scan over, with trees, with no rounds", () => {
    const [root] = scan((x: Tensor) => [x.add(f64(2).div(x)).mul(0.5), undefined], f64(1), undefined, { length: 6 });
    near(root, [Math.SQRT2], []);
    const step = (c: { a: Tensor; n: Tensor }, x: { u: Tensor }) =>
      [{ a: c.a.mul(x.u), n: c.n.add(1) }, { before: c.a }] as const;
    const start = { a: f64(1), n: tensor(0, { dtype: "int32" }) };
    const [end, out] = scan(step, start, { u: xs });
    near(end.a, [24], []);
    assert.equal(end.n.item(), 4);
    assert.equal(end.n.dtype, "int32");
    near(out.before, [1, 1, 2, 6], [4]);
    const [same, none] = scan(step, start, { u: zeros([0], { dtype: "float64" }) });
    near(same.a, [1], []);
    assert.deepEqual(none.before.shape, [0]);
  });

  test("derivatives, by what it closes over too", () => {
    const f = (w: Tensor): Tensor => scan((h: Tensor, x: Tensor) => [h.mul(w).add(x), undefined], f64(0), xs)[0];
    // w³ + 2w² + 3w + 4
    const w = 1.5;
    near(f(f64(w)), [w ** 3 + 2 * w ** 2 + 3 * w + 4], []);
    near(grad(f)(f64(w)), [3 * w ** 2 + 4 * w + 3], []);
    near(grad(grad(f))(f64(w)), [6 * w + 4], []);
    near(grad(grad(grad(f)))(f64(w)), [6], []);
    near(hessian(f)(f64(w)), [6 * w + 4], []);
    near(vmap(grad(f))(f64([0, 1])), [3, 10], [2]);
    near(jacobian((a: Tensor) => vmap(f)(a), { mode: "forward" })(f64([0, 1])), [3, 0, 0, 10], [2, 2]);
    near(compile(grad(f))(f64(w)), [3 * w ** 2 + 4 * w + 3], []);
  });

  test("says what is wrong", () => {
    const id = (c: Tensor, x: Tensor) => [c.add(x), undefined] as const;
    assert.throws(() => scan(id, f64(0), f64([[1, 2]])), /carry has shape \[\], but the body returned \[2\]/);
    assert.throws(() => scan(id, tensor(0, { dtype: "int32" }), xs), /carry is int32, but the body returned float64/);
    assert.throws(() => scan(id, f64(0), xs, { length: 3 }), /4 slices, but the option length says 3/);
    assert.throws(() => scan((c: Tensor) => [c, undefined] as const, f64(0), undefined), /nothing to scan over/);
    assert.throws(() => scan(id, f64(0), f64(1)), /scalar/);
    assert.throws(() => scan((c: Tensor) => [{ c }, undefined] as never, f64(0), xs), /same structure/);
    assert.throws(() => scan((c: Tensor) => c as never, f64(0), xs), /must return \[carry, y\]/);
    assert.throws(() => scan((c: Tensor, x: Tensor) => [c.add(x.item()), undefined] as const, f64(0), xs), TraceError);
  });
});

describe("customDerivative", () => {
  const clipped = customDerivative((x: Tensor) => x.mul(1), {
    name: "clipped",
    vjp: (_, g) => [g.clip({ min: -1, max: 1 })],
  });

  test("replaces the derivative in both modes, under vmap and compile", () => {
    const f = (x: Tensor): Tensor =>
      clipped(x)
        .mul(f64([0.5, 3]))
        .sum();
    const x = f64([2, 2]);
    near(f(x), [7], []);
    near(grad(f)(x), [0.5, 1], [2]);
    near(
      vmap(grad(f))(
        f64([
          [1, 1],
          [2, 2],
        ]),
      ),
      [0.5, 1, 0.5, 1],
      [2, 2],
    );
    near(compile(grad(f))(x), [0.5, 1], [2]);
    const cube = customDerivative((a: Tensor) => a.mul(a).mul(a), {
      jvp: ({ args: [a] }, [t]) => t.mul(a).mul(a).mul(3),
    });
    near(grad((a: Tensor) => cube(a).sum())(x), [12, 12], [2]);
    near(hessian((a: Tensor) => cube(a).sum())(x), [12, 0, 0, 12], [2, 2]);
    near(
      vmap(jacobian(cube))(
        f64([
          [1, 1],
          [2, 2],
        ]),
      ),
      [3, 0, 0, 3, 12, 0, 0, 12],
      [2, 2, 2],
    );
  });

  test("several arguments and results", () => {
    const g = customDerivative((p: { a: Tensor }, b: Tensor) => ({ product: p.a.mul(b), b }), {
      vjp: ({ args: [p, b] }, c) => [{ a: c.product.mul(b).mul(100) }, c.product.mul(p.a).add(c.b)],
    });
    const f = (p: { a: Tensor }, b: Tensor): Tensor => g(p, b).product.sum().add(g(p, b).b.sum());
    const [gp, gb] = grad(f, { argument: [0, 1] })({ a: f64([2]) }, f64([3]));
    near(gp.a, [300], [1]);
    near(gb, [3], [1]);
    const h = customDerivative((a: Tensor, b: Tensor) => a.mul(b), {
      vjp: ({ args: [, b] }, c) => [c.mul(b), undefined],
    });
    near(grad((b: Tensor) => h(f64([2]), b).sum())(f64([3])), [0], [1]);
  });

  test("says what is wrong", () => {
    const x = f64([1, 2]);
    assert.throws(() => customDerivative((a: Tensor) => a, {}), UserError);
    const wrong = customDerivative((a: Tensor) => a.mul(1), { name: "wrong", vjp: (_, g) => [g.sum()] });
    assert.throws(
      () => grad((a: Tensor) => wrong(a).sum())(x),
      /wrong: its vjp gave shape \[\] for argument 0 of shape \[2\]/,
    );
    const closing = (a: Tensor): Tensor => customDerivative((b: Tensor) => b.mul(a), { vjp: (_, g) => [g] })(x).sum();
    assert.throws(() => grad(closing)(x), /closes over a tensor of shape \[2\]/);
    near(closing(x), [5], []);
  });
});
