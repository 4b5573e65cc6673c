/** A small generator of random numbers (mulberry32), so that a seed reproduces a case anywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds begin far apart.
    this.state = Math.imul(seed ^ 0x2545f491, 0x9e3779b1);
    this.uniform();
  }

  /** In [0, 1). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** Likelier the later it stands in the list. */
  pickLate<T>(list: readonly T[]): T {
    const item = list[Math.floor(Math.sqrt(this.uniform()) * list.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const [a, b] = [result[i] as T, result[j] as T];
      result[i] = b;
      result[j] = a;
    }
    return result;
  }

  subset<T>(list: readonly T[], probability: number): T[] {
    return list.filter(() => this.chance(probability));
  }
}
