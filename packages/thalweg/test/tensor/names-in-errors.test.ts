/** Errors name the function that was called, not one that it is made of. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as root from "../../src/index.js";
import { type Tensor, tensor } from "../../src/index.js";
import * as optim from "../../src/optim/index.js";
import { useDevice } from "../device.js";

useDevice();

const { sgd, momentum, averagedMomentum, nesterov, adagrad, rmsprop, adam, adamW } = optim;
const makers = { sgd, momentum, averagedMomentum, nesterov, adagrad, rmsprop, adam, adamW };

const wrong = (value: unknown): never => value as never;
const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const whole = tensor([1, 2], { dtype: "int32" });

function names(name: string, call: () => unknown): void {
  assert.throws(call, (error: Error) => {
    assert.ok(error instanceof root.UserError, `${name}: ${error.stack ?? error.message}`);
    assert.ok(error.message.startsWith(`${name}:`), `${name} is called, the message is "${error.message}"`);
    return true;
  });
}

describe("tensors", () => {
  const calls: Record<string, (() => unknown)[]> = {
    permute: [
      () => x.permute([0]),
      () => x.permute([0, 2]),
      () => x.permute([0, 0]),
      () => x.permute(wrong(undefined)),
    ],
    transpose: [() => x.transpose([0]), () => x.transpose([0, 5])],
    at: [() => x.at(0, 0, 0), () => x.at(2), () => x.at(0.5), () => x.at(wrong([0, 1])), () => x.at(wrong(undefined))],
    slice: [() => x.slice(0, 0, 0), () => x.slice(9), () => x.slice("...", "...")],
    expand: [() => x.expand([3]), () => x.expand([-1, 3])],
    broadcastTo: [() => x.broadcastTo([3]), () => x.broadcastTo([0.5])],
    swapAxes: [() => x.swapAxes(0, 2)],
    moveAxis: [() => x.moveAxis(0, 2)],
    expandDims: [() => x.expandDims(5)],
    squeeze: [() => x.squeeze(0)],
    flip: [() => x.flip(2)],
    roll: [() => x.roll(1, { axis: 2 }), () => x.roll(0.5)],
    split: [() => x.split(2, { axis: 1 })],
    unstack: [() => x.unstack({ axis: 2 })],
    tile: [() => x.tile(-1)],
    repeat: [() => x.repeat(-1)],
    flatten: [() => x.flatten({ from: 2 })],
    reshape: [() => x.reshape([4])],
    softmax: [() => x.softmax({ axis: 2 })],
    logSoftmax: [() => x.logSoftmax({ axis: 2 })],
    take: [() => x.take(whole, { axis: 2 })],
  };
  for (const [name, list] of Object.entries(calls)) {
    test(name, () => {
      for (const call of list) names(name, call);
    });
  }
});

test("derivatives", () => {
  const vector = (v: Tensor) => v.mul(2);
  const bad: Record<string, ((fn: (v: Tensor) => Tensor) => (v: Tensor) => unknown)[]> = {
    grad: [(fn) => root.grad(fn)],
    valueAndGrad: [(fn) => root.valueAndGrad(fn)],
    hessian: [(fn) => root.hessian(fn)],
    hessianVectorProduct: [(fn) => (v) => root.hessianVectorProduct(fn)(v, v)],
  };
  for (const [name, list] of Object.entries(bad)) {
    for (const make of list) {
      names(name, () => make(vector)(x));
      if (name !== "hessianVectorProduct") names(name, () => make((v) => v.sum())(whole));
      names(name, () => make((v) => v.sum())(wrong(3)));
    }
  }
  names("hessianVectorProduct", () => root.hessianVectorProduct((v: Tensor) => v.sum())(x, tensor([1])));
  names("jacobian", () => root.jacobian(vector)(whole));
  names("jvp", () => root.jvp(vector, [x], [tensor([1])]));
});

test("what is no function", () => {
  for (const fn of [undefined, x, "f"]) {
    names("compile", () => root.compile(wrong(fn)));
    names("grad", () => root.grad(wrong(fn)));
    names("valueAndGrad", () => root.valueAndGrad(wrong(fn)));
    names("jacobian", () => root.jacobian(wrong(fn)));
    names("hessian", () => root.hessian(wrong(fn)));
    names("hessianVectorProduct", () => root.hessianVectorProduct(wrong(fn)));
    names("vmap", () => root.vmap(wrong(fn)));
  }
  names("vjp", () => root.vjp(wrong(x), x));
  names("jvp", () => root.jvp(wrong(x), [x], [x]));
  names("jvp", () => root.jvp((v: Tensor) => v, wrong(x), [x]));
  names("scan", () => root.scan(wrong(undefined), x, x));
});

test("optimisers", () => {
  for (const name of [
    "sgd",
    "momentum",
    "averagedMomentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adam",
    "adamW",
  ] as const)
    for (const learningRate of [-1, Number.NaN, Number.POSITIVE_INFINITY, wrong("0.1")]) {
      names(name, () => makers[name]({ learningRate }));
    }
  for (const name of ["momentum", "averagedMomentum", "nesterov", "rmsprop"] as const)
    names(name, () => makers[name]({ momentum: 1.5 }));
  for (const name of ["adam", "adamW"] as const) {
    names(name, () => makers[name]({ beta1: 1 }));
    names(name, () => makers[name]({ beta2: -0.1 }));
    names(name, () => makers[name]({ epsilon: -1 }));
  }
  names("adamW", () => optim.adamW({ weightDecay: -1 }));
  names("adagrad", () => optim.adagrad({ initialAccumulator: -1 }));
  names("rmsprop", () => optim.rmsprop({ smoothing: 1 }));
  names("scaleByLearningRate", () => optim.scaleByLearningRate(-1));
  names("heavyBall", () => optim.heavyBall(1));
  names("scaleByAdam", () => optim.scaleByAdam({ beta1: 1, beta2: 0, epsilon: 0 }));
  names("scaleByRms", () => optim.scaleByRms({ smoothing: 1, epsilon: 0 }));
  names("scaleByAdaGrad", () => optim.scaleByAdaGrad({ initialAccumulator: 0, epsilon: -1 }));
});
