/**
 * Kernels over the rows of a design: scores, weighted sums and multiples of rows, moments of columns, logistic and softmax loss with first and second
 * derivatives. All matrices have contiguous rows, all vectors are contiguous, all numbers float64.
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
  return [
    rowScores(),
    sumRows(),
    scaleRows(),
    standardize(),
    addMoments(),
    logistic(),
    logisticPass(),
    softmax(),
    softmaxPass(),
  ];
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

/** What a row kernel leaves behind the sums of a part: Σ weight·loss, the smallest margin of rows of weight above 0, Σ of the slopes of each score. */
const lossAt = 0;
const marginAt = 8;
const slopesAt = 16;

/** Adds to what is there already. */
function leave(b: Builder, result: Expr, loss: Sum, least: Sum): void {
  b.store(result, add(load(w.element, result, lossAt), loss.total()), lossAt);
  const margin = b.let(least.smallest(b), "margin");
  const before = b.let(load(w.element, result, marginAt), "before");
  b.store(result, select(lt(margin, before), margin, before), marginAt);
}

/**
 * Two classes: slopes ← dloss/dz and curvatures ← d²loss/dz² of scores z + bias, times weights; loss, margin and slopes go to what is at `result`.
 * `slopes` may be z.
 */
function logistic(): LoopFunction {
  const ints = ["n", "z", "sides", "weights", "slopes", "curvatures", "result"] as const;
  return linalgFunction("f64", "logistic", ints, ["bias"], (b, p) => {
    const loss = new Sum(b);
    const slope = new Sum(b);
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
      const pull = b.let(neg(mul(mul(side, weight), choose(lt(0, margin), other, q))), "slope");
      b.store(g, pull);
      slope.add(b, lanes, constant(type, 1), pull);
    });
    leave(b, p.result, loss, least);
    b.store(p.result, add(load(w.element, p.result, slopesAt), slope.total()), slopesAt);
  });
}

/**
 * k classes: column i of the k × n matrix Z holds the scores of a row, to which `biases` are added; it becomes the probabilities, and `slopes` (k × n too) ←
 * weight·(probability − 1 for the own class). `result` as for two classes, with the margin of the own score over the largest other one.
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
    leave(b, p.result, loss, least);
    b.for(int(0), p.k, one, (k) => {
      const slope = new Sum(b);
      alongVectors(b, w, p.n, [vectorAt(b.let(row(p.slopes, k, p.sr)))], ([at = p.slopes], lanes) => {
        slope.add(b, lanes, constant(typeOf(lanes), 1), b.let(load(typeOf(lanes), at)));
      });
      const to = b.let(row(addInt(p.result, int(slopesAt)), k, one), "to");
      b.store(to, add(load(w.element, to), slope.total()));
    });
  });
}

/** The parts `from` … `to` of rows: each is of `chunk` rows, `block` of which are worked on at a time, and has its own place of `stride` numbers. */
const passInts = ["m", "n", "chunk", "block", "x", "xr", "parts", "stride", "from", "to"] as const;

/** Calls `visit` for the blocks of the parts; the place of a part holds `sums` numbers of 0, a loss of 0, a margin of infinity and slopes of 0 at first. */
function eachBlock(
  b: Builder,
  p: Record<(typeof passInts)[number], Expr>,
  sums: Expr,
  visit: (start: Expr, count: Expr, rows: Expr, place: Expr, result: Expr) => void,
): void {
  b.for(p.from, p.to, one, (c) => {
    const place = b.let(row(p.parts, c, p.stride), "place");
    b.fill(place, int(0), mulInt(p.stride, int(w.size)));
    const result = b.let(row(place, sums, one), "result");
    b.store(result, constant(w.element, Number.POSITIVE_INFINITY), marginAt);
    const first = b.let(mulInt(c, p.chunk), "first");
    b.for(first, b.let(binary("min", p.m, addInt(first, p.chunk)), "last"), p.block, (start) => {
      const end = binary("min", binary("min", p.m, addInt(first, p.chunk)), addInt(start, p.block));
      const count = b.let(binary("sub", end, start), "count");
      visit(start, count, b.let(row(p.x, start, p.xr), "rows"), place, result);
    });
  });
}

