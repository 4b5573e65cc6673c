/**
 * Kernels over the rows of a design: logistic and softmax loss with first and second derivatives, weighted sums and multiples of rows, moments
 * of columns. All matrices have contiguous rows, all vectors are contiguous, all numbers float64.
 *
 *   margin m = s z with s = ±1:    loss log(1 + e⁻ᵐ),    dloss/dz = −s σ(−m),    d²loss/dz² = σ(m) σ(−m)
 *
 * with t = e^−|m|, so that nothing overflows and small tails keep their digits.
 */
import {
  addInt,
  type Builder,
  binary,
  constant,
  fma,
  int,
  lane,
  load,
  local,
  mulInt,
  select,
  splat,
} from "../builder.js";
import type { Expr, Local, LoopFunction, Type } from "../ir.js";
import { abs, add, choose, div, formatOf, lt, mul, neg, sub } from "../math/arithmetic.js";
import { expOfNegative } from "../math/exponential.js";
import { logOfOnePlus } from "../math/logarithm.js";
import { alongVectors, elementAt, foldSum, linalgFunction, widthsOf, zero } from "./linalg-define.js";

const w = widthsOf("f64");
const one = int(1);
const typeOf = (lanes: number): Type => (lanes === 1 ? w.element : w.wide);
const vectorAt = (address: Expr): { address: Expr; step: Expr } => ({ address, step: one });
const row = (address: Expr, index: Expr, step: Expr): Expr => elementAt(w, address, index, step);

export function rowKernels(): readonly LoopFunction[] {
  return [logistic(), softmax(), addRows(), scaleRows(), shiftRows(), addMoments()];
}

/** A sum over lanes and single elements. */
class Sum {
  readonly wide: Local;
  readonly rest: Local;
  constructor(b: Builder, start = 0) {
    this.wide = b.declare(w.wide, "sum");
    this.rest = b.declare(w.element, "rest");
    b.set(this.wide, constant(w.wide, start));
    b.set(this.rest, constant(w.element, start));
  }
  of(lanes: number): Local {
    return lanes === 1 ? this.rest : this.wide;
  }
  add(b: Builder, lanes: number, x: Expr, y: Expr): void {
    b.set(this.of(lanes), fma(x, y, local(this.of(lanes))));
  }
  least(b: Builder, lanes: number, x: Expr): void {
    const kept = this.of(lanes);
    b.set(kept, select(lt(x, local(kept)), x, local(kept)));
  }
  total(): Expr {
    return add(foldSum(w, local(this.wide)), local(this.rest));
  }
  smallest(b: Builder): Expr {
    const first = b.let(lane(local(this.wide), 0));
    const second = b.let(lane(local(this.wide), 1));
    const lower = b.let(select(lt(first, second), first, second));
    return select(lt(lower, local(this.rest)), lower, local(this.rest));
  }
}

/**
 * Two classes: slopes ← dloss/dz and curvatures ← d²loss/dz² of scores z + bias, times weights; result ← Σ weight·loss, and behind it the
 * smallest margin of the rows of weight above 0. `slopes` may be z.
 */
function logistic(): LoopFunction {
  const ints = ["n", "z", "sides", "weights", "slopes", "curvatures", "result"] as const;
  return linalgFunction("f64", "logistic", ints, ["bias"], (b, p) => {
    const loss = new Sum(b);
    const least = new Sum(b, Number.POSITIVE_INFINITY);
    const vectors = [p.z, p.sides, p.weights, p.slopes, p.curvatures].map(vectorAt);
    alongVectors(b, w, p.n, vectors, ([z, s, v, g, h], lanes) => {
      if (z === undefined || s === undefined || v === undefined || g === undefined || h === undefined) return;
      const type = typeOf(lanes);
      const side = b.let(load(type, s), "side");
      const weight = b.let(load(type, v), "weight");
      const margin = b.let(mul(side, add(load(type, z), splat(p.bias, lanes))), "margin");
      const t = b.let(expOfNegative(b, b.let(neg(abs(margin)), "m")), "t");
      const tail = choose(lt(t, formatOf(type).tiny), t, logOfOnePlus(b, t));
      const lost = b.let(add(choose(lt(margin, 0), neg(margin), 0), tail), "loss");
      loss.add(b, lanes, weight, lost);
      least.least(b, lanes, b.let(choose(lt(0, weight), margin, Number.POSITIVE_INFINITY)));
      const q = b.let(div(1, add(1, t)), "q");
      const other = b.let(mul(t, q), "tq");
      b.store(h, mul(weight, mul(other, q)));
      b.store(g, neg(mul(mul(side, weight), choose(lt(0, margin), other, q))));
    });
    b.store(p.result, loss.total());
    b.store(addInt(p.result, int(8)), least.smallest(b));
  });
}

