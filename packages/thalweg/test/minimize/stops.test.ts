/** Why minimisers stop, in words that fit; options that are none; and how fast BFGS learns the curvature. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NumericalError, UserError } from "../../src/base/errors.js";
import * as m from "../../src/minimize/index.js";

const notAnObject = /the settings must be one object/;

const parabola: m.Objective = ([x = 0], g) => {
  g[0] = 2 * x;
  return x * x;
};

test("a fixed step that is too large is named as the reason", () => {
  const wild = m.gradientDescent(parabola, [1], { step: 1.5 });
  assert.equal(wild.reason, "diverged");
  assert.match(wild.message, /rose from 1\.000 to .*the fixed step 1\.5 is too large, so that the descent diverges/);
  assert.match(wild.message, /shorter step, or step "strong Wolfe"/);
  assert.doesNotMatch(wild.message, /line search|does not belong/);
  const slow = m.gradientDescent(parabola, [1], { step: 1.01, maxIterations: 20 });
  assert.equal(slow.reason, "iterations");
  assert.match(slow.message, /maxIterations 20.*the fixed step 1\.01 is too large/);
  const good = m.gradientDescent(parabola, [1], { step: 0.01, maxIterations: 20 });
  assert.equal(good.reason, "iterations");
  assert.doesNotMatch(good.message, /too large/);
  // Out of the domain in one step, with no rise before it.
  const logarithm = m.objectiveOf(
    ([x = 0]) => x - Math.log(x),
    ([x = 0]) => [1 - 1 / x],
  );
  const out = m.gradientDescent(logarithm, [5], { step: 10 });
  assert.equal(out.reason, "diverged");
  assert.match(out.message, /the fixed step 10 is too large here, or leads out of the domain/);
});

test("a value that rises is no convergence", () => {
  const wild = m.gradientDescent(parabola, [1], { step: 1.5, valueTolerance: 1e-3 });
  assert.deepEqual([wild.converged, wild.reason], [false, "diverged"]);
  const good = m.gradientDescent(parabola, [1], { step: 0.1, valueTolerance: 1e-3 });
  assert.deepEqual([good.converged, good.reason], [true, "value"]);
});

test("second derivatives that are not finite end Newton's methods at once, and in words", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
    for (const minimize of [m.newton, m.trustRegion]) {
      const problem: m.Problem = { objective: m.rosenbrock(), hessian: (_, h) => h.fill(bad) };
      const result = minimize(problem, [-1.2, 1]);
      assert.deepEqual([result.reason, result.converged, result.iterations], ["hessian", false, 0], minimize.name);
      assert.match(result.message, /second derivatives are not finite/);
    }
  // Beyond the start: ½ x² on the right of 0.5, where they are known, and none on the left.
  const result = m.newton(
    {
      objective: ([x = 0], g) => {
        g[0] = x ** 3;
        return x ** 4 / 4;
      },
      hessian: ([x = 0], h) => {
        h[0] = x > 0.5 ? 3 * x * x : Number.NaN;
      },
    },
    [1],
  );
  assert.equal(result.reason, "hessian");
  assert.ok(result.iterations > 0 && (result.x[0] ?? 1) <= 0.5);
});

test("BFGS on quadratics: iterations follow the directions, in whatever units, more than the condition", () => {
  const n = 20;
  for (const unit of [1e-4, 1, 1e4])
    for (const [condition, most] of [
      [1e2, 50],
      [1e4, 110],
      [1e8, 225],
    ] as const) {
      const c = Array.from({ length: n }, (_, i) => unit * condition ** (i / (n - 1)));
      const objective: m.Objective = (x, g) =>
        x.reduce((sum, v, i) => {
          g[i] = (c[i] ?? 0) * v;
          return sum + 0.5 * (c[i] ?? 0) * v * v;
        }, 0);
      const { converged, evaluations } = m.bfgs(objective, new Float64Array(n).fill(1), {
        gradientTolerance: 1e-6 * unit,
      });
      assert.ok(converged && evaluations <= most, `condition ${condition}, unit ${unit}: ${evaluations} evaluations`);
    }
});

test("the comparison on the chain: iterations grow with the dimensions; a run ends at its time", () => {
  const rows = m.compareQuasiNewton({ dimensions: [2, 10, 100] });
  const iterations = rows.filter((r) => r.method === "lbfgs").map((r) => r.result?.iterations ?? 0);
  assert.ok(rows.every((r) => r.result?.converged === true && (r.time ?? 0) > 0));
  const [two = 0, ten = 0, hundred = 0] = iterations;
  assert.ok(ten > 1.5 * two && hundred > 3 * ten, `${iterations}`);
  assert.ok(rows.some((r) => !Number.isInteger(r.time)));
  // A clock that a second passes on at each look.
  let now = 0;
  const clock = (): number => {
    now += 1000;
    return now;
  };
  const [, late] = m.compareQuasiNewton({ dimensions: [100], timeLimit: 4500, clock });
  assert.deepEqual([late?.result?.reason, late?.result?.iterations, late?.result?.converged], ["stopped", 5, false]);
  assert.match(late?.result?.message ?? "", /not converged within timeLimit 4500 ms/);
});

test("options that are none, and values that they may not have, are refused", () => {
  const start = [1, 2];
  const f = m.rosenbrock();
  const cases: readonly [() => unknown, RegExp][] = [
    [
      () => m.compareQuasiNewton({ dims: [2] } as object),
      /no setting dims; the settings are .*did you mean dimensions\?/,
    ],
    [() => m.compareQuasiNewton({ dimensions: [3] }), /dimensions must be an array.* even whole number ≥ 2, got \[3\]/],
    [() => m.compareQuasiNewton({ dimensions: [] }), /dimensions must be an array of at least 1/],
    [() => m.compareQuasiNewton({ dimensions: 2 as never }), /dimensions must be an array/],
    [() => m.compareQuasiNewton({ form: "pair" as "pairs" }), /form must be "chain" or "pairs", got "pair"/],
    [() => m.compareQuasiNewton({ timeLimit: 0 }), /timeLimit must be a number > 0/],
    [() => m.compareQuasiNewton(null as never), /one object/],
    [() => m.rosenbrock("chains" as "chain"), /form must be "chain" or "pairs"/],
    [() => m.rosenbrockStart(-1), /dimensions must be a whole number ≥ 1/],
    [() => m.lbfgs(f, start, { maxIteration: 3 } as object), /no setting maxIteration;.*did you mean maxIterations/],
    [() => m.bfgs(f, start, { gradTolerance: 3 } as object), /did you mean gradientTolerance/],
    [() => m.bfgs(f, start, { lineSearch: { curvatur: 0.1 } as object }), /did you mean curvature\?/],
    [() => m.lineSearch(f, Float64Array.of(0, 0), Float64Array.of(1, 0), { metod: "armijo" } as object), /mean method/],
    [() => m.lineSearch(f, Float64Array.of(0, 0), Float64Array.of(1, 0), null as never), notAnObject],
    [() => m.levenbergMarquardt(f as never, start), /must be \{ residuals, jacobian \}/],
    [() => m.levenbergMarquardt({ residuals: (x: Float64Array) => x } as never, start), /jacobian must be a function/],
    [
      () => m.levenbergMarquardt({ residuals: (x) => x, jacobian: () => Float64Array.of(1) }, [1], 3 as never),
      notAnObject,
    ],
    [() => m.objectiveOf(() => 1, 3 as never), /gradient must be a function/],
    [() => m.tensorProblem(3 as never), /fn must be a function/],
    [() => m.newton({ objective: f, hessian: 3 as never }, start), /hessian must be a function/],
  ];
  for (const [call, message] of cases)
    assert.throws(call, (error) => {
      assert.ok(error instanceof UserError && !(error instanceof NumericalError), String(error));
      assert.match(error.message, message);
      return true;
    });
  // Undefined is the default, which is not that of the other methods here.
  const problem: m.Residuals = { residuals: ([x = 0]) => Float64Array.of(x - 1), jacobian: () => Float64Array.of(1) };
  const { message } = m.levenbergMarquardt(problem, [3], { gradientTolerance: undefined as never });
  assert.match(message, /gradientTolerance 1e-8/);
});
