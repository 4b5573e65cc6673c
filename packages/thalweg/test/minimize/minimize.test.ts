/** Minimisers on functions with known minima, from a start far off; what they report against a count of one's own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NumericalError, UserError } from "../../src/base/errors.js";
import {
  bfgs,
  compareQuasiNewton,
  conjugateGradients,
  gradientDescent,
  lbfgs,
  lineSearch,
  type MinimizeResult,
  newton,
  type Objective,
  objectiveOf,
  type Problem,
  rosenbrock,
  rosenbrockStart,
  tensorProblem,
  trustRegion,
} from "../../src/minimize/index.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

function rosenbrockProblem(): Problem {
  return {
    objective: rosenbrock(),
    hessian(x, h) {
      h.fill(0);
      const n = x.length;
      const add = (i: number, j: number, v: number): void => {
        h[i * n + j] = (h[i * n + j] ?? 0) + v;
      };
      for (let i = 0; i + 1 < n; i += 1) {
        const [a, b] = [x[i] ?? 0, x[i + 1] ?? 0];
        add(i, i, 1200 * a * a - 400 * b + 2);
        add(i, i + 1, -400 * a);
        add(i + 1, i, -400 * a);
        add(i + 1, i + 1, 200);
      }
    },
  };
}

/** Himmelblau's function: four minima of value 0. */
const himmelblau: Objective = (x, gradient) => {
  const [a, b] = [x[0] ?? 0, x[1] ?? 0];
  const [p, q] = [a * a + b - 11, a + b * b - 7];
  gradient[0] = 4 * a * p + 2 * q;
  gradient[1] = 2 * p + 4 * b * q;
  return p * p + q * q;
};

function counted(objective: Objective): { readonly objective: Objective; count(): number } {
  let calls = 0;
  return {
    objective: (x, g) => {
      calls += 1;
      return objective(x, g);
    },
    count: () => calls,
  };
}

const methods: Readonly<Record<string, (p: Problem, start: Float64Array, o?: object) => MinimizeResult>> = {
  gradientDescent: (p, s, o) => gradientDescent(p, s, { maxIterations: 200000, ...o }),
  "conjugateGradients PR": (p, s, o) => conjugateGradients(p, s, o),
  "conjugateGradients HZ": (p, s, o) => conjugateGradients(p, s, { formula: "Hager-Zhang", ...o }),
  "conjugateGradients FR": (p, s, o) =>
    conjugateGradients(p, s, { formula: "Fletcher-Reeves", maxIterations: 20000, ...o }),
  bfgs,
  lbfgs,
  newton,
  trustRegion,
};

describe("Rosenbrock's valley", () => {
  for (const [name, minimize] of Object.entries(methods))
    for (const n of name === "gradientDescent" ? [2] : [2, 10])
      test(`${name}, ${n} dimensions`, () => {
        const { objective, count } = counted(rosenbrock());
        // The chain has a second minimum near x₁ = −1 from four dimensions on; this start leads past it.
        const start = n === 2 ? rosenbrockStart(2) : new Float64Array(n).fill(0.5);
        const result = minimize({ ...rosenbrockProblem(), objective }, start);
        assert.equal(result.reason, "gradient", result.message);
        assert.ok(result.converged && result.gradientNorm <= 1e-6);
        for (const v of result.x) assert.ok(Math.abs(v - 1) < 1e-5, `${result.x}`);
        assert.equal(result.evaluations, count(), "evaluations");
        assert.equal(result.history.length, result.iterations + 1);
        const values = result.history.map((h) => h.value);
        for (let i = 1; i < values.length; i += 1)
          assert.ok((values[i] ?? 0) <= (values[i - 1] ?? 0) * (1 + 1e-13) + 1e-300, `rises at ${i}`);
        // Second-order methods in few steps, quasi-Newton within what is known of them.
        const bound = { newton: 60, trustRegion: 80, bfgs: 120, lbfgs: 150 }[name];
        if (bound !== undefined) assert.ok(result.iterations <= bound, `${result.iterations} iterations`);
      });
});

test("down to rounding: a gradient of 1e-12 on a function whose value is not 0 at its minimum", () => {
  // f = 1000 + ½ Σ i (xᵢ − 1)²: differences of f vanish at |x − 1| ≈ 1e-7, where the gradient is still 1e-7.
  const objective: Objective = (x, g) => {
    let sum = 1000;
    x.forEach((v, i) => {
      g[i] = (i + 1) * (v - 1);
      sum += 0.5 * (i + 1) * (v - 1) ** 2;
    });
    return sum;
  };
  const start = Float64Array.of(5, -3, 2, 8);
  for (const minimize of [bfgs, lbfgs, conjugateGradients])
    assert.equal(minimize(objective, start, { gradientTolerance: 1e-12 }).reason, "gradient");
  const hessian: Problem["hessian"] = (x, h) => {
    h.fill(0);
    for (let i = 0; i < x.length; i += 1) h[i * x.length + i] = i + 1;
  };
  for (const minimize of [newton, trustRegion])
    assert.equal(minimize({ objective, hessian }, start, { gradientTolerance: 1e-12 }).reason, "gradient");
});

