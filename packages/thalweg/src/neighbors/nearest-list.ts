/** The k nearest seen so far: a binary heap with the farthest on top. Of equal distances the lower position is nearer. */
export class NearestList {
  readonly #distances: Float64Array;
  readonly #positions: Int32Array;
  #size = 0;

  constructor(k: number) {
    this.#distances = new Float64Array(k);
    this.#positions = new Int32Array(k);
  }

  clear(): void {
    this.#size = 0;
  }

  /** The distance that a newcomer may not exceed: that of the farthest, infinite while there is room. */
  get limit(): number {
    return this.#size < this.#distances.length ? Infinity : (this.#distances[0] ?? Infinity);
  }

  offer(distance: number, position: number): void {
    if (this.#size < this.#distances.length) {
      this.#put(this.#size, distance, position);
      this.#size += 1;
      this.#rise(this.#size - 1);
    } else if (this.#before(distance, position, 0)) {
      this.#put(0, distance, position);
      this.#sink(this.#size);
    }
  }

  /** Writes positions and distances, nearest first, from `at` on, and empties the list. */
  drain(positions: Int32Array, distances: Float64Array, at: number): void {
    for (let size = this.#size; size > 0; size -= 1) {
      positions[at + size - 1] = this.#positions[0] ?? 0;
      distances[at + size - 1] = this.#distances[0] ?? 0;
      this.#put(0, this.#distances[size - 1] ?? 0, this.#positions[size - 1] ?? 0);
      this.#sink(size - 1);
    }
    this.#size = 0;
  }

  /** Whether the pair is nearer than entry `i`. */
  #before(distance: number, position: number, i: number): boolean {
    const other = this.#distances[i] ?? 0;
    return distance < other || (distance === other && position < (this.#positions[i] ?? 0));
  }

  #put(i: number, distance: number, position: number): void {
    this.#distances[i] = distance;
    this.#positions[i] = position;
  }

  #rise(from: number): void {
    let i = from;
    const [d, p] = [this.#distances[i] ?? 0, this.#positions[i] ?? 0];
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#before(d, p, parent)) break;
      this.#put(i, this.#distances[parent] ?? 0, this.#positions[parent] ?? 0);
      i = parent;
    }
    this.#put(i, d, p);
  }

  #sink(size: number): void {
    let i = 0;
    const [d, p] = [this.#distances[0] ?? 0, this.#positions[0] ?? 0];
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(this.#distances[child] ?? 0, this.#positions[child] ?? 0, child + 1))
        child += 1;
      if (!this.#before(d, p, child)) break;
      this.#put(i, this.#distances[child] ?? 0, this.#positions[child] ?? 0);
      i = child;
    }
    this.#put(i, d, p);
  }
}