/** Scores, losses and gradient of two classes, part by part: Σ slope·x, then loss, margin and Σ slope. */
function logisticPass(): LoopFunction {
  const ints = [...passInts, "beta", "sides", "weights", "slopes", "curvatures"] as const;
  return linalgFunction("f64", "logisticPass", ints, ["bias"], (b, p) => {
    eachBlock(b, p, p.n, (start, count, rows, place, result) => {
      const [sides, weights, slopes, curvatures] = [p.sides, p.weights, p.slopes, p.curvatures].map((v) =>
        b.let(row(v, start, one), "at"),
      ) as [Expr, Expr, Expr, Expr];
      b.call("rowScores_f64", [count, p.n, rows, p.xr, p.beta, slopes]);
      b.call("logistic_f64", [count, slopes, sides, weights, slopes, curvatures, result, p.bias]);
      b.call("sumRows_f64", [count, p.n, rows, p.xr, slopes, place]);
    });
  });
}

/** The same of k classes; `beta` (k × n), Z and slopes (k × m) have contiguous rows, and sums of class k stand at k·n. */
function softmaxPass(): LoopFunction {
  const ints = [...passInts, "k", "beta", "biases", "codes", "weights", "z", "slopes"] as const;
  return linalgFunction("f64", "softmaxPass", ints, [], (b, p) => {
    eachBlock(b, p, mulInt(p.k, p.n), (start, count, rows, place, result) => {
      const [codes, weights, z, slopes] = [p.codes, p.weights, p.z, p.slopes].map((v) =>
        b.let(row(v, start, one), "at"),
      ) as [Expr, Expr, Expr, Expr];
      b.for(int(0), p.k, one, (k) => {
        b.call("rowScores_f64", [count, p.n, rows, p.xr, row(p.beta, k, p.n), row(z, k, p.m)]);
      });
      b.call("softmax_f64", [count, p.k, z, p.m, p.biases, codes, weights, slopes, p.m, result]);
      b.for(int(0), p.k, one, (k) => {
        b.call("sumRows_f64", [count, p.n, rows, p.xr, row(slopes, k, p.m), row(place, k, p.n)]);
      });
    });
  });
}

/** z ← A x, four rows at a time. */
function rowScores(): LoopFunction {
  const together = 4;
  return linalgFunction("f64", "rowScores", ["m", "n", "a", "ar", "x", "z"], [], (b, p) => {
    const some = (i: Expr, count: number): void => {
      const rows = Array.from({ length: count }, (_, r) => b.let(row(p.a, addInt(i, int(r)), p.ar), "row"));
      const sums = rows.map(() => new Sum(b));
      alongVectors(b, w, p.n, [...rows, p.x].map(vectorAt), (addresses, lanes) => {
        const right = b.let(load(typeOf(lanes), addresses[count] ?? p.x), "x");
        sums.forEach((sum, r) => {
          sum.add(b, lanes, load(typeOf(lanes), addresses[r] ?? p.a), right);
        });
      });
      sums.forEach((sum, r) => {
        b.store(row(p.z, addInt(i, int(r)), one), sum.total());
      });
    };
    const whole = b.let(binary("and", p.m, int(-together)), "whole");
    b.for(int(0), whole, int(together), (i) => some(i, together));
    b.for(whole, p.m, one, (i) => some(i, 1));
  });
}

/** y ← y + Σᵢ fᵢ aᵢ over the rows of A, four at a time. */
function sumRows(): LoopFunction {
  const together = 4;
  return linalgFunction("f64", "sumRows", ["m", "n", "a", "ar", "factors", "y"], [], (b, p) => {
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
function standardize(): LoopFunction {
  return linalgFunction("f64", "standardize", ["m", "n", "a", "ar", "shift", "factor"], [], (b, p) => {
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
