/**
 * One row times a matrix that is contiguous along k (or not contiguous at all): one dot product for each column.
 *
 * Each product is cut over k into `lanes` interleaved partial sums (4 × lanes for one or two columns), each in ascending order:
 *
 *   partial[l] = Σ a[l + lanes·q] · b[l + lanes·q],   result = (partial[0] + partial[1]) + (partial[2] + partial[3])
 *
 * The last, incomplete vector is filled with zeros. Partial sums of many terms are made of those of 128, and these of 64 of them, and so on. The order
 * depends on the shape alone.
 */
import { addInt, type Builder, binary, constant, fma, int, lane, local, mulInt } from "../builder.js";
import { type Expr, i32, type Local, scalarBytes, vector } from "../ir.js";
import { transpose } from "./matmul-pack.js";
import { batchCount, batchOffset, type FloatMatmul, type MatmulKernel } from "./matmul-spec.js";
import { lanesOf, loadPartial } from "./matmul-tile.js";

/** Columns that are summed at the same time. */
const together = 8;
/** Columns of one block, when the work is worth cutting. */
const blockFlops = 250_000;

export function dotStages(spec: FloatMatmul): Omit<MatmulKernel, "flops"> {
  const { n, k, batch } = spec;
  const size = scalarBytes(spec.scalar);
  const count = batchCount(batch);
  const dims = batch?.dims ?? [];
  const perBlock = together * Math.max(1, Math.ceil(blockFlops / (2 * k * together)));
  const blocks = Math.ceil(n / perBlock);
  return {
    scratchBytes: 0,
    threadScratchBytes: 0,
    stages: [
      {
        blocks: count * blocks,
        emit(b, start, end, env) {
          b.for(start, end, int(1), (index) => {
            const at = blocks === 1 ? index : b.let(binary("div", index, int(blocks)));
            const first =
              blocks === 1 ? int(0) : b.let(binary("mul", binary("rem", index, int(blocks)), int(perBlock)));
            const a = b.let(addInt(env.a, batchOffset(b, dims, batch?.a ?? [], at, size)), "a");
            const right = b.let(addInt(env.b, batchOffset(b, dims, batch?.b ?? [], at, size)), "b");
            const whole = n - (n % together);
            const limit = blocks === 1 ? int(whole) : binary("min", addInt(first, int(perBlock)), int(whole));
            if (whole > 0)
              b.for(first, limit, int(together), (col) => dots(b, spec, a, right, col, together, at), "col");
            const rest = (): void => {
              const lanes = lanesOf(spec.scalar);
              for (let col = whole; col < n; col += lanes)
                dots(b, spec, a, right, int(col), Math.min(lanes, n - col), at);
            };
            if (whole === n) return;
            if (blocks === 1) rest();
            else b.if(binary("ge", addInt(first, int(perBlock)), int(n)), rest);
          });
        },
      },
    ],
  };
}

/** Rounds that are summed one after the other, and how many times as many sums of those. */
const [plainRounds, partsTogether] = [128, 64];

/** The part in which so many rounds are summed: sums of parts are then added up. Undefined: one after the other. */
function largestPart(rounds: number): number | undefined {
  if (rounds <= 2 * plainRounds) return undefined;
  let part = plainRounds;
  while (part * partsTogether < rounds) part *= partsTogether;
  return part;
}

/** `count` columns from `col` on. */
function dots(b: Builder, spec: FloatMatmul, a: Expr, right: Expr, col: Expr, count: number, batch: Expr): void {
  const { scalar, k, epilogue } = spec;
  const lanes = lanesOf(scalar);
  const size = scalarBytes(scalar);
  const strides = { a: spec.a.col * size, row: spec.b.row * size, col: spec.b.col * size };
  const strips = spec.n <= 2 ? 4 : 1;
  const type = vector(scalar, lanes);
  const acc = Array.from({ length: count }, () => Array.from({ length: strips }, () => b.declare(type, "dot")));
  for (const sum of acc.flat()) b.set(sum, constant(type, 0));
  const pa = b.declare(i32, "pa");
  const pb = b.declare(i32, "pb");
  b.set(pa, a);
  b.set(pb, addInt(right, mulInt(col, int(strides.col))));
  const step = (into: readonly (readonly Local[])[], strip: number, elements: number, offset: number): void => {
    const x = b.let(loadPartial(scalar, local(pa), offset * strides.a, elements, strides.a));
    for (const [c, sums] of into.entries()) {
      const sum = sums[strip];
      if (sum === undefined) continue;
      const y = loadPartial(scalar, local(pb), c * strides.col + offset * strides.row, elements, strides.row);
      b.set(sum, fma(x, y, local(sum)));
    }
  };
  const round = lanes * strips;
  const rounds = Math.floor(k / round);
  const whole = rounds * round;
  const add = (count: number, into: readonly (readonly Local[])[]): void => {
    const part = largestPart(count);
    if (part === undefined) {
      b.for(int(0), int(count), int(1), () => {
        for (let s = 0; s < strips; s += 1) step(into, s, lanes, s * lanes);
        b.set(pa, addInt(local(pa), int(round * strides.a)));
        b.set(pb, addInt(local(pb), int(round * strides.row)));
      });
      return;
    }
    const summed = (inside: number): void => {
      const sums = into.map((column) => column.map(() => b.declare(type, "part")));
      for (const sum of sums.flat()) b.set(sum, constant(type, 0));
      add(inside, sums);
      for (const [c, column] of into.entries())
        for (const [s, total] of column.entries()) {
          const sum = sums[c]?.[s];
          if (sum !== undefined) b.set(total, binary("add", local(total), local(sum)));
        }
    };
    b.for(int(0), int(Math.floor(count / part)), int(1), () => summed(part));
    if (count % part > 0) summed(count % part);
  };
  add(rounds, acc);
  for (let rest = whole; rest < k; rest += lanes)
    step(acc, (rest - whole) / lanes, Math.min(lanes, k - rest), rest - whole);

  const folded = acc.map((sums) => {
    const [s0, s1, s2, s3] = sums.map(local);
    if (s0 === undefined || s1 === undefined || s2 === undefined || s3 === undefined)
      return sums.map(local)[0] ?? constant(type, 0);
    return b.let(binary("add", binary("add", s0, s1), binary("add", s2, s3)));
  });
  for (let c = 0; c < count; c += lanes) {
    const square = Array.from({ length: lanes }, (_, l) => folded[c + l] ?? constant(type, 0));
    const [t0, t1, t2, t3] = transpose(b, square);
    if (t0 === undefined || t1 === undefined) continue;
    const first = binary("add", t0, t1);
    const sums = b.let(t2 === undefined || t3 === undefined ? first : binary("add", first, binary("add", t2, t3)));
    const valid = Math.min(lanes, count - c);
    const at = (l: number): Expr => addInt(col, int(c + l));
    if (valid === lanes) {
      epilogue(b, sums, { batch, row: int(0), col: at(0), lanes, along: "columns" });
    } else {
      for (let l = 0; l < valid; l += 1) {
        epilogue(b, b.let(lane(sums, l)), { batch, row: int(0), col: at(l), lanes: 1, along: "columns" });
      }
    }
  }
}