/**
 * k classes: column i of the k × n matrix Z holds the scores of a row, to which `biases` are added; it becomes the probabilities, and `slopes` (k × n too) ←
 * weight·(probability − 1 for the own class). result as for two classes, with the margin of the own score over the largest other one.
 */
function softmax(): LoopFunction {
  const ints = ["n", "k", "z", "zr", "biases", "codes", "weights", "slopes", "sr", "result"] as const;
  return linalgFunction("f64", "softmax", ints, [], (b, p) => {
    const loss = new Sum(b);
    const least = new Sum(b, Number.POSITIVE_INFINITY);
    alongVectors(b, w, p.n, [p.z, p.codes, p.weights, p.slopes].map(vectorAt), ([z, c, v, g], lanes) => {
      if (z === undefined || c === undefined || v === undefined || g === undefined) return;
      const type = typeOf(lanes);
      const code = b.let(load(type, c), "code");
      const weight = b.let(load(type, v), "weight");
      const own = b.declare(type, "own");
      const other = b.declare(type, "other");
      const others = b.declare(type, "others");
      const index = b.declare(type, "class");
      const eachClass = (body: (isOwn: Expr, at: Expr, slope: Expr, k: Expr) => void): void => {
        b.set(index, zero(type));
        b.for(
          int(0),
          p.k,
          one,
          (k) => {
            const isOwn = b.let(binary("eq", local(index), code), "isOwn");
            body(isOwn, b.let(row(z, k, p.zr), "at"), b.let(row(g, k, p.sr), "slope"), k);
            b.set(index, add(local(index), 1));
          },
          "k",
        );
      };
      b.set(own, zero(type));
      b.set(other, constant(type, Number.NEGATIVE_INFINITY));
      b.set(others, zero(type));
      eachClass((isOwn, at, _, k) => {
        const score = b.let(add(load(type, at), splat(b.let(load(w.element, row(p.biases, k, one))), lanes)), "score");
        b.store(at, score);
        b.set(own, select(isOwn, score, local(own)));
        const rival = b.let(choose(isOwn, Number.NEGATIVE_INFINITY, score), "rival");
        b.set(other, select(lt(local(other), rival), rival, local(other)));
      });
      const most = b.let(select(lt(local(own), local(other)), local(other), local(own)), "most");
      const ownPower = b.let(expOfNegative(b, b.let(sub(local(own), most))), "e");
      eachClass((isOwn, at) => {
        const e = b.let(expOfNegative(b, b.let(sub(load(type, at), most))), "e");
        b.store(at, e);
        b.set(others, add(local(others), b.let(choose(isOwn, constant(type, 0), e))));
      });
      const q = b.let(div(1, add(ownPower, local(others))), "q");
      eachClass((isOwn, at, slope) => {
        const probability = b.let(mul(load(type, at), q), "p");
        b.store(at, probability);
        b.store(slope, mul(weight, select(isOwn, neg(mul(local(others), q)), probability)));
      });
      // Where the own score is the largest its power is 1, so that small losses keep their digits.
      const ahead = b.let(lt(local(other), local(own)), "ahead");
      const beyond = b.let(select(ahead, local(others), sub(add(ownPower, local(others)), 1)), "beyond");
      const tail = choose(lt(beyond, formatOf(type).tiny), beyond, logOfOnePlus(b, beyond));
      loss.add(b, lanes, weight, b.let(add(tail, sub(most, local(own))), "loss"));
      const margin = sub(local(own), local(other));
      least.least(b, lanes, b.let(choose(lt(0, weight), margin, Number.POSITIVE_INFINITY)));
    });
    b.store(p.result, loss.total());
    b.store(addInt(p.result, int(8)), least.smallest(b));
  });
}