test("Himmelblau: every method ends in one of the four minima", () => {
  const minima = [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ];
  const hessian: Problem["hessian"] = ([a = 0, b = 0], h) =>
    h.set([12 * a * a + 4 * b - 42, 4 * (a + b), 4 * (a + b), 12 * b * b + 4 * a - 26]);
  for (const [name, minimize] of Object.entries(methods))
    for (const start of [Float64Array.of(0, 0), Float64Array.of(-1, 4), Float64Array.of(4, -4)]) {
      const { x, message } = minimize({ objective: himmelblau, hessian }, start);
      const close = minima.some(([a = 0, b = 0]) => Math.hypot((x[0] ?? 0) - a, (x[1] ?? 0) - b) < 1e-6);
      assert.ok(close, `${name} from ${start}: ${x}; ${message}`);
    }
});

test("conjugate gradients on a quadratic of n dimensions: a few n steps, however its coefficients are rounded: far fewer than gradient descent", () => {
  const n = 20;
  const quadratic: Objective = (x, g) => {
    let sum = 0;
    x.forEach((v, i) => {
      const c = 1.6 ** i;
      g[i] = c * v;
      sum += 0.5 * c * v * v;
    });
    return sum;
  };
  const start = new Float64Array(n).fill(1);
  const cg = conjugateGradients(quadratic, start, { lineSearch: { curvature: 0.01 } });
  const gd = gradientDescent(quadratic, start, { maxIterations: 5000 });
  assert.ok(cg.converged && cg.iterations <= 15 * n, `${cg.iterations}`);
  assert.ok(gd.iterations > 10 * cg.iterations, `${gd.iterations} against ${cg.iterations}`);
});

test("a fixed step: x ← x − α g by hand; a step too long ends in words, not in NaN", () => {
  const parabola: Objective = ([x = 0], g) => {
    g[0] = 2 * x;
    return x * x;
  };
  const three = gradientDescent(parabola, [1], { step: 0.1, maxIterations: 3 });
  assert.equal(three.reason, "iterations");
  assert.ok(Math.abs((three.x[0] ?? 0) - 0.512) < 1e-15);
  assert.equal(three.evaluations, 4);
  const wild = gradientDescent(parabola, [1], { step: 1e200, maxIterations: 50 });
  assert.equal(wild.converged, false);
  assert.ok(wild.x.every(Number.isFinite));
});

test("functions of tensors: value, gradient, Hessian and its products are compiled", () => {
  // f(x) = Σ exp(x) − a·x has its minimum at log a.
  const a = [0.5, 1, 2, 7];
  const fn = (x: Tensor): Tensor =>
    x
      .exp()
      .sub(x.mul(tensor(Float64Array.from(a))))
      .sum();
  for (const minimize of [lbfgs, newton, trustRegion]) {
    const result = minimize(tensorProblem(fn), new Float64Array(4), { gradientTolerance: 1e-10 });
    a.forEach((v, i) => {
      assert.ok(Math.abs((result.x[i] ?? 0) - Math.log(v)) < 1e-10, `${minimize.name} ${result.x}`);
    });
  }
});

test("outside the domain the steps get shorter", () => {
  // −log x + x has its minimum at 1; a long step leads below 0.
  const barrier = objectiveOf(
    ([x = 0]) => x - Math.log(x),
    ([x = 0]) => [1 - 1 / x],
  );
  for (const minimize of [bfgs, lbfgs, conjugateGradients, gradientDescent])
    for (const start of [1e-3, 40]) {
      const result = minimize(barrier, [start]);
      assert.ok(result.converged && Math.abs((result.x[0] ?? 0) - 1) < 1e-6, `${minimize.name} ${result.message}`);
    }
});

