/** Plane rotations: made one at a time by the iterations for eigenvalues and singular values, applied many sweeps at a time to their vectors. */
import type { Matrix, Workspace } from "../runtime/kernels.js";

/** c f + s g = r, c g − s f = 0, c² + s² = 1 (Golub and Van Loan, 4th ed., 5.1.8). */
export class PlaneRotation {
  c = 1;
  s = 0;
  r = 0;

  /** Takes (f, g) to (r, 0). */
  make(f: number, g: number): void {
    if (g === 0) {
      this.c = 1;
      this.s = 0;
      this.r = f;
      return;
    }
    const squares = f * f + g * g;
    const length = squares > 1e-280 && squares < 1e280 ? Math.sqrt(squares) : safeLength(f, g);
    this.r = f < 0 ? -length : length;
    this.c = f / this.r;
    this.s = g / this.r;
  }
}

/** √(f² + g²) without overflow or underflow on the way; 0 only when both are. */
export function safeLength(f: number, g: number): number {
  const [x, y] = [Math.abs(f), Math.abs(g)];
  const large = Math.max(x, y);
  if (large === 0) return 0;
  const ratio = Math.min(x, y) / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

export function allFinite(x: Float64Array): boolean {
  return x.every(Number.isFinite);
}

/** Sweeps kept back at most. */
const sweepLimit = 48;

/**
 * Collects sweeps of rotations between neighbouring rows and applies them to the matrix together. `forward` walks to higher rows; a rotation (c, s) is, for
 * rows x and y = the one after x,
 *
 *   x ← c x + s y,   y ← c y − s x.
 */
export class RotationSweeps {
  private readonly w: Workspace;
  private readonly matrix: Matrix;
  private readonly pairs: Float64Array;
  private readonly list = new Int32Array(4 * sweepLimit);
  private sweeps = 0;
  private used = 0;
  private sign = 1;

  constructor(w: Workspace, matrix: Matrix) {
    this.w = w;
    this.matrix = matrix;
    this.pairs = new Float64Array(2 * Math.max(4096, 8 * matrix.rows));
  }

  /** A sweep of `count` rotations that starts at row `start`. */
  begin(start: number, count: number, forward: boolean): void {
    if (this.sweeps === sweepLimit || 2 * (this.used + count) > this.pairs.length) this.flush();
    this.sign = forward ? 1 : -1;
    this.list.set([start, this.sign, count, this.used], 4 * this.sweeps);
    this.sweeps += 1;
  }

  /** The next rotation of the sweep, c ≥ 0. */
  push(c: number, s: number): void {
    // going backwards it is the second row that is carried
    const signed = this.sign * s;
    this.pairs[2 * this.used] = signed / (1 + c);
    this.pairs[2 * this.used + 1] = signed;
    this.used += 1;
  }

  flush(): void {
    if (this.sweeps > 0)
      this.w.rotateRows(this.matrix, this.list.subarray(0, 4 * this.sweeps), this.pairs.subarray(0, 2 * this.used));
    this.sweeps = 0;
    this.used = 0;
  }
}