/** y ← y + Σᵢ fᵢ aᵢ over the rows of A, four at a time. */
function addRows(): LoopFunction {
  const together = 4;
  return linalgFunction("f64", "addRows", ["m", "n", "a", "ar", "factors", "y"], [], (b, p) => {
    const some = (i: Expr, count: number): void => {
      const rows = Array.from({ length: count }, (_, r) => b.let(row(p.a, addInt(i, int(r)), p.ar), "row"));
      const factors = rows.map((_, r) => b.let(load(w.element, row(p.factors, addInt(i, int(r)), one)), "factor"));
      const wide = factors.map((f) => b.let(splat(f, w.lanes), "factors"));
      alongVectors(b, w, p.n, [...rows, p.y].map(vectorAt), (addresses, lanes) => {
        const to = addresses[count] ?? p.y;
        const sum = b.declare(typeOf(lanes), "sum");
        b.set(sum, load(typeOf(lanes), to));
        (lanes === 1 ? factors : wide).forEach((f, r) => {
          b.set(sum, fma(f, load(typeOf(lanes), addresses[r] ?? p.a), local(sum)));
        });
        b.store(to, local(sum));
      });
    };
    const whole = b.let(binary("and", p.m, int(-together)), "whole");
    b.for(int(0), whole, int(together), (i) => some(i, together));
    b.for(whole, p.m, one, (i) => some(i, 1));
  });
}

/** B's row i ← fᵢ times A's. */
function scaleRows(): LoopFunction {
  return linalgFunction("f64", "scaleRows", ["m", "n", "a", "ar", "factors", "b", "br"], [], (b, p) => {
    b.for(int(0), p.m, one, (i) => {
      const factor = b.let(load(w.element, row(p.factors, i, one)), "factor");
      const wide = b.let(splat(factor, w.lanes), "factors");
      const vectors = [b.let(row(p.a, i, p.ar)), b.let(row(p.b, i, p.br))].map(vectorAt);
      alongVectors(b, w, p.n, vectors, ([from = p.a, to = p.b], lanes) => {
        b.store(to, mul(lanes === 1 ? factor : wide, load(typeOf(lanes), from)));
      });
    });
  });
}

/** aᵢⱼ ← (aᵢⱼ − shiftⱼ)·factorⱼ */
function shiftRows(): LoopFunction {
  return linalgFunction("f64", "shiftRows", ["m", "n", "a", "ar", "shift", "factor"], [], (b, p) => {
    b.for(int(0), p.m, one, (i) => {
      const vectors = [b.let(row(p.a, i, p.ar)), p.shift, p.factor].map(vectorAt);
      alongVectors(b, w, p.n, vectors, ([at = p.a, shift = p.shift, factor = p.factor], lanes) => {
        const type = typeOf(lanes);
        b.store(at, mul(sub(load(type, at), load(type, shift)), load(type, factor)));
      });
    });
  });
}

/** sums ← sums + Σᵢ wᵢ aᵢ, squares ← squares + Σᵢ wᵢ aᵢ², column by column, in columns of eight. */
function addMoments(): LoopFunction {
  const vectors = 4;
  const ints = ["m", "n", "a", "ar", "weights", "sums", "squares"] as const;
  return linalgFunction("f64", "addMoments", ints, [], (b, p) => {
    const some = (j: Expr, count: number, lanes: number): void => {
      const type = typeOf(lanes);
      const bytes = b.let(mulInt(j, int(w.size)), "bytes");
      const places = Array.from({ length: count }, (_, v) => addInt(bytes, int(v * lanes * w.size)));
      const kept = [p.sums, p.squares].map((start) =>
        places.map((place) => {
          const sum = b.declare(type, "sum");
          b.set(sum, load(type, addInt(start, place)));
          return sum;
        }),
      );
      b.for(int(0), p.m, one, (i) => {
        const weight = b.let(splat(b.let(load(w.element, row(p.weights, i, one))), lanes), "weight");
        const start = b.let(row(p.a, i, p.ar), "row");
        places.forEach((place, v) => {
          const x = b.let(load(type, addInt(start, place)), "x");
          const weighted = b.let(mul(weight, x), "wx");
          const [sum, square] = [kept[0]?.[v], kept[1]?.[v]];
          if (sum === undefined || square === undefined) return;
          b.set(sum, add(local(sum), weighted));
          b.set(square, fma(weighted, x, local(square)));
        });
      });
      [p.sums, p.squares].forEach((start, which) => {
        places.forEach((place, v) => {
          const sum = kept[which]?.[v];
          if (sum !== undefined) b.store(addInt(start, place), local(sum));
        });
      });
    };
    const whole = b.let(binary("and", p.n, int(-vectors * w.lanes)), "whole");
    b.for(int(0), whole, int(vectors * w.lanes), (j) => some(j, vectors, w.lanes));
    b.for(whole, p.n, one, (j) => some(j, 1, 1));
  });
}