describe("line search", () => {
  test("strong Wolfe and Armijo hold where they claim to", () => {
    // φ(α) = f(x + α d) of Moré and Thuente, ACM TOMS 20 (1994), functions 2 and 1.
    const functions: readonly (readonly [Objective, number])[] = [
      [
        ([a = 0], g) => {
          g[0] = 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3;
          return (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4;
        },
        1.6,
      ],
      [
        ([a = 0], g) => {
          g[0] = -2 / (a * a + 2) + (2 * 2 * a * a) / (a * a + 2) ** 2;
          return (-2 * a) / (a * a + 2);
        },
        Math.SQRT2,
      ],
    ];
    for (const [f, minimum] of functions)
      for (const initialStep of [1e-3, 0.1, 1, 10, 1000]) {
        const g = new Float64Array(1);
        const [c1, c2] = [1e-3, 0.1];
        const v0 = f(Float64Array.of(0), g);
        const s0 = g[0] ?? 0;
        const wolfe = lineSearch(f, Float64Array.of(0), Float64Array.of(1), {
          decrease: c1,
          curvature: c2,
          initialStep,
        });
        assert.ok(wolfe.found);
        assert.ok(wolfe.value <= v0 + c1 * wolfe.step * s0 && Math.abs(wolfe.gradient[0] ?? 1) <= -c2 * s0);
        // Far out function 1 is flat again, which the conditions allow.
        const near = Math.abs(wolfe.step - minimum) < 0.5;
        assert.ok(near || (minimum === Math.SQRT2 && initialStep > 2), `step ${wolfe.step} from ${initialStep}`);
        const armijo = lineSearch(f, Float64Array.of(0), Float64Array.of(1), {
          method: "armijo",
          decrease: c1,
          initialStep,
        });
        assert.ok(armijo.found && armijo.value <= v0 + c1 * armijo.step * s0);
      }
  });
  test("a direction that goes up, and a curvature below the decrease, are refused", () => {
    assert.throws(() => lineSearch(rosenbrock(), Float64Array.of(0, 0), Float64Array.of(-1, 0)), /go down/);
    assert.throws(
      () => lineSearch(rosenbrock(), Float64Array.of(0, 0), Float64Array.of(1, 0), { decrease: 0.5, curvature: 0.1 }),
      /curvature must be above/,
    );
  });
});

test("the comparison: both find the minimum; iterations on pairs do not grow with n; memory does, as n² and as n", () => {
  const rows = compareQuasiNewton({ form: "pairs", dimensions: [2, 10, 100, 10000], memoryLimit: 1e6 });
  for (const { method, dimensions, memory, result, error } of rows) {
    assert.equal(memory, method === "bfgs" ? 8 * dimensions ** 2 : 160 * dimensions);
    if (memory > 1e6) {
      assert.equal(result, undefined);
      continue;
    }
    assert.ok(result?.converged && (error ?? 1) < 1e-4, `${method} ${dimensions}: ${result?.message}`);
    assert.ok(result.iterations < 80, `${method} ${dimensions}: ${result.iterations}`);
  }
  assert.equal(rows.filter((r) => r.method === "lbfgs" && r.memory <= 1e6).length, 3);
  const [large] = compareQuasiNewton({ form: "pairs", dimensions: [10000], memoryLimit: 1e7 }).filter(
    (r) => r.method === "lbfgs",
  );
  assert.ok(large?.result?.converged && large.result.iterations < 80);
});

test("stops: iterations, evaluations, value, the callback; the words name the setting", () => {
  const start = rosenbrockStart(2);
  const some = lbfgs(rosenbrock(), start, { maxIterations: 5 });
  assert.deepEqual([some.reason, some.iterations, some.converged], ["iterations", 5, false]);
  assert.match(some.message, /maxIterations 5/);
  assert.equal(lbfgs(rosenbrock(), start, { maxEvaluations: 10 }).reason, "evaluations");
  assert.equal(lbfgs(rosenbrock(), start, { valueTolerance: 0.5 }).reason, "value");
  const ended = lbfgs(rosenbrock(), start, { onIteration: ({ iteration }) => iteration < 3 });
  assert.deepEqual([ended.reason, ended.iterations], ["stopped", 3]);
  const there = lbfgs(rosenbrock(), [1, 1]);
  assert.deepEqual([there.reason, there.iterations, there.evaluations], ["gradient", 0, 1]);
});

test("a gradient with the wrong sign is told, not followed for ever", () => {
  const wrong = objectiveOf(
    ([x = 0]) => x * x,
    ([x = 0]) => [-2 * x],
  );
  for (const minimize of [bfgs, lbfgs, gradientDescent, conjugateGradients]) {
    const result = minimize(wrong, [1]);
    assert.equal(result.reason, "line search");
    assert.equal(result.converged, false);
  }
});

test("wrong input is refused in words", () => {
  assert.throws(() => lbfgs(rosenbrock(), [Number.NaN, 1]), /start has NaN at position 0/);
  assert.throws(() => lbfgs(rosenbrock(), []), /start is empty/);
  assert.throws(() => lbfgs(rosenbrock(), [1, 2], { memory: 0 }), /memory must be a whole number ≥ 1/);
  assert.throws(() => bfgs(rosenbrock(), [1, 2], { memory: 3 } as object), /there is no setting memory/);
  assert.throws(() => newton({ objective: rosenbrock() }, [1, 2]), /no hessian/);
  assert.throws(() => trustRegion({ objective: rosenbrock() }, [1, 2]), UserError);
  assert.throws(() => lbfgs(3 as unknown as Objective, [1, 2]), /must be a function/);
  assert.throws(
    () =>
      bfgs(
        objectiveOf(
          ([x = 0]) => Math.log(x),
          ([x = 0]) => [1 / x],
        ),
        [-1],
      ),
    NumericalError,
  );
});
